"""Responses of a planted market whose answers are known, and of a real one of a few rows."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest

from model import JevonsError
from runs.engines.engine import SerialEngine
from runs.experiments.run_series import Floats
from runs.responses import response_runs
from runs.responses.replayed_market import KEPT_PRICES
from runs.responses.response import Response
from runs.responses.response_runs import Arm, arms_of, job_of, measure, run_pair
from runs.responses.response_table import FREE_WEEKS_BEFORE, SPARE, pick
from tests.runs.experiments.small import small_pairs

ELASTICITY = -1.5  # of what a planted lab's customers ask for
SHORT = 0.5  # what they get where compute binds, over what they ask for
START = date(2023, 1, 2)


@dataclass(frozen=True)
class State:
    """A planted market so far: its scenario, and the levers of the weeks that are over."""

    scenario: Any
    past: tuple[dict[str, float], ...]


class Planted:
    """A market of three labs: each is asked for 100 price^ELASTICITY and serves it if compute is free, else SHORT."""

    def __init__(self, scenario: Any, rng: int = 0) -> None:
        self.scenario, self.seed = scenario, rng
        self.past: list[dict[str, float]] = []
        self.world = None

    @property
    def clock(self) -> Any:
        today = START + timedelta(weeks=len(self.past))
        return SimpleNamespace(date=today, finished=today > self.scenario.until)

    def step(self) -> None:
        levers = {f"lab.{lab}.{lever}": 1.0 for lab in LABS for lever in ("price_factor", "capacity_factor")}
        for day, values in self.scenario.changes:
            levers |= values if day <= self.clock.date else {}
        self.past.append(levers)

    def run(self, until: str) -> None:
        while self.clock.date <= date.fromisoformat(until):
            self.step()

    def capture(self) -> State:
        return State(self.scenario, tuple(self.past))

    @classmethod
    def resume(cls, state: State) -> Self:
        market = cls(state.scenario)
        market.past = list(state.past)
        return market

    @property
    def observables(self) -> Self:
        return self

    def series(self, observable: str, entity: str, segment: str) -> Floats:
        labs = LABS if entity == "market" else (entity,)
        return np.array([sum(self.read(week, observable, lab) for lab in labs) for week in self.past])

    def read(self, week: dict[str, float], observable: str, lab: str) -> float:
        price: float = week[f"lab.{lab}.price_factor"]
        asked: float = 100.0 * price**ELASTICITY
        served: float = asked * min(1.0, SHORT * week[f"lab.{lab}.capacity_factor"])
        values = {"tokens_served": served, "tokens_unserved": asked - served}
        return values.get(observable, served * price)


class Follower(Planted):
    """A planted market that follows another."""

    def follow(self, offers: list[Any]) -> None:
        assert len(offers) > len(self.past)  # of the whole run that is followed
        self.followed = offers

    def step(self) -> None:
        assert self.followed
        super().step()


LABS = ("openai", "anthropic", "google")


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_runs, "InferenceMarket", Planted)
    monkeypatch.setattr(response_runs, "ReplayedMarket", Follower)
    monkeypatch.setattr(response_runs, "offer_of", lambda _world: {})


def found(*names: str) -> dict[tuple[str, str], float]:
    measured = measure(pick(names), small_pairs(2), SerialEngine(), None)
    assert all(one.low == one.median == one.high and len(one.values) == 2 for one in measured)
    return {(one.response.name, one.reading.what): one.median for one in measured}


@pytest.mark.usefixtures("planted")
def test_a_planted_elasticity_is_found_whether_capacity_binds_or_not() -> None:
    for (name, what), value in found("price-anthropic", "prices-free", "prices-binding").items():
        revenue = 0.8 ** (1.0 + ELASTICITY)
        assert value == pytest.approx(revenue if "revenue" in what else ELASTICITY), (name, what)


@pytest.mark.usefixtures("planted")
def test_capacity_of_a_planted_short_lab_brings_what_it_turned_away() -> None:
    for what, value in found("capacity-google").items():
        if "revenue" in what[1]:
            assert value == pytest.approx(1.0 / SHORT)


@pytest.mark.usefixtures("planted")
def test_a_failed_run_is_one_line_that_names_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Planted) -> None:
        raise JevonsError("out of tokens")

    monkeypatch.setattr(Planted, "step", fail)
    with pytest.raises(JevonsError, match=r"seed 101 failed: .*out of tokens"):
        measure(pick(("slump",)), small_pairs(1), SerialEngine(), None)


def test_arms_differ_by_the_change_alone_and_equal_ones_are_run_once() -> None:
    (pair,) = small_pairs(1)
    free, binding, one_lab = pick(("prices-free", "prices-binding", "price-openai"))
    untreated, treated = arms_of(free, pair.base)
    assert treated.changes[:-1] == untreated.changes
    day, values = treated.changes[-1]
    assert day == free.day
    assert dict(values) == {f"lab.{lab}.price_factor": 0.8 for lab in pair.base.parameters.lab}
    first = (date.fromisoformat(free.day) - timedelta(weeks=FREE_WEEKS_BEFORE)).isoformat()
    assert all(day == first for day, _ in untreated.changes)
    spare = {path: value for _, values in untreated.changes for path, value in values}
    assert spare["mechanisms.supply_limits"] is False
    assert spare["lab.google.capacity_factor"] == SPARE
    assert arms_of(one_lab, pair.base)[0] == untreated
    assert arms_of(binding, pair.base)[0] == Arm(((binding.day, tuple(KEPT_PRICES.items())),), replayed=True)
    assert len(job_of(pair, [free, binding, one_lab]).arms) == 5


def test_the_slump_ends_after_a_year_and_what_changes_nothing_is_the_untouched_run() -> None:
    (pair,) = small_pairs(1)
    slump, fall = pick(("slump", "weekly-fall"))
    (begin, less), (end, again) = arms_of(slump, pair.base)[1].changes
    assert date.fromisoformat(end) - date.fromisoformat(begin) == timedelta(weeks=52)
    assert dict(less) == {path: pytest.approx(0.55 * value) for path, value in again}
    before = pair.base.parameters_at(date.fromisoformat(begin)).flat()
    assert all(value == before[path] for path, value in again)
    assert arms_of(fall, pair.base) == (Arm(), Arm())
    assert job_of(pair, [fall]).arms == ()


def test_a_real_market_sells_more_tokens_for_less_money_each_and_none_is_turned_away() -> None:
    (pair,) = small_pairs(1)
    response = early(pick(("prices-free",))[0], "2024-01-01")
    (untreated, treated), runs = arms_of(response, pair.base), run_pair(job_of(pair, [response]))
    week = (date.fromisoformat(response.day) - pair.base.start).days // 7
    served, turned_away = (("tokens_served", "market", "api"), ("tokens_unserved", "market", "api"))
    np.testing.assert_array_equal(runs[treated][served][:week], runs[untreated][served][:week])
    assert (runs[treated][served][week:] >= runs[untreated][served][week:]).all()
    assert runs[treated][served][-1] > runs[untreated][served][-1]
    assert runs[untreated][turned_away][week:].sum() == runs[treated][turned_away][week:].sum() == 0.0
    asked, revenue = (reading.of(runs[untreated], runs[treated], week) for reading in response.readings)
    assert asked < 0.0
    assert revenue < 0.8 ** (1.0 + asked) * 1.1


def early(response: Response, day: str) -> Response:
    """Return a response on another day, with its readings after four weeks alone."""
    return replace(response, day=day, readings=tuple(one for one in response.readings if one.horizon == 4))
