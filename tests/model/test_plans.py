"""The laws of plans: what each payer sees, and what a plan says about runs, tokens and work."""

import numpy as np
import pytest

from agents.catalogue import Catalogue
from agents.lab_parameters import LabParameters
from agents.workload_parameters import DemandParameters, Workload
from agents.workloads import BINS, tasks_of, tastes_of
from model.plans import THINKING, Plans, Terms

EXACT = 1e-12
PARAMETERS = LabParameters.model_validate(
    {
        "input_weight": 0.2,
        "cached_weight": 0.02,
        "context_half": 50_000.0,
        "input_price_ratio": 0.25,
        "cached_price_ratio": 0.1,
    }
)
DEMAND = DemandParameters.model_validate(
    {
        "steepness": 2.5,
        "thinking_gain": 0.5,
        "thinking_ceiling": 64.0,
        "context_gain": 0.0,
        "value_slope": 1.0,
        "value_noise": 1.0,
        "length_slope": 0.0,
        "taste_scale": 0.05,
        "hurdle": 0.2,
        "developer_value_factor": 1.0,
    }
)


def workload(payer: str, **changed: object) -> Workload:
    """Calls of 1,000 tokens in, a half of them cached, and 100 out."""
    return Workload.model_validate(
        {
            "segment": "developer",
            "payer": payer,
            "value_usd": 0.01,
            "difficulty_mean": 0.5,
            "difficulty_sd": 1.0,
            "input_tokens": 1000.0,
            "output_tokens": 100.0,
            "cached_share": 0.5,
            "steps": 1,
            "flexible": False,
            **changed,
        }
    )


def plan(
    workloads: dict[str, Workload],
    *,
    price: float = 10.0,
    cost: float = 1.0,
    discount: float = 0.0,
    thinking: bool = True,
    ceiling: float = 64.0,
) -> Plans:
    """The plan of a lab that sells two of three tiers, of capability 1 and 0.5, the second at a tenth."""
    sold = Catalogue.empty(2)
    sold.available[1] = [False, True, True]
    sold.capability[1] = [3.0, 1.0, 0.5]
    sold.ceiling[1] = ceiling
    sold.window[1] = 1e5
    scale = np.array([9.0, 1.0, 0.1])
    payers = np.array([w.payer == "metered" for w in workloads.values()])
    terms = Terms(price * scale, cost * scale, payers, np.full(len(workloads), discount))
    made = Plans.empty(2, len(workloads))
    tasks = tasks_of(workloads, DEMAND)
    made.make(1, np.arange(len(workloads)), tasks, sold, terms, tastes_of(DEMAND, thinking=thinking), PARAMETERS)
    return made


def test_only_tiers_on_sale_are_used_and_only_the_labs_own_plan_is_written() -> None:
    made = plan({"one": workload("metered")})
    assert made.share[1, 0, :, 0].max() == 0.0
    assert made.share[1, 0].sum() > 0.0
    assert not made.share[0].any()


def test_flat_workloads_run_whole_and_metered_ones_where_it_pays() -> None:
    made = plan({"flat": workload("flat"), "metered": workload("metered")}, price=1e4, cost=1e4)
    assert made.share[1, 0].sum(axis=-1) == pytest.approx(1.0, rel=EXACT)
    assert made.runs[1, 0] == pytest.approx(1.0, rel=EXACT)
    assert made.runs[1, 1] < 0.5


def test_metered_work_sees_list_prices_and_flat_work_the_labs_cost() -> None:
    """Doubling the list price changes the metered plan alone, doubling the cost the flat one alone."""
    both = {"flat": workload("flat"), "metered": workload("metered")}
    base, dearer, costlier = plan(both), plan(both, price=20.0), plan(both, cost=2.0)
    assert np.array_equal(base.share[1, 0], dearer.share[1, 0])
    assert not np.array_equal(base.share[1, 1], dearer.share[1, 1])
    assert np.array_equal(base.share[1, 1], costlier.share[1, 1])
    assert not np.array_equal(base.share[1, 0], costlier.share[1, 0])


