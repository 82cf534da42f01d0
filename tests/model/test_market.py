"""The market is a Mesa model, the same for the same seed, and it stops with one clear line when something is wrong."""

import gc
import inspect
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest
from numpy.typing import NDArray

from agents.apps import App
from agents.builders import Builder
from agents.chip_makers import ChipMaker
from agents.consultancies import Consultancy
from agents.developers import Developer
from agents.enterprises import Enterprise
from agents.hyperscalers import Hyperscaler
from agents.labs import Lab
from agents.power_suppliers import PowerSupplier
from agents.streams import Streams
from agents.users import User
from model import ConservationError, InferenceMarket, JevonsError, NotFiniteError, Scenario
from model.allocation import allocate
from model.fleet import Fleet
from tests.model.states import TINY, digest

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = Scenario.load("baseline").replace(TINY)


def market(weeks: int = 0, seed: int = 7) -> InferenceMarket:
    """A small market after some weeks."""
    made = InferenceMarket(SCENARIO, rng=seed)
    for _ in range(weeks):
        made.step()
    return made


# as a Mesa user expects -----------------------------------------------------------------------------------------------


def test_a_step_is_a_week() -> None:
    made = market()
    assert isinstance(made, mesa.Model)
    assert (made.steps, made.clock.week, made.running) == (0, 0, True)
    made.step()
    assert (made.steps, made.clock.week, made.running) == (1, 1, True)
    assert len(made.observables.frame().date.unique()) == 1


def test_agents_are_all_there_by_type() -> None:
    made = market(2)
    by_type = {kind: len(agents) for kind, agents in made.agents_by_type.items()}
    rows: dict[type, int] = {User: 800, Developer: 300, App: len(made.world.apps), Enterprise: 8 + 6}
    actors: dict[type, int] = {Lab: len(made.labs), Hyperscaler: len(made.hyperscalers)}
    actors |= {ChipMaker: len(made.chip_makers), PowerSupplier: len(made.power_suppliers), Builder: len(made.builders)}
    actors[Consultancy] = len(made.world.consultancies)
    assert by_type == {**rows, **actors}
    assert len(made.agents) == sum(by_type.values())
    assert made.agents_by_type[Lab].get("name") == list(made.world.lab_names)


def test_rows_are_selected_aggregated_and_written_as_mesa_agents() -> None:
    made = market(10)
    users = made.agents_by_type[User]
    column = made.world.users.columns.app
    assert len(users.select(lambda user: user.app >= 0)) == (column >= 0).sum() > 0
    assert users.agg("requests_bound", np.sum) == pytest.approx(made.world.users.columns.requests_bound.sum(), rel=1e-4)
    next(iter(users)).willingness = 17.5
    assert made.world.users.columns.willingness[0] == 17.5


def test_mesa_s_data_collector_collects() -> None:
    made = market(3)
    collector = mesa.DataCollector(
        model_reporters={
            "rent": lambda m: m.world.rent,
            "users": lambda m: int((m.world.users.columns.app >= 0).sum()),
        },
        agenttype_reporters={Lab: {"frontier": "frontier"}},
    )
    for _ in range(2):
        made.step()
        collector.collect(made)
    assert collector.get_model_vars_dataframe()["rent"].iloc[-1] == made.world.rent
    assert len(collector.get_agenttype_vars_dataframe(Lab)) == 2 * len(made.labs)


def test_a_market_that_nobody_holds_is_freed() -> None:
    made = market(2)
    seen = [len(made.agents), next(iter(made.agents_by_type[User])), made.networks.supply(), made.branch()]
    gone = weakref.ref(made)
    del made, seen
    gc.collect()
    assert gone() is None


def test_phases_are_named_in_the_order_in_which_they_run() -> None:
    made = market(1)
    names = [phase.name for phase in InferenceMarket.phases()]
    assert names == ["research", "pricing", "adoption", "demand", "allocation", "settlement", "investment", "delivery",
                     "publication", "record"]  # fmt: skip
    assert list(made.phase_seconds) == names
    assert all(phase.summary and phase.reads and phase.writes for phase in InferenceMarket.phases())


