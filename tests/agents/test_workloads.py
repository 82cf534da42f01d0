"""The laws of workloads: what tasks are worth, how hard they are, and how many tokens they take."""

import numpy as np
import pytest
from scipy.special import ndtr

from agents.choice import Options, costs
from agents.workload_parameters import DemandParameters, Workload
from agents.workloads import BINS, WorkloadIndex, harder, raised_ambition, task_value_factor, tasks_of

EXACT = 1e-12  # roundings of float64


def demand(**changed: float) -> DemandParameters:
    """Values that rise with difficulty, at equal lengths unless changed."""
    return DemandParameters(
        **{
            "value_slope": 1.0,
            "length_slope": 0.0,
            "consumer_value_factor": 1.0,
            "developer_value_factor": 1.0,
            "enterprise_value_factor": 1.0,
            **changed,
        }
    )


def workload(**changed: object) -> Workload:
    """A single call of 1,000 tokens in, 200 out, worth 1 USD at difficulty 0.5."""
    return Workload.model_validate(
        {
            "task_class": "api",
            "segment": "developer",
            "payer": "metered",
            "value_usd": 1.0,
            "difficulty_mean": 0.5,
            "difficulty_sd": 2.0,
            "input_tokens": 1000.0,
            "output_tokens": 200.0,
            "cached_share": 0.0,
            "steps": 1,
            "growth_tokens": 0.0,
            "flexible": False,
            **changed,
        }
    )


def test_bins_are_equally_likely_draws_of_difficulty() -> None:
    """Every bin is the middle of an eighth of the normal distribution: at 1/16, 3/16 ... 15/16 of all tasks."""
    laid = tasks_of({"one": workload()}, demand())
    assert ndtr((laid.difficulty[0] - 0.5) / 2.0) == pytest.approx(np.arange(1, 2 * BINS, 2) / (2 * BINS), rel=EXACT)


def test_value_rises_with_difficulty_at_its_slope() -> None:
    """ln value = ln 1 + slope x (d - mean d), without noise: the median task is worth 1 USD."""
    laid = tasks_of({"one": workload()}, demand(value_slope=0.7))
    assert np.log(laid.value_usd[0]) == pytest.approx(0.7 * (laid.difficulty[0] - 0.5), abs=EXACT)


def test_value_factors_scale_their_own_segment() -> None:
    """Each segment has its factor."""
    factors = demand(consumer_value_factor=2.0, developer_value_factor=3.0, enterprise_value_factor=0.5)
    for segment, factor in (("consumer", 2.0), ("developer", 3.0), ("enterprise", 0.5)):
        one = workload(segment=segment)
        assert task_value_factor(one, factors) == factor
        ratio = tasks_of({"one": one}, factors).value_usd / tasks_of({"one": one}, demand()).value_usd
        assert ratio == pytest.approx(factor, rel=EXACT)


def test_a_single_call_takes_what_it_says_and_grows_with_difficulty() -> None:
    """At length slope 0.25 tokens grow as exp(0.25 (d - mean d)), in and out alike, still in one call."""
    laid = tasks_of({"one": workload(cached_share=0.3)}, demand(length_slope=0.25))
    length = np.exp(0.25 * (laid.difficulty[0] - 0.5))
    assert laid.input_tokens[0] == pytest.approx(1000.0 * length, rel=EXACT)
    assert laid.output_tokens[0] == pytest.approx(200.0 * length, rel=EXACT)
    assert laid.cached_share[0].tolist() == [0.3] * BINS
    assert laid.calls[0].tolist() == [1.0] * BINS


def test_an_agent_of_two_steps_worked_by_hand() -> None:
    """1,000 tokens, then 1,500: 2,500 in all, of which the second call's first 1,000 are cached: 0.4."""
    laid = tasks_of({"one": workload(steps=2, growth_tokens=500.0)}, demand())
    assert laid.input_tokens[0] == pytest.approx(2500.0, rel=EXACT)
    assert laid.cached_share[0] == pytest.approx(0.4, rel=EXACT)
    assert laid.output_tokens[0] == pytest.approx(400.0, rel=EXACT)
    assert laid.calls[0].tolist() == [2.0] * BINS


def test_an_agents_input_is_the_sum_of_its_growing_contexts() -> None:
    """Step i reads c + g i tokens: added up in a loop; fresh is what no earlier step has read."""
    for steps in (2, 3, 10, 47):
        laid = tasks_of({"one": workload(steps=steps, growth_tokens=700.0, input_tokens=300.0)}, demand())
        contexts = [300.0 + 700.0 * i for i in range(steps)]
        assert laid.input_tokens[0] == pytest.approx(sum(contexts), rel=EXACT)
        assert laid.input_tokens[0] * (1.0 - laid.cached_share[0]) == pytest.approx(contexts[-1], rel=1e-10)