def test_a_discount_of_half_is_half_the_list_price() -> None:
    one = {"one": workload("metered")}
    assert plan(one, discount=0.5).share == pytest.approx(plan(one, price=5.0).share, abs=1e-9)


def test_work_weighs_tokens_by_kind_and_grows_with_context() -> None:
    """Without thinking 500 x 0.2 + 500 x 0.02 + 100 = 210 a call, times 1 + 1,000 / 50,000."""
    made = plan({"one": workload("metered")}, thinking=False)
    assert made.tokens[1, 0].reshape(-1, 4).tolist() == [[500, 500, 100, 0]] * (BINS * 3)
    assert made.work[1, 0] == pytest.approx(210e-6 * 1.02, rel=EXACT)
    assert not made.per_task[..., THINKING].any()


def test_a_long_context_costs_more_than_as_many_short_ones() -> None:
    """100 times the tokens in one context: work grows by 1 + 100,000 / 50,000 over 1 + 1,000 / 50,000 on top."""
    short, long = (
        plan({"one": workload("metered", input_tokens=n, output_tokens=n / 10)}, thinking=False) for n in (1e3, 1e5)
    )
    assert long.work[1, 0] == pytest.approx(100.0 * 3.0 / 1.02 * short.work[1, 0], rel=EXACT)


def test_hidden_tokens_count_as_work_and_as_thinking() -> None:
    made = plan({"one": workload("metered", value_usd=100.0)}, price=0.01)
    tokens = made.tokens[1, 0]
    thinks = tokens[..., 3] > 0
    assert thinks.any()
    weights = np.array([0.2, 0.02, 1.0, 1.0])
    assert made.work[1, 0] == pytest.approx(tokens @ weights * 1e-6 * 1.02, rel=EXACT)
    assert np.array_equal(made.per_task[1, 0, ..., THINKING], np.where(thinks, tokens.sum(axis=-1), 0))
    assert (tokens[..., 3] <= 64 * tokens[..., 2]).all()


def test_thinking_is_off_where_the_switch_is_or_the_model_cannot() -> None:
    rich = {"one": workload("metered", value_usd=100.0)}
    for made in (plan(rich, price=0.01, thinking=False), plan(rich, price=0.01, ceiling=0.0)):
        assert not made.tokens[..., 3].any()
        assert not made.per_task[..., THINKING].any()


def test_cheaper_tokens_raise_runs_success_and_surplus() -> None:
    """The rebound, along one price: more runs, more thinking, more surplus, never less."""
    made = [plan({"one": workload("metered")}, price=price) for price in (1000.0, 100.0, 10.0, 1.0, 0.1)]
    runs, surplus = ([float(getattr(m, name)[1, 0]) for m in made] for name in ("runs", "surplus"))
    assert runs == sorted(runs)
    assert runs[-1] > 2.0 * runs[0]
    assert surplus == sorted(surplus)
    tokens = [float((m.share[1, 0].T[..., None] * m.tokens[1, 0]).sum()) for m in made]
    assert tokens == sorted(tokens)
    assert tokens[-1] > tokens[0]


def test_success_is_the_mean_of_what_runs() -> None:
    """A workload that runs nowhere has none; one whose tasks are all easy succeeds nearly always."""
    never, easy = workload("metered", value_usd=1e-6), workload("metered", difficulty_mean=-4.0, difficulty_sd=0.0)
    made = plan({"never": never, "easy": easy}, price=1e3)
    assert made.success[1, 0] == pytest.approx(0.0, abs=EXACT) or made.runs[1, 0] > 0.0
    made = plan({"easy": easy}, price=0.1)
    assert made.success[1, 0] == pytest.approx(1.0, abs=1e-4)  # logistic(2.5 x 4.5) at least