# the same again -------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits_here_and_in_another_process() -> None:
    code = "from tests.model.test_market import digest, market; print(digest(market(30)))"
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert digest(market(30)) == digest(market(30)) == other.stdout.strip()


def test_handing_out_columns_changes_nothing() -> None:
    """Updated totals equal totals of all rows every week; nothing inside the market hands out its columns."""
    kept, handed_out = (market() for _ in range(2))
    assert len(handed_out.world.users.columns.app) == 800
    assert len(handed_out.world.developers.columns.tool) == 300
    for made in (kept, handed_out):
        for _ in range(60):
            made.step()
    assert (kept.world.users.columns.externally_writable, kept.world.developers.columns.externally_writable) == (
        False,
        False,
    )
    assert digest(kept) == digest(handed_out)


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True, float("nan")])
def test_what_is_no_seed_is_refused_in_one_line(seed: Any) -> None:
    with pytest.raises(JevonsError, match="a seed is a non-negative integer"):
        InferenceMarket(SCENARIO, rng=seed)


class Collecting(InferenceMarket):
    """A market as Mesa's batch runs want it: it collects data every week."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        facts = {"seed": "seed", "weeks": "steps", "rent": lambda m: m.world.rent, "users": users_of}
        self.datacollector = mesa.DataCollector(facts)

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


def users_of(made: InferenceMarket) -> int:
    """People who use chat, in rows."""
    return int((made.world.users.columns.app >= 0).sum())


def batch(seeds: list[int | None], weeks: int) -> list[dict[str, Any]]:
    """Mesa's `batch_run` with these seeds, as its version takes them."""
    parameters: dict[str, Any] = {"scenario": [SCENARIO]}
    if "rng" in inspect.signature(mesa.batch_run).parameters:  # Mesa 3.5
        how: dict[str, Any] = {"rng": seeds}
    else:
        parameters, how = {**parameters, "rng": seeds}, {}
    runs: list[dict[str, Any]] = mesa.batch_run(Collecting, parameters, max_steps=weeks, display_progress=False, **how)
    return runs


def test_replications_of_mesa_s_batch_run_differ_and_each_can_be_had_again() -> None:
    runs = batch([None, None, None], weeks=7)
    seeds = [int(run["seed"]) for run in runs]
    assert len({*seeds}) == 3
    assert len({run["users"] for run in runs}) > 1
    for run, seed in zip(runs, seeds, strict=True):
        again = market(run["weeks"], seed=seed)
        assert (again.seed, again.world.rent, users_of(again)) == (seed, run["rent"], run["users"])


def test_a_seed_that_is_given_is_kept_also_in_mesa_s_batch_run() -> None:
    runs = batch([4, 5, 4, 5], weeks=2)
    assert [run["seed"] for run in runs] == [4, 5, 4, 5]
    assert runs[0]["users"] == runs[2]["users"]


def test_a_drawn_seed_is_written_to_the_saved_state(tmp_path: Path) -> None:
    made = InferenceMarket(SCENARIO)
    assert InferenceMarket.load(made.save(tmp_path / "state")).seed == made.seed


def test_another_seed_gives_another_history() -> None:
    first, second = market(10, seed=1), market(10, seed=2)
    assert not np.array_equal(first.observables.values[:10], second.observables.values[:10])
    assert not np.array_equal(first.world.users.columns.willingness, second.world.users.columns.willingness)


@pytest.mark.parametrize("name", ["scale.users", "scale.developers", "scale.enterprises", "scale.firms"])
def test_one_more_row_leaves_the_draws_of_all_others_as_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few = recorded_draws(SCENARIO, 8, monkeypatch)
    more = recorded_draws(SCENARIO.replace({name: int(TINY[name]) + 1}), 8, monkeypatch)
    assert few.keys() == more.keys()
    grown = 0
    for key, draw in few.items():
        if not key[0].startswith("applications."):  # an enterprise more rescales everybody's number of applications
            assert np.array_equal(draw, more[key][: len(draw)]), key
            grown += len(more[key]) > len(draw)
    assert grown > 0


