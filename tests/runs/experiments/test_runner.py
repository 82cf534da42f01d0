"""The runner: shared pasts give the same bits as separate runs, every run is made once, and work goes on."""

import dataclasses
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from model import InferenceMarket, JevonsError
from runs.engines.engine import SerialEngine
from runs.experiments import claim_runs, runner
from runs.experiments.cache import Cache, Request
from runs.experiments.claim_runs import Bench
from runs.experiments.experiment import Experiment, run_experiment
from runs.experiments.registry import pick
from runs.experiments.rules import Rule, above, below
from runs.experiments.runner import Trunk, do, plan, run
from runs.experiments.shocks import Treatment, both, changed, fixed
from runs.experiments.trial import weigh
from runs.sweep.outcomes import Outcome
from tests.runs.experiments.small import small_pairs

UNTIL = date(2023, 4, 24)
SHOCK = changed("2023-03-06", {"demand.developer_value_factor": 0.5})
LATER_FACTOR = 0.25
LATER = changed("2023-04-03", {"demand.developer_value_factor": LATER_FACTOR})


class Counting(SerialEngine):
    """A serial engine that counts runs and, after some jobs, stops as an interrupted command would."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.runs, self._left = 0, stop_after

    def map(self, work: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
        for job, result in super().map(work, jobs):
            self.runs += len(job.leaves)
            yield job, result
            if self._left is not None:
                self._left -= 1
                if self._left == 0:
                    raise KeyboardInterrupt


def requests(count: int = 2) -> list[Request]:
    return [
        Request(both(*treatments)(pair.base), pair.seed, UNTIL)
        for pair in small_pairs(count)
        for treatments in ((), (SHOCK,), (LATER,), (SHOCK, LATER))
    ]


def test_runs_that_branch_from_a_shared_past_have_the_bits_of_separate_runs(tmp_path: Path) -> None:
    wanted, cache = requests(1), Cache(tmp_path)
    (job,) = plan(wanted, cache)
    do(job)
    for request in wanted:
        market = InferenceMarket(request.scenario, rng=request.seed).run(until=UNTIL)
        record = cache.read(request.digest)
        for name in (("tokens_served", "market", "api"), ("revenue", "openai", "all")):
            own = market.observables.series(*name).astype(np.float32)
            assert np.array_equal(record.series(*name)[: len(own)], own)
        assert np.isfinite(record.series("kinds_worth_running", "market", "api")).all()


def test_a_control_that_many_share_is_run_once(tmp_path: Path) -> None:
    engine = Counting()
    run([*requests(), *requests()], Cache(tmp_path), engine, None)
    assert engine.runs == 8
    run(requests(), Cache(tmp_path), engine, None)
    assert engine.runs == 8


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(requests(), Cache(tmp_path), Counting(stop_after=1), None)
    engine = Counting()
    assert run(requests(), Cache(tmp_path), engine, None) == []
    assert engine.runs == 4


def test_a_run_that_is_too_short_is_made_again_to_the_later_day(tmp_path: Path) -> None:
    (request, *_), cache = requests(1), Cache(tmp_path)
    run([request], cache, SerialEngine(), None)
    longer = Request(request.scenario, request.seed, date(2023, 5, 15))
    assert cache.holds(request)
    assert not cache.holds(longer)
    run([longer, request], cache, SerialEngine(), None)
    assert cache.read(longer.digest).weeks == 20


def test_a_damaged_run_is_made_again(tmp_path: Path) -> None:
    (request, *_), cache = requests(1), Cache(tmp_path)
    cache.file(request.digest).write_bytes(b"half of a fi")
    engine = Counting()
    run([request], cache, engine, None)
    assert engine.runs == 1
    assert cache.read(request.digest).weeks == 17


def test_a_job_that_fails_leaves_the_others_and_says_why(tmp_path: Path) -> None:
    good, bad = small_pairs(2)
    broken = bad.base.replace({"scale.users": 500})
    planned = plan([Request(good.base, good.seed, UNTIL), Request(broken, bad.seed, UNTIL)], Cache(tmp_path))

    class Failing(SerialEngine):
        def map(self, work: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
            for job in jobs:
                broken = ("scale.users", 500) in job.past.overrides
                wrong: Trunk = job._replace(past=job.past._replace(scale="gigantic")) if broken else job
                yield from super().map(work, [wrong])

    failures = run(
        [Request(good.base, good.seed, UNTIL), Request(broken, bad.seed, UNTIL)], Cache(tmp_path), Failing(), None
    )
    assert len(planned) == 2
    assert len(failures) == 1
    assert "gigantic" in failures[0]
    assert Cache(tmp_path).holds(Request(good.base, good.seed, UNTIL))


def test_a_branch_that_breaks_off_takes_no_other_run_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = InferenceMarket.step

    def breaks(market: InferenceMarket) -> None:
        if market.parameters.demand.developer_value_factor == LATER_FACTOR:
            raise JevonsError("too much")
        step(market)

    monkeypatch.setattr(InferenceMarket, "step", breaks)
    wanted, cache = requests(1), Cache(tmp_path)
    assert run(wanted, cache, SerialEngine(), None) == ["too much", "too much"]
    assert [cache.holds(request) for request in wanted] == [True, True, False, False]


@pytest.mark.parametrize(
    ("weeks", "message"),
    [
        ([["revenue"]], r"probe revenue\.market\.api: revenue is an observable, which a run keeps too"),
        ([["mood", "fear", "mood"]], r"probe mood\.market\.api: there are two of this name"),
        ([["mood"], ["moods"]], r"moods\.market\.api was not there .* no observable 'moods'; did you mean 'mood'"),
        ([["mood", "fear"], ["mood"]], r"probe fear\.market\.api is missing in a later week: there is no observable"),
        ([["mood"], ["mood", "fear"]], r"probe fear\.market\.api was not there in the first week"),
    ],
)
def test_a_probe_whose_name_would_lose_a_series_is_refused(
    weeks: list[list[str]], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [[((name, "market", "api", "share"), 1.0) for name in names] for names in weeks]
    monkeypatch.setattr(runner, "probe", lambda _: left.pop(0) if len(left) > 1 else left[0])
    (failure,) = run(requests(1)[:1], Cache(tmp_path), SerialEngine(), None)
    assert re.search(message, failure), failure
    assert not list(tmp_path.iterdir())


def test_a_claim_whose_runs_fail_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(market: InferenceMarket) -> None:
        raise JevonsError("too much")

    monkeypatch.setattr(InferenceMarket, "step", breaks)
    with pytest.raises(JevonsError, match=r"runs that Q14 need failed, the first with: too much; .* name the other"):
        weigh(pick(("Q14",)), [small_pairs(1)], Bench(Cache(tmp_path), SerialEngine()))


@pytest.mark.parametrize("lost", [1, 2])
def test_a_claim_is_judged_without_one_of_ten_pairs_and_not_without_two(
    lost: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, said = small_pairs(10), io.StringIO()
    gone = {pair.seed for pair in taken[:lost]}

    class Holed(Cache):
        def holds(self, request: Request) -> bool:
            return request.seed not in gone

    monkeypatch.setattr(claim_runs, "run", lambda *_: ["too much"])
    members = [(pair,) for pair in taken]
    bench = Bench(Holed(tmp_path), SerialEngine(), Console(file=said, width=200))
    if lost == 1:
        weigh(pick(("Q14",)), members, bench)
        assert "Q14 lacks 1 of 10 pairs, whose runs failed, the first with: too much" in said.getvalue()
    else:
        with pytest.raises(JevonsError, match="runs that Q14 need failed"):
            weigh(pick(("Q14",)), members, bench)


def experiment(**fields: Any) -> Experiment:
    outcomes = (Outcome("tokens", "tokens_served", segment="api", start="2023-03-06", end="2023-04-24"),)
    return Experiment(control=None, treatment=SHOCK, outcomes=outcomes, **fields)


def test_fewer_metered_tokens_are_bought_in_every_pair_where_developers_tasks_are_worth_half() -> None:
    rule = Rule("tokens", supported=below(0.0), refuted=above(0.0))
    (finding,) = run_experiment(experiment(decision=rule), small_pairs(3))
    assert finding.verdict == "supported"
    assert len(finding.effects) == 3
    assert (finding.effects < 0.0).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"observable": "revenu"}, "outcome mine: .*'revenu'.* did you mean 'revenue'"),
        ({"entity": "opnai"}, "did you mean 'openai'"),
        ({"statistic": "median"}, "outcome mine: statistic = 'median': no such statistic"),
        ({"start": "June"}, "outcome mine: start = 'June'"),
        ({"start": "2023-03-06", "end": "2023-02-06"}, "outcome mine: it starts on 2023-03-06, after its end"),
    ],
)
def test_an_outcome_that_no_run_can_give_is_refused_before_any_run(
    fields: dict[str, str], message: str, tmp_path: Path
) -> None:
    def tried() -> None:
        outcome = Outcome("mine", **{"observable": "revenue", **fields})
        run_experiment(Experiment(None, SHOCK, (outcome,)), small_pairs(1), folder=tmp_path)

    with pytest.raises(JevonsError, match=message):
        tried()
    assert not list(tmp_path.iterdir())


def test_no_treatment_has_no_effect_at_all() -> None:
    control = Experiment(None, None, experiment().outcomes)
    (finding,) = run_experiment(control, small_pairs(2))
    assert finding.effects.tolist() == [0.0, 0.0]
    assert finding.verdict is None


def test_an_experiment_can_go_on_from_a_saved_state(tmp_path: Path) -> None:
    pair = small_pairs(1)[0]
    market = InferenceMarket(pair.base, rng=pair.seed).run(until="2023-02-27")
    file = market.save(tmp_path / "state.npz")
    (branched,) = run_experiment(experiment(state=file))
    (whole,) = run_experiment(experiment(), [pair])
    assert branched.effects.tolist() == whole.effects.tolist()


def test_an_experiment_from_a_state_keeps_the_changes_that_the_state_is_still_to_meet(tmp_path: Path) -> None:
    pair = small_pairs(1)[0]
    later = dataclasses.replace(pair, base=LATER(pair.base))
    file = InferenceMarket(later.base, rng=later.seed).run(until="2023-02-27").save(tmp_path / "state.npz")
    (branched,) = run_experiment(experiment(state=file))
    (whole,) = run_experiment(experiment(), [later])
    assert branched.effects.tolist() == whole.effects.tolist()
    assert branched.effects[0] != 0.0


@pytest.mark.parametrize(
    ("treatment", "message"),
    [
        (fixed({"demand.hurdle": 0.3}), "changes overrides, and the saved market has begun"),
        (
            changed("2023-02-06", {"demand.hurdle": 0.3}),
            "of 2023-02-06 comes too late for a market saved on 2023-03-06",
        ),
    ],
)
def test_a_treatment_of_what_a_saved_market_has_behind_it_is_refused(
    treatment: Treatment, message: str, tmp_path: Path
) -> None:
    pair = small_pairs(1)[0]
    file = InferenceMarket(pair.base, rng=pair.seed).run(until="2023-02-27").save(tmp_path / "state.npz")
    with pytest.raises(JevonsError, match=message):
        run_experiment(Experiment(None, treatment, experiment().outcomes, state=file))


def test_a_decision_on_no_outcome_is_refused() -> None:
    with pytest.raises(JevonsError, match="not an outcome"):
        experiment(decision=Rule("revenue", supported=above(0.0)))