def test_an_agents_tokens_grow_with_the_square_of_its_steps() -> None:
    """Where growth dominates, twice the steps take 4 times the tokens, up to 1/n; fresh ones only twice."""
    small, large = (
        tasks_of({"one": workload(steps=n, growth_tokens=1000.0, input_tokens=1.0)}, demand()) for n in (200, 400)
    )
    assert large.input_tokens / small.input_tokens == pytest.approx(4.0, rel=2.0 / 200)
    fresh = [laid.input_tokens * (1.0 - laid.cached_share) for laid in (small, large)]
    assert fresh[1] / fresh[0] == pytest.approx(2.0, rel=2.0 / 200)


def test_harder_agent_tasks_take_more_steps_not_longer_ones() -> None:
    """Steps grow with difficulty in whole numbers, at least one; output per step stays."""
    laid = tasks_of({"one": workload(steps=20, growth_tokens=500.0)}, demand(length_slope=1.0))
    expected = np.maximum(np.rint(20 * np.exp(laid.difficulty[0] - 0.5)), 1.0)
    assert laid.calls[0].tolist() == expected.tolist()
    assert laid.calls[0].min() == 1.0
    assert laid.output_tokens[0] / laid.calls[0] == pytest.approx(200.0, rel=EXACT)


def test_only_flat_payers_must_be_served() -> None:
    """Metered workloads and surfaces may decline."""
    kinds = {payer: workload(payer=payer, flexible=payer == "surface") for payer in ("flat", "surface", "metered")}
    laid = tasks_of(kinds, demand())
    assert laid.must_serve.tolist() == [True, False, False]
    assert laid.flexible.tolist() == [False, True, False]


def test_waiting_costs_a_part_of_the_median_task_s_value_a_second() -> None:
    """At 50 tokens a second and 2% of 1 USD a second, three times as impatient: 0.0012 USD a token.

    200 visible tokens, as many hidden ones at an effort of one, cost 0.24 of a task worth 1 USD.
    """
    waited = demand(tokens_per_second=50.0, impatience_factor=3.0)
    workloads = {"a": workload(impatience=0.02, difficulty_sd=0.0), "b": workload(impatience=0.0)}
    found = tasks_of(workloads, waited)
    assert found.wait_usd_per_token == pytest.approx([0.0012, 0.0], rel=EXACT)
    one, free = np.zeros(1), np.zeros((2, 1))
    _, _, waiting = costs(found, Options(one, one, one, free, free, free))
    assert waiting[0] == pytest.approx(np.full(BINS, 0.24), rel=EXACT)
    assert (waiting[1] == 0.0).all()


def test_the_index_keeps_the_tables_order() -> None:
    """Positions are those of the table."""
    index = WorkloadIndex.build({"b": workload(task_class="rag"), "a": workload(segment="consumer", payer="flat")})
    assert index.names == ("b", "a")
    assert dict(index.of) == {"b": 0, "a": 1}
    assert (index.task_class, index.payer) == (("rag", "api"), ("metered", "flat"))


def test_workloads_that_stand_together_are_a_slice() -> None:
    index = WorkloadIndex.build({name: workload() for name in "abcd"})
    assert index.span(("b", "c")) == slice(1, 3)
    for names in (("a", "c"), ("c", "b")):
        with pytest.raises(ValueError, match=f"{names[0]}, {names[1]} do not follow one another"):
            index.span(names)


def test_ambition_rises_only_above_its_threshold_fastest_where_all_succeeds_and_never_falls() -> None:
    p = demand(ambition_per_year=2.0, ambition_threshold=0.6)
    before = np.array([0.0, 0.5, 1.0, 2.0])
    after = raised_ambition(before, np.array([0.3, 0.6, 0.8, 1.0]), p)
    assert after - before == pytest.approx(np.array([0.0, 0.0, 1.0, 2.0]) * 7.0 / 365.25, abs=1e-12)


def test_harder_tasks_are_longer_and_worth_what_they_were() -> None:
    """Harder by 2 at a length slope of 0.25: exp(0.5) times the tokens, in as many steps, for the same value."""
    p = demand(value_slope=1.5, length_slope=0.25)
    tasks = tasks_of({"a": workload(steps=3), "b": workload()}, p)
    found = harder(tasks, np.array([2.0, 0.0]), p)
    lengths = np.array([[np.exp(0.5)], [1.0]])
    assert found.difficulty == pytest.approx(tasks.difficulty + np.array([[2.0], [0.0]]))
    assert found.input_tokens == pytest.approx(tasks.input_tokens * lengths)
    assert found.output_tokens == pytest.approx(tasks.output_tokens * lengths)
    for same in ("value_usd", "calls", "cached_share", "wait_usd_per_token"):
        assert getattr(found, same).tolist() == getattr(tasks, same).tolist()


def test_tasks_nobody_made_harder_are_the_same_ones() -> None:
    p = demand(length_slope=0.25)
    tasks = tasks_of({"a": workload()}, p)
    for found, before in zip(harder(tasks, np.zeros(1), p), tasks, strict=True):
        assert found.tolist() == before.tolist()