def recorded_draws(
    scenario: Scenario, weeks: int, monkeypatch: pytest.MonkeyPatch
) -> dict[tuple[str, int], NDArray[np.float32]]:
    """Every uniform draw of a run, by decision and week."""
    draws: dict[tuple[str, int], NDArray[np.float32]] = {}
    draw = Streams.uniform

    def note(self: Streams, decision: str, week: int, size: Any) -> NDArray[np.float32]:
        draws[decision, week] = draw(self, decision, week, size)
        return draws[decision, week].copy()

    with monkeypatch.context() as patch:
        patch.setattr(Streams, "uniform", note)
        made = InferenceMarket(scenario, rng=7)
        for _ in range(weeks):
            made.step()
    return draws


def test_one_more_user_leaves_the_traits_of_all_others_as_they_are() -> None:
    few, more = market(), InferenceMarket(SCENARIO.replace({"scale.users": 801}), rng=7)
    for name in ("innovativeness", "requests_bound", "willingness"):
        assert np.array_equal(few.world.users.columns.columns[name], more.world.users.columns.columns[name][:800])
    assert np.array_equal(few.world.users.network.toarray(), more.world.users.network.toarray()[:800, :800])


# running --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "weeks"), [("2023-01-02", 1), ("2023-01-08", 1), ("2023-01-09", 2), ("2023-03-31", 13)]
)
def test_a_run_ends_with_the_week_that_holds_its_last_day(until: str, weeks: int) -> None:
    made = market()
    assert made.run(until) is made
    assert made.clock.week == weeks


def test_a_run_is_its_steps_and_tells_progress_after_each() -> None:
    seen: list[int] = []
    ran = market().run("2023-03-31", progress=lambda m: seen.append(m.clock.week))
    assert seen == list(range(1, 14))
    assert digest(ran) == digest(market(13))
    ran.run("2023-02-01")
    assert ran.clock.week == 13  # what is past is past


def test_a_run_without_an_end_goes_to_the_end_of_the_scenario_and_no_further() -> None:
    made = InferenceMarket(SCENARIO.replace(until="2023-02-05"), rng=7).run()
    assert (made.clock.week, made.running) == (5, False)
    with pytest.raises(JevonsError, match="the scenario ended on 2023-02-05: there is no week left"):
        made.step()
    assert made.branch().clock.finished, "the refusal leaves the market whole"
    assert len(made.observables.frame().date.unique()) == 5


@pytest.mark.parametrize("until", ["2022-12-31", "2029-01-01", "2024-02-30", "tomorrow", 20240101])
def test_an_impossible_end_is_refused_and_nothing_is_simulated(until: Any) -> None:
    made = market()
    with pytest.raises(JevonsError, match=r"(date|until) = "):
        made.run(until)
    assert made.clock.week == 0


def test_a_scenario_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(JevonsError, match="no such scenario; did you mean 'baseline'"):
        InferenceMarket("basline")


# when something is wrong ----------------------------------------------------------------------------------------------

NANS: dict[str, tuple[str, Callable[[InferenceMarket], Any]]] = {
    "a price": ("pricing: catalogue.price", lambda m: m.world.catalogue.price.fill(np.nan)),
    "a capability": ("research: catalogue.capability", lambda m: m.world.catalogue.capability.fill(np.nan)),
    "a person": ("adoption: users.columns.willingness", lambda m: m.world.users.columns.willingness[4:5].fill(np.nan)),
    "readiness": (
        "adoption: users.columns.innovativeness",
        lambda m: m.world.users.columns.innovativeness[-9:].fill(np.nan),
    ),
    "a request": (
        "demand: users.columns.requests_bound",
        lambda m: m.world.users.columns.requests_bound[:].fill(np.inf),
    ),
    "a developer": ("demand: developers.columns.reviews", lambda m: m.world.developers.columns.reviews[:].fill(np.nan)),
    "an app": ("adoption: apps.audience", lambda m: m.world.apps.audience[:1].fill(np.nan)),
    "seats": ("adoption: enterprises.columns.seats", lambda m: m.world.enterprises.columns.seats[2:3].fill(np.nan)),
    "orders": ("investment: chip_book.waiting", lambda m: m.world.chip_book.waiting[:1].fill(np.nan)),
    "power": ("investment: power_book.coming", lambda m: m.world.power_book.coming[:1].fill(np.nan)),
    "a maker": ("investment: grid.price_usd", lambda m: setattr(m.world.power_suppliers[0], "price_usd", np.nan)),
    "a budget": ("demand: tasks asked", lambda m: m.world.enterprises.columns.budget[:1].fill(np.nan)),
    "a reputation": ("pricing: metered.offer.lab_share", lambda m: m.world.metered.reputation[:1].fill(np.nan)),
    "a price in use": ("pricing: used.price", lambda m: m.world.used.price[:1].fill(np.nan)),
    "coders' budget": ("demand: tasks asked", lambda m: setattr(m.world.metered, "coding_budget", float("nan"))),
    "a shadow price": ("record: anthropic.shadow_price", lambda m: setattr(m.labs[1], "shadow_price", float("nan"))),
    "a belief": ("investment: azure.net_debt_usd", lambda m: setattr(m.hyperscalers[0], "net_debt_usd", np.nan)),
    "an index": ("record: ", lambda m: m.world.exogenous.algorithms.fill(np.nan)),
}


