"""Metered work in a small market: classes that nobody sells to, work that is rerouted, and what binds it."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.metered_demand import moved_cutoff
from agents.units import WEEKS_PER_YEAR
from model import InferenceMarket, Scenario
from model.metered import move_cutoffs, renew_plans, wanted
from model.record import organisation_tokens
from model.traffic import metered_tasks, of_organisations
from model.uptake import moved_wallets

EXACT = 1e-9
TINY = {
    "scale.users": 600,
    "scale.developers": 300,
    "scale.enterprises": 8,
    "scale.firms": 6,
    "scale.applications_mean": 200.0,
}
OPENAI, ANTHROPIC, GOOGLE = range(3)


def market(**changed: Any) -> InferenceMarket:
    """A small market before its first week."""
    names = {name.replace("__", "."): value for name, value in changed.items()}
    return InferenceMarket(Scenario.load("baseline").replace({**TINY, **names}), rng=3)


@cache
def late() -> InferenceMarket:
    """A market in which several labs sell APIs and organisations buy."""
    return market().run(until="2024-03-31")


def stock() -> Any:
    """A world of that market to change."""
    return late().branch().world


# memory ---------------------------------------------------------------------------------------------------------------


def test_plans_read_no_memory_that_they_have_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """New arrays hold signalling NaN until something is written into them: to compute with these is an error."""
    plain, poisoned = stock(), stock()
    renew_plans(plain)

    def signalling(shape: Any, dtype: Any = np.float64) -> np.ndarray[Any, Any]:
        return np.full(shape, 0x7FF0_0000_0000_0001, np.uint64).view(dtype)

    monkeypatch.setattr(np, "empty", signalling)
    with np.errstate(invalid="raise"):
        renew_plans(poisoned)
    for name in poisoned.plans.STATE:
        assert np.array_equal(getattr(poisoned.plans, name), getattr(plain.plans, name)), name


# classes that nobody sells to -----------------------------------------------------------------------------------------


def test_a_class_that_nobody_sells_to_asks_for_nothing_and_starts_when_somebody_does() -> None:
    """OpenAI's API opens in the third week; its coding tool is out from the first on."""
    made = market(lab__openai__api_date="2023-01-16")
    world = made.world
    apps, coding = (world.constants.metered_of[asker] for asker in ("apps", "coding"))
    rows = world.constants.metered_rows[apps]
    for _ in range(2):
        made.step()
        assert world.metered.integrating[coding].all()
        assert not world.metered.integrating[apps].any()
        assert not world.metered.tasks[apps].any()
        assert not world.demanded.counts[:, rows].any()
    made.step()
    m, k = world.metered, world.constants
    assert m.integrating.all()
    assert world.demanded.tasks[OPENAI, rows].any()
    start = m.cutoff_target + world.parameters.metered.start_gap
    first = moved_cutoff(start, m.cutoff_target, m.horizon, k.agentic, world.parameters.metered)
    assert m.cutoff[apps] == pytest.approx(first[apps], rel=EXACT)


def test_cutoffs_rest_while_nothing_is_on_sale() -> None:
    world = stock()
    world.used.available[:] = False
    before = world.metered.cutoff.copy()
    move_cutoffs(world)
    assert world.metered.cutoff.tolist() == before.tolist()


# who asks whom --------------------------------------------------------------------------------------------------------


def only_applications(rerouted: float) -> Any:
    """A world in which one large organisation is with OpenAI and one firm with Google; budgets and wages are ample.

    Each asks for ten calls a week; of calls, OpenAI is the choice of 0.3, Anthropic of 0.5 and Google of 0.2.
    """
    world = stock()
    p, c, first = world.parameters, world.enterprises.columns, world.constants.metered_of["applications"][0]
    world.parameters = p.model_copy(update={"metered": p.metered.model_copy(update={"rerouted_share": rerouted})})
    world.metered.offer.lab_share[first] = [0.3, 0.5, 0.2, 0.0, 0.0]
    firm = world.enterprises.large.stop
    c.lab[:], c.weight[:], c.budget[:], c.output[:] = -1, 1.0, 1e15, 1.0
    c.lab[0], c.lab[firm] = OPENAI, GOOGLE
    world.wallets[:] = 0.0
    world.wallets[0, OPENAI] = world.wallets[firm, GOOGLE] = 1.0
    world.graphs.tasks[:] = 0.0
    per_event = 10.0 / wanted(world)[first] / p.enterprises.events_per_employee
    world.graphs.tasks[:, 0] = per_event / c.employees.astype(np.float64)
    world.metered.usd_per_task[:] = 1e-9
    return world


def test_a_part_of_the_work_goes_where_it_suits_best_and_the_rest_stays() -> None:
    """Of 20 calls 0.4 are rerouted by choice: 0.6 x 10 + 8 x 0.3 = 8.4 with OpenAI, 4 with Anthropic, 7.6 Google."""
    for rerouted, by_lab in ((0.0, [10.0, 0.0, 10.0, 0.0, 0.0]), (0.4, [8.4, 4.0, 7.6, 0.0, 0.0])):
        world = only_applications(rerouted)
        tasks = metered_tasks(world)[:, world.constants.metered_of["applications"][0]]
        assert tasks == pytest.approx(by_lab, rel=EXACT, abs=1e-9)


