"""An experiment: a control, a treatment, outcomes and a decision; and how it is run.

cut = Experiment(
    control=None,
    treatment=budget_cut("2026-01-05", 0.3),
    outcomes=(Outcome("tokens", "tokens_served", start="2026-01-05", end="2026-12-28"),),
    decision=Rule("tokens", supported=above(-0.3567), refuted=below(-0.3567)),
)
print(run_experiment(cut, pairs=20))
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
from rich.console import Console

from calibration.store.jobs import Engine, changes_of
from model import InferenceMarket, JevonsError, Scenario
from runs.engines.engine import SerialEngine
from runs.experiments.cache import Cache, Request
from runs.experiments.members import Pair
from runs.experiments.members import pairs as draw_pairs
from runs.experiments.rules import Finding, Measure, Rule, measure_pairs
from runs.experiments.run_series import Record
from runs.experiments.runner import added, refuse, run
from runs.experiments.shocks import Treatment, both
from runs.sweep.outcomes import Outcome, check_series, evaluate

Comparison = Literal["log-ratio", "difference"]


@dataclass(frozen=True)
class Experiment:
    """Two arms with the same seeds, compared by outcomes.

    `control` and `treatment` change the scenario of a pair (None changes nothing). Each of `outcomes` is one statistic
    of one series of a run; its effect is ln(treatment / control), or with `comparison` "difference" the difference.
    `decision` names an outcome and what supports or refutes. With `state` both arms go on from a saved market: its
    scenario and seed take the place of the pair's, and treatments may only change what comes after it.
    """

    control: Treatment | None
    treatment: Treatment | None
    outcomes: tuple[Outcome, ...]
    decision: Rule | None = None
    comparison: Comparison = "log-ratio"
    state: Path | None = None

    def __post_init__(self) -> None:
        """Check that the decision reads one of the outcomes; raises JevonsError."""
        names = [outcome.name for outcome in self.outcomes]
        if self.decision is not None and self.decision.measure not in names:
            raise JevonsError(
                f"decision: {self.decision.measure!r} is not an outcome; the outcomes are {', '.join(names)}"
            )

    def measures(self) -> tuple[Measure, ...]:
        """Return the outcomes as measures of a pair."""
        return tuple(self._measure(outcome) for outcome in self.outcomes)

    def _measure(self, outcome: Outcome) -> Measure:
        def effect(runs: "dict[str, Record]") -> float:
            old, new = (value_of(runs[arm], outcome) for arm in ("control", "treatment"))
            return new - old if self.comparison == "difference" else float(np.log(new / old))

        rule = self.decision if self.decision is not None and self.decision.measure == outcome.name else None
        gloss = f"{self.comparison} of {outcome.name}, treatment against control"
        supported, refuted = (rule.supported, rule.refuted) if rule is not None else (None, None)
        return Measure(outcome.name, gloss, effect, supported, refuted)  # type: ignore[arg-type]


def value_of(record: Record, outcome: Outcome) -> float:
    """Return an outcome of a run."""
    days = np.datetime64(record.start) + 7 * np.arange(record.weeks)
    column = {name[:3]: place for place, name in enumerate(record.names)}
    return evaluate((outcome,), days, record.values.astype(np.float64), column)[outcome.name]


def run_experiment(
    experiment: Experiment,
    pairs: int | Sequence[Pair] = 20,
    *,
    scale: str = "small",
    folder: Path | None = None,
    engine: Engine | None = None,
    console: Console | None = None,
) -> list[Finding]:
    """Run an experiment on some pairs and return a finding for each outcome.

    `folder` keeps the runs, so that the same call goes on or costs nothing; without one they are deleted. Raises
    JevonsError where a run fails, a treatment does not fit the scenario, or an outcome is of no series that it records.
    """
    if experiment.state is not None:
        market = InferenceMarket.load(experiment.state)
        pairs = [Pair(market.seed, market.scenario)]
        for arm in (experiment.control, experiment.treatment):
            _check_begun(market, both(arm)(market.scenario))
    elif isinstance(pairs, int):
        pairs = draw_pairs(pairs, scale)
    arms = (experiment.control, experiment.treatment)
    check_series([both(arm)(pair.base) for pair in pairs[:1] for arm in arms], experiment.outcomes)
    ends = [outcome.end for outcome in experiment.outcomes]
    with TemporaryDirectory() as temporary:
        cache = Cache(folder or Path(temporary))
        requests = {
            (number, arm): _request(both(treatment)(pair.base), pair.seed, ends, experiment.state)
            for number, pair in enumerate(pairs)
            for arm, treatment in (("control", experiment.control), ("treatment", experiment.treatment))
        }
        refuse(run(list(requests.values()), cache, engine or SerialEngine(), console))
        records = [
            {arm: cache.read(requests[number, arm].digest) for arm in ("control", "treatment")}
            for number in range(len(pairs))
        ]
    return list(measure_pairs(experiment.measures(), records))


def _check_begun(market: InferenceMarket, scenario: Scenario) -> None:
    """Refuse an arm that differs from a market that has begun in anything but what is still to come."""
    for field in ("scale", "start", "overrides"):
        if getattr(scenario, field) != getattr(market.scenario, field):
            raise JevonsError(f"a treatment changes {field}, and the saved market has begun: use one with a date")
    today = market.clock.date.isoformat()
    for day, _ in added(changes_of(market.scenario), changes_of(scenario)):
        if day < today:
            raise JevonsError(f"a treatment of {day} comes too late for a market saved on {today}: use a later date")


def _request(scenario: Scenario, seed: int, ends: Sequence[object], state: Path | None) -> Request:
    days = [date.fromisoformat(str(day)) for day in ends if day is not None]
    until = max(days) if len(days) == len(ends) else scenario.until
    return Request(scenario, seed, min(until, scenario.until), state, every=True)