@pytest.mark.parametrize("what", NANS)
def test_a_nan_stops_the_run_with_week_phase_and_column(what: str) -> None:
    where, plant = NANS[what]
    made = market(6)
    plant(made)
    with np.errstate(invalid="ignore"), pytest.raises(NotFiniteError) as error:
        made.run("2023-12-31")
    assert f"week {made.clock.week}, phase {where}" in str(error.value)
    assert len(made.observables.frame().date.unique()) == made.clock.week


def test_a_token_that_goes_missing_is_named_with_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(*args: Any) -> Any:
        outcome = allocate(*args)
        counts = outcome.served.counts.copy()
        counts[0, 3, 1, 2] += 1
        return outcome._replace(served=outcome.served._replace(counts=counts))

    made = market(5)
    monkeypatch.setattr("model.traffic.allocate", careless)
    with pytest.raises(ConservationError) as error:
        made.step()
    cell = f"tokens of {made.world.lab_names[0]}, {made.world.constants.index.names[3]}, tier 1"
    assert (error.value.week, error.value.cell, error.value.amount) == (5, cell, -1.0)


def test_gpu_hours_beyond_capacity_are_named_with_the_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    def generous(*args: Any) -> Any:
        outcome = allocate(*args)
        return outcome._replace(used_hours=outcome.used_hours + 1e9)

    made = market(5)
    monkeypatch.setattr("model.traffic.allocate", generous)
    with pytest.raises(ConservationError, match="week 5: GPU-hours of "):
        made.step()


def test_a_chip_out_of_nowhere_is_named_with_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    install = Fleet.install

    def conjure(fleet: Fleet, *args: Any, **kwargs: Any) -> Any:
        retired = install(fleet, *args, **kwargs)
        fleet.installed[1] += 3.0
        return retired

    made = market(5)
    monkeypatch.setattr(Fleet, "install", conjure)
    with pytest.raises(ConservationError, match=f"week 5: capacity of {made.world.constants.cloud_names[1]} "):
        made.step()


def test_money_out_of_nowhere_stops_the_run() -> None:
    made = market(5)
    made.world.ledger.cash[made.world.ledger.of["consumers"]] += 1e6
    with pytest.raises(ConservationError, match="week 5: ledger, cash of all accounts does not close, it is out by 1e"):
        made.step()


def test_an_interruption_between_weeks_keeps_what_was_recorded_and_the_run_can_go_on() -> None:
    made = market()

    def interrupt(m: InferenceMarket) -> None:
        if m.clock.week == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.run("2023-12-31", progress=interrupt)
    assert len(made.observables.frame().date.unique()) == 4
    assert np.isfinite(made.observables.frame().value).all()
    assert digest(made.run("2023-03-31")) == digest(market(13))


def test_an_interruption_within_a_week_keeps_the_weeks_before_it_and_the_rest_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    made, whole = market(4), market(4)
    with monkeypatch.context() as patch:
        patch.setattr(made.world.users, "requests", interrupt)
        with pytest.raises(KeyboardInterrupt):
            made.run("2023-12-31")
    assert made.observables.frame().equals(whole.observables.frame())
    with pytest.raises(JevonsError, match="the week of 2023-01-30 broke off half-way and cannot go on"):
        made.run("2023-12-31")
