"""The laws of the books: double entry, and checks that find a planted breach."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.workloads import BINS
from model import InferenceMarket, Scenario
from model.allocation import Allocation, allocate
from model.demand import Demand, demand_of
from model.errors import ConservationError, OutgrownError
from model.fleet import Delivery
from model.ledger import Ledger, check_allocation, check_countable, check_fleet
from model.plans import CALLS, TASKS, THINKING, Plans

NAMES = (("openai", "google"), ("chat", "agent"))


def ledger() -> Ledger:
    """Two labs and a cloud."""
    return Ledger(("a", "b"), ("c",))


# money --------------------------------------------------------------------------------------------------------------


def test_what_one_pays_another_receives() -> None:
    books = ledger()
    books.open_week()
    books.pay("consumers", "lab.a", 20.0)
    books.pay("lab.a", "cloud.c", 15.0)
    books.pay("lab.a", "consumers", -5.0)  # a refund the other way round
    assert books.received("lab.a") == 25.0
    assert books.spent("lab.a") == 15.0
    assert books.balance("lab.a") == 10.0
    assert books.received("lab.a", ["investors"]) == 0.0
    assert books.spent("lab.a", ["cloud.c"]) == 15.0
    books.close_week(0)
    cash = {name: float(books.cash[i]) for name, i in books.of.items() if books.cash[i]}
    assert cash == {"consumers": -25.0, "lab.a": 10.0, "cloud.c": 15.0}


def test_a_new_week_keeps_cash_and_forgets_payments() -> None:
    books = ledger()
    books.pay("investors", "lab.b", 7.0)
    books.close_week(0)
    books.open_week()
    assert books.received("lab.b") == 0.0
    assert books.balance("lab.b") == 7.0


def test_customers_of_each_kind_pay_each_lab_from_their_own_account() -> None:
    """Consumers, vendors, employers, large organisations and firms, in this order, and two labs."""
    books = ledger()
    usd = np.arange(10.0).reshape(5, 2)
    books.pay_each("customers", "labs", usd)
    for payer, (to_a, to_b) in zip(("consumers", "vendors", "employers", "enterprises", "firms"), usd, strict=True):
        assert books.received("lab.a", [payer]) == to_a
        assert books.received("lab.b", [payer]) == to_b
        assert books.spent(payer) == to_a + to_b
    assert books.received_by_each("labs", ["customers"]).tolist() == [20.0, 25.0]
    assert books.received_by_each("labs", ["vendors", "firms"]).tolist() == [10.0, 12.0]


@given(data=st.data())
def test_cash_sums_to_zero_after_any_payments(data: st.DataObject) -> None:
    """Within 1e-9 of the turnover, week after week."""
    books = ledger()
    accounts = st.sampled_from(books.accounts)
    for week in range(3):
        books.open_week()
        paid = data.draw(st.lists(st.tuples(accounts, accounts, st.floats(-1e12, 1e12)), max_size=12))
        for payer, payee, usd in paid:
            books.pay(payer, payee, usd)
        books.close_week(week)
        scale = sum(abs(usd) for *_, usd in paid) + float(np.abs(books.cash).max()) + 1.0
        assert abs(float(books.cash.sum())) <= 1e-9 * scale


def test_money_out_of_nothing_is_found() -> None:
    books = ledger()
    books.pay("consumers", "lab.a", 20.0)
    books.cash[books.of["lab.b"]] += 1.0
    with pytest.raises(ConservationError, match="week 12: ledger, cash of all accounts does not close, it is out by 1"):
        books.close_week(12)


def test_a_payment_that_is_no_number_is_found() -> None:
    books = ledger()
    books.pay("consumers", "lab.a", float("nan"))
    with pytest.raises(ConservationError, match="week 3: ledger"):
        books.close_week(3)


# tokens and hours ---------------------------------------------------------------------------------------------------


def outcome() -> tuple[Allocation, Demand, np.ndarray]:
    """An allocation of 1,000 tasks a cell that runs short, its opening backlog and capacity."""
    tasks = np.full((2, 2, 1), 1000, dtype=np.int64)
    new = Demand(tasks[..., None] * np.array([4, 0, 1, 0, 1, 1, 0]), tasks.astype(np.float64))
    backlog = Demand(new.counts // 2, new.work // 2)
    capacity = np.array([1200.0, 9000.0])
    ranks, patience, contracts = np.array([[1, 2]] * 2), np.array([0.2, 0.7]), np.array([[0.0, 150.0]] * 2)
    found = allocate(new, backlog, np.ones((2, 1)), capacity, ranks, patience, 0.3, contracts)
    return found, backlog, capacity


def test_a_sound_allocation_passes() -> None:
    found, backlog, capacity = outcome()
    check_allocation(5, found, backlog, capacity, NAMES)
    assert found.lost.tokens.any()


def with_more(demand: Demand, kind: int, amount: Any, cell: Any = ...) -> Demand:
    """The demand with more of one kind of count, in one cell or in all."""
    counts = demand.counts.copy()
    counts[..., kind][cell] += amount
    return demand._replace(counts=counts)


@pytest.mark.parametrize(("field", "kind"), [("tokens", 2), ("tasks", TASKS), ("calls", CALLS), ("thinking", THINKING)])
@pytest.mark.parametrize("part", ["asked", "served", "kept", "lost"])
def test_one_unit_too_many_anywhere_is_found_with_its_cell(field: str, kind: int, part: str) -> None:
    found, backlog, capacity = outcome()
    changed: dict[str, Any] = {part: with_more(getattr(found, part), kind, 1, (1, 1, 0))}
    planted = found._replace(**changed)
    with pytest.raises(ConservationError, match=f"week 5: {field} of google, agent, tier 0 .* out by -?1$"):
        check_allocation(5, planted, backlog, capacity, NAMES)


def test_a_shift_that_leaves_a_part_negative_is_found() -> None:
    """Served and lost moved by as much: the sum closes, the part does not exist."""
    found, backlog, capacity = outcome()
    shift = found.lost.tasks + 1
    planted = found._replace(served=with_more(found.served, TASKS, shift), lost=with_more(found.lost, TASKS, -shift))
    with pytest.raises(ConservationError, match="tasks of openai, chat"):
        check_allocation(5, planted, backlog, capacity, NAMES)


def test_a_backlog_that_was_forgotten_is_found() -> None:
    found, backlog, capacity = outcome()
    more = with_more(backlog, 0, found.asked.tokens[..., 0] + 1)
    with pytest.raises(ConservationError, match="tokens of openai, chat"):
        check_allocation(5, found, more, capacity, NAMES)


def test_hours_beyond_capacity_are_found() -> None:
    found, backlog, capacity = outcome()
    with pytest.raises(ConservationError, match=r"GPU-hours of openai .* out by 60"):
        check_allocation(5, found, backlog, capacity * np.array([0.95, 1.0]), NAMES)


# capacity -----------------------------------------------------------------------------------------------------------


def fleet(**changed: float) -> None:
    """Opening 100 + 20 delivered - 5 retired = closing 115; contracts 80 of 90 live."""
    values = {"opening": 100.0, "closing": 115.0, "shipped": 20.0, "retired": 5.0, "contracts": 80.0, "live": 90.0}
    v = {name: np.array([value, value]) for name, value in values.items()}
    for name, value in changed.items():
        v[name][1] = value
    none = np.zeros((1, 2))
    moved = Delivery(v["shipped"][None], v["retired"], none, none, none, none, none)
    check_fleet(9, v["opening"], v["closing"], moved, v["contracts"], v["live"], ("x", "y"))


def test_a_fleet_that_closes_passes() -> None:
    fleet()


@pytest.mark.parametrize("name", ["opening", "closing", "shipped", "retired"])
def test_a_chip_too_many_is_found(name: str) -> None:
    with pytest.raises(ConservationError, match=r"week 9: capacity of y \(H100e\)"):
        fleet(**{name: 116.0})


def test_contracts_beyond_the_live_fleet_are_found() -> None:
    with pytest.raises(ConservationError, match=r"contracts of y .* out by 1"):
        fleet(contracts=91.0)


def test_demand_that_passes_the_largest_whole_number_is_named() -> None:
    """A cell goes round to a negative number, or all of them together would."""
    found, backlog, capacity = outcome()
    gone_round = found._replace(asked=with_more(found.asked, 2, -(2**62), (1, 0, 0)))
    with pytest.raises(OutgrownError, match="week 5: tokens of google, chat, tier 0 have passed 9e18"):
        check_allocation(5, gone_round, backlog, capacity, NAMES)
    many = with_more(found.asked, 2, 2**62, (0, 0, 0))
    together = found._replace(asked=with_more(many, 2, 2**62, (1, 1, 0)))
    with pytest.raises(OutgrownError, match="week 5: tokens of all labs have passed 9e18"):
        check_allocation(5, together, backlog, capacity, NAMES)


@pytest.mark.parametrize(("tokens", "fits"), [(2**62, True), (2**63 - 2**54, True), (2**63, False), (3 * 2**62, False)])
def test_new_tasks_whose_tokens_go_round_unseen_are_found(tokens: int, fits: bool) -> None:
    """Two labs, two workloads; the tasks of (0, 1) take so many tokens, and work as little as there may be."""
    plans, tasks = Plans.empty(2, 2), np.zeros((2, 2, BINS), dtype=np.int64)
    plans.reached[0, 1, :, 0:] = 1.0
    plans.per_task[0, 1, 0, :, 1] = 2**31
    tasks[0, 1, 3] = tokens // 2**31
    least = 0.015
    demand = demand_of(tasks, plans)
    work = demand.work.copy()
    work[0, 1, 0] = tokens * 1e-6 * least
    if fits:
        assert demand.tokens.sum() == tokens
        check_countable(5, tasks, plans, work, least, NAMES)
    else:
        with pytest.raises(OutgrownError, match="week 5: tokens of openai, agent, tier 0 have passed 9e18"):
            check_countable(5, tasks, plans, work, least, NAMES)


def test_a_run_whose_demand_explodes_ends_with_that_line() -> None:
    wild = {
        "labs.software_growth_per_year": 6.0,
        "labs.software_decay_per_year": 0.0,
        "labs.gpt4_gpu_hours_per_mtok": 0.5,
    }
    scenario = Scenario.load("baseline", scale="small").replace({**wild, "consumers.requests_per_day": 20.0})
    with pytest.raises(OutgrownError, match="the parameters let demand explode"):
        InferenceMarket(scenario, rng=7).run()