def test_work_follows_to_another_lab_bit_by_bit_and_begins_as_a_whole() -> None:
    """A tenth a week: of a row that leaves OpenAI for Google 0.9 are left, then 0.81; a new one has all with Google."""
    wallets, lab = np.zeros((3, 5)), np.array([GOOGLE, GOOGLE, -1], dtype=np.int8)
    wallets[0, OPENAI] = 1.0
    for kept in (0.9, 0.81):
        wallets = moved_wallets(wallets, lab, 0.1)
        assert wallets[0] == pytest.approx([kept, 0.0, 1.0 - kept, 0.0, 0.0], rel=EXACT)
        assert wallets[1].tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]
        assert not wallets[2].any()


def test_an_organisation_buys_of_all_labs_of_its_wallet() -> None:
    """Of its ten calls 7 with OpenAI at 1 USD and 3 with Google at 5: 22 USD a week, and a firm's ten at 5."""
    world = only_applications(0.0)
    world.wallets[0, OPENAI], world.wallets[0, GOOGLE] = 0.7, 0.3
    tasks = metered_tasks(world)[:, world.constants.metered_of["applications"][0]]
    assert tasks == pytest.approx([7.0, 0.0, 13.0, 0.0, 0.0], rel=EXACT, abs=1e-9)
    per_task, firm = np.zeros((5, 3)), world.enterprises.large.stop
    per_task[:3, 0] = [1.0, 2.0, 5.0]
    assert of_organisations(world, per_task)[[0, firm]] == pytest.approx([22.0, 50.0], rel=EXACT)


def test_large_organisations_pay_for_what_is_theirs_of_every_lab_s_work_rerouted_work_too() -> None:
    """Theirs are 6 + 4 x 0.3 = 7.2 of OpenAI's 8.4, 2 of Anthropic's 4, and 0.8 of Google's 7.6."""
    world = only_applications(0.4)
    metered_tasks(world)
    large = world.large_share[:3, world.constants.index.of["ent-api"]]
    assert large == pytest.approx([7.2 / 8.4, 0.5, 0.8 / 7.6], rel=EXACT)


def test_what_a_task_takes_is_that_of_the_labs_that_do_it() -> None:
    """At 1, 2 and 5 USD a call: of ten calls with OpenAI 6 there and 4 at 0.3 + 1.0 + 1.0; Google's firm 6 at 5."""
    world = only_applications(0.4)
    metered_tasks(world)
    per_task = np.zeros((5, 3))
    per_task[:3, 0] = [1.0, 2.0, 5.0]
    found, firm = of_organisations(world, per_task), world.enterprises.large.stop
    kept = world.application_flows[0, 0] / 10.0  # within budgets and wages, which are ample
    assert kept == pytest.approx(1.0, rel=EXACT)
    assert found[[0, firm]] == pytest.approx([6.0 + 4 * 2.3, 30.0 + 4 * 2.3], rel=EXACT)
    assert np.count_nonzero(found) == 2


def test_all_that_organisations_pay_and_are_served_for_their_applications_is_what_labs_bill_and_serve() -> None:
    """Bills of all tasks asked for, and tokens as served: to the rounding of whole tasks."""
    world = late().world
    kinds, rows = world.constants.metered_of["applications"], world.constants.application_rows
    weight = world.enterprises.columns.weight.astype(np.float64)
    bill = weight @ of_organisations(world, world.metered.usd_per_task[kinds].T)
    asked = world.demanded.tasks[:, rows].sum(axis=2)
    assert bill == pytest.approx((asked * world.metered.usd_per_task[kinds].T).sum(), rel=1e-5)
    served = world.outcome.served.tokens[:, rows].sum()
    assert weight @ organisation_tokens(world) == pytest.approx(served, rel=1e-5)


# what binds -----------------------------------------------------------------------------------------------------------


def test_an_organisation_asks_for_no_more_than_its_budget() -> None:
    """Ten calls a week at a dollar: a budget of as much lets 2^(-1/4) through, of a hundredth a hundredth."""
    world = only_applications(0.0)
    first = world.constants.metered_of["applications"][0]
    world.metered.usd_per_task[first] = 1.0
    for budget, part in ((10.0, 2.0**-0.25), (0.1, 0.01)):
        world.enterprises.columns.budget[:] = budget * WEEKS_PER_YEAR
        metered_tasks(world)
        share_of_wages = 1.0 - world.metered.share_of_reach[first]
        assert world.application_flows[0, 0] == pytest.approx(10.0 * part * share_of_wages, rel=1e-6)


def test_budgets_that_are_switched_off_bind_nobody() -> None:
    world = only_applications(0.0)
    p = world.parameters
    world.parameters = p.model_copy(update={"mechanisms": p.mechanisms.model_copy(update={"budgets": False})})
    world.enterprises.columns.budget[:] = 1e-6
    metered_tasks(world)
    assert world.application_flows[0, 0] == pytest.approx(10.0, rel=EXACT)


def test_work_worth_all_the_wages_in_reach_is_done_by_half() -> None:
    """Calls reach half of their wage bill; the price is such that the work wanted is worth as much."""
    world = only_applications(0.0)
    k, first = world.constants, world.constants.metered_of["applications"][0]
    metered_tasks(world)
    worth = world.metered.worth[first]
    world.metered.usd_per_task[first] = 0.5 * k.wage_bill[first] / worth / 20.0 / WEEKS_PER_YEAR
    world.enterprises.columns.budget[:] = 1e30
    metered_tasks(world)
    assert world.metered.tasks[first] == pytest.approx(10.0, rel=EXACT)
    assert world.metered.share_of_reach[first] == pytest.approx(0.5, rel=EXACT)
