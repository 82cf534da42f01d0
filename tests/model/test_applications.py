"""The laws of application graphs: how events cascade, how the graphs are drawn, and in what order AI comes in."""

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.enterprise_parameters import EnterpriseParameters
from agents.streams import Streams
from model.applications import COHORTS, KINDS, ApplicationGraphs, Cohort, draw_cohort

SINGLE = 1e-5  # float32 holds seven digits; sums over some hundred calls and a dozen layers cost two
OPEN = 1e9  # a rate limit that never binds


def parameters(**changed: float) -> EnterpriseParameters:
    """Graphs of ten layers with four calls from an application, of which one in five passes an event on."""
    return EnterpriseParameters.model_validate(
        {
            "out_degree": 4.0,
            "out_degree_exponent": 2.0,
            "hub_exponent": 3.0,
            "layers": 10,
            "entry_share": 0.1,
            "trigger_probability": 0.2,
            "ai_trigger_gain": 0.3,
            "rate_limit": 1e6,
            "calls_per_event": 0.02,
            "api_share": 0.5,
            "rag_share": 0.3,
            **changed,
        }
    )


def cohort(limit: float = OPEN) -> Cohort:
    """One enterprise of five applications in layers {0}, {1, 2}, {3}, {4}; every event enters at 0.

    Calls: 0 to 1, 2 and 3; 1 to 3; 2 to 3 and 4; 3 to 4. They are enabled in the order 2, 0, 1, 4, 3;
    0 and 1 call, 2 retrieves, 3 and 4 are agents.
    """
    return Cohort(
        rows=np.array([7]),
        enterprise=np.zeros(5, dtype=np.int32),
        layer_starts=np.array([0, 1, 3, 4, 5]),
        bounds=np.array([0, 3, 4, 6, 7], dtype=np.int32),
        called=np.array([1, 2, 3, 3, 3, 4, 4], dtype=np.int32),
        base=np.array([1, 0, 0, 0, 0], dtype=np.float32),
        place=np.array([1, 2, 0, 4, 3], dtype=np.int32),
        kind=np.array([0, 0, 1, 2, 2], dtype=np.int32),
        limit=np.array([limit], dtype=np.float32),
    )


def calls_of(drawn: Cohort) -> list[tuple[int, int]]:
    """Every call as caller and called, by the numbers of applications in the cohort."""
    callers = np.repeat(np.arange(len(drawn.bounds) - 1), np.diff(drawn.bounds))
    return list(zip(callers.tolist(), drawn.called.tolist(), strict=True))


def spread_by_hand(drawn: Cohort, enabled: NDArray[np.bool_], trigger: float, gain: float) -> list[float]:
    """Follow events call by call in plain Python; applications are numbered so that calls lead to larger numbers."""
    ahead: dict[int, list[int]] = {}
    for caller, called in calls_of(drawn):
        assert called > caller
        ahead.setdefault(caller, []).append(called)
    events = [float(x) for x in drawn.base]
    for app in range(len(events)):
        events[app] = min(events[app], float(drawn.limit[drawn.enterprise[app]]))
        chance = min(trigger * (1.0 + gain * bool(enabled[app])), 1.0)
        for called in ahead.get(app, []):
            events[called] += chance * events[app]
    return events


# five applications by hand -------------------------------------------------------------------------------------------


def test_a_cascade_worked_by_hand() -> None:
    """At 0.5: 1, 0.5, 0.5, then 0.5 (1 + 0.5 + 0.5) = 1, then 0.5 (0.5 + 1) = 0.75: 3.75 applications touched."""
    flow = cohort().flow(np.array([0.0]), 0.5, 0.6, 0.1, cascade=True)
    assert flow.events == pytest.approx([1.0, 0.5, 0.5, 1.0, 0.75], rel=SINGLE)
    assert flow.amplification == pytest.approx([3.75], rel=SINGLE)
    assert not flow.tasks.any()


def test_enabled_callers_pass_more_on_and_spend_tasks() -> None:
    """Applications 2 and 0 enabled pass 0.8: x = 1, 0.8, 0.8, 0.8 + 0.4 + 0.64 = 1.84, 0.64 + 0.92 = 1.56."""
    flow = cohort().flow(np.array([2.0]), 0.5, 0.6, 0.1, cascade=True)
    assert flow.enabled.tolist() == [True, False, True, False, False]
    assert flow.events == pytest.approx([1.0, 0.8, 0.8, 1.84, 1.56], rel=SINGLE)
    assert flow.tasks.shape == (1, KINDS)
    assert flow.tasks[0] == pytest.approx([0.1, 0.08, 0.0], rel=SINGLE)


def test_tasks_of_a_kind_add_up_over_applications() -> None:
    """All enabled, at 0.5: events 1 and 0.5 call, 0.5 retrieve, 1 and 0.75 go to agents; 0.1 tasks each."""
    flow = cohort().flow(np.array([5.0]), 0.5, 0.0, 0.1, cascade=True)
    assert flow.tasks[0] == pytest.approx([0.15, 0.05, 0.175], rel=SINGLE)


def test_rate_limits_bind_and_what_is_cut_goes_nowhere() -> None:
    """At most 0.9: the entry is cut to 0.9, so 0.45, 0.45, 0.5 (0.9 + 0.45 + 0.45) = 0.9, 0.5 (0.45 + 0.9)."""
    flow = cohort(limit=0.9).flow(np.array([0.0]), 0.5, 0.0, 0.1, cascade=True)
    assert flow.events == pytest.approx([0.9, 0.45, 0.45, 0.9, 0.675], rel=SINGLE)
    assert cohort(limit=0.3).flow(np.array([5.0]), 1.0, 1.0, 0.1, cascade=True).events.max() == np.float32(0.3)


def test_a_trigger_never_passes_one() -> None:
    """At 0.9 x 1.6 every call passes every event: 1, 1, 1, 3, 4."""
    flow = cohort().flow(np.array([5.0]), 0.9, 0.6, 0.1, cascade=True)
    assert flow.events == pytest.approx([1.0, 1.0, 1.0, 3.0, 4.0], rel=SINGLE)


def test_without_cascades_an_event_touches_the_application_where_it_starts() -> None:
    flow = cohort().flow(np.array([5.0]), 0.5, 0.6, 0.1, cascade=False)
    assert flow.events.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert flow.amplification.tolist() == [1.0]
    assert np.flatnonzero(flow.tasks[0]).tolist() == [0]


# drawn graphs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate_limit", "share"), [(1e6, 0.0), (1e6, 0.3), (3.0, 0.3)])
def test_the_topological_pass_equals_following_every_call(rate_limit: float, share: float) -> None:
    """On drawn graphs of three enterprises, without AI and with a third enabled, with limits that bind and not."""
    p = parameters(rate_limit=rate_limit, layers=7)
    sizes = np.repeat([300, 500, 400], COHORTS).astype(np.int32)
    drawn = draw_cohort(1, sizes, p, Streams(5))
    enabled = drawn.ai_enabled(np.floor(share * sizes[drawn.rows].astype(np.float64)))
    found = drawn.events(enabled, 0.2, 0.5)
    assert found == pytest.approx(spread_by_hand(drawn, enabled, 0.2, 0.5), rel=SINGLE, abs=1e-9)
    assert (found >= drawn.limit[drawn.enterprise]).any() == (rate_limit == 3.0)


def test_calls_stay_within_the_enterprise_and_lead_one_or_two_layers_on() -> None:
    drawn = draw_cohort(0, np.full(12, 400, dtype=np.int32), parameters(), Streams(1))
    layer = np.searchsorted(drawn.layer_starts, np.arange(len(drawn.base)), side="right") - 1
    steps = []
    for caller, called in calls_of(drawn):
        assert drawn.enterprise[caller] == drawn.enterprise[called]
        steps.append(layer[called] - layer[caller])
    assert set(steps) == {1, 2}
    assert steps.count(2) < steps.count(1)


def test_long_graphs_amplify_as_the_geometric_series() -> None:
    """1 / (1 - pi k) with k calls from a caller: 2.5 at 0.6 and 4 at 0.75, where degrees are nearly even.

    30 layers, of which calls skip a fifth, cut off 0.75^25 = 0.1%. Degrees of exponent 6 have a spread of a fifth of
    their mean, so 20,000 applications leave less than 1% to chance: 2% in all.
    """
    for trigger in (0.15, 0.1875):
        p = parameters(
            layers=30, entry_share=1.0 / 30.0, out_degree=4.0 * 29.0 / 30.0, out_degree_exponent=6.0, hub_exponent=1.0
        )
        drawn = draw_cohort(0, np.array([20_000], dtype=np.int32), p, Streams(3))
        callers = int(drawn.layer_starts[-2])
        calls = drawn.edges / callers
        assert calls == pytest.approx(4.0, rel=0.01)
        flow = drawn.flow(np.zeros(1), trigger, 0.0, 0.0, cascade=True)
        assert flow.amplification[0] == pytest.approx(1.0 / (1.0 - trigger * calls), rel=0.02)


def test_ai_raises_amplification_towards_the_critical_point() -> None:
    """pi k from 0.6 to 0.84 with everything enabled, above 1 without a bound but for layers and rate limits."""
    p = parameters(layers=20, out_degree_exponent=6.0, hub_exponent=1.0, entry_share=0.05)
    drawn = draw_cohort(0, np.array([8000], dtype=np.int32), p, Streams(3))
    amplification = [
        float(drawn.flow(np.array([enabled]), 0.15, gain, 0.0, cascade=True).amplification[0])
        for enabled, gain in ((0.0, 0.4), (2000.0, 0.4), (8000.0, 0.4), (8000.0, 1.5))
    ]
    assert amplification == sorted(amplification)
    assert amplification[2] > 1.5 * amplification[0]
    assert amplification[3] > 30.0


def test_calls_out_and_in_are_heavy_tailed() -> None:
    """The busiest caller and core system have many times the mean; with thin tails neither has ten times.

    Of 10,000 Pareto draws of exponent 2 the largest is about 100 times the smallest, 50 times the mean. Ranks u^3
    send (1 / 1,000)^(1/3) = a tenth of a layer's 4,000 calls to its first application, 100 times the mean.
    """
    heavy, thin = (
        draw_cohort(
            0, np.array([10_000], dtype=np.int32), parameters(out_degree_exponent=e, hub_exponent=h), Streams(8)
        )
        for e, h in ((2.0, 3.0), (6.0, 1.0))
    )
    for drawn, tailed in ((heavy, True), (thin, False)):
        calls = calls_of(drawn)
        for end in (0, 1):
            degree = np.bincount([call[end] for call in calls])
            assert (degree.max() > 10.0 * degree[degree > 0].mean()) == tailed


def test_every_application_is_somewhere_and_business_events_enter_once() -> None:
    """Graphs have the sizes asked for; entry shares of each enterprise sum to one, all in the first layer."""
    sizes = np.array([200, 1000, 333, 1001, 500, 700, 250, 801, 999], dtype=np.int32)
    p = parameters()
    for index in range(COHORTS):
        drawn = draw_cohort(index, sizes, p, Streams(2))
        assert np.bincount(drawn.enterprise).tolist() == sizes[drawn.rows].tolist()
        entering = np.bincount(drawn.enterprise, weights=drawn.base)
        assert entering == pytest.approx(1.0, rel=SINGLE)
        assert not drawn.base[drawn.layer_starts[1] :].any()


@pytest.mark.parametrize("count", [3, 4, 9, 30])
def test_cohorts_cover_every_enterprise_once(count: int) -> None:
    graphs = ApplicationGraphs.draw(np.full(count, 200, dtype=np.int32), parameters(), Streams(1), cascade=True)
    rows = np.concatenate([one.rows for one in graphs.cohorts])
    assert sorted(rows.tolist()) == list(range(count))
    assert graphs.nodes == 200 * count
    assert graphs.edges == sum(len(calls_of(one)) for one in graphs.cohorts)


def test_kinds_of_tasks_have_their_shares() -> None:
    """Half call, three in ten retrieve, the rest are agents: within five standard deviations of 10,000."""
    drawn = draw_cohort(0, np.array([10_000], dtype=np.int32), parameters(), Streams(4))
    kinds = np.bincount(drawn.kind, minlength=KINDS)
    for count, share in zip(kinds.tolist(), (0.5, 0.3, 0.2), strict=True):
        assert abs(count - 10_000 * share) < 5 * np.sqrt(10_000 * share * (1.0 - share))


# enabling -----------------------------------------------------------------------------------------------------------


def test_applications_are_enabled_in_one_order_as_many_as_are_asked_for() -> None:
    """Each number of enabled applications contains the smaller ones, in every enterprise; a started one counts."""
    sizes = np.repeat([200, 300], COHORTS).astype(np.int32)
    drawn = draw_cohort(2, sizes, parameters(), Streams(6))
    before = np.zeros(len(drawn.base), dtype=np.bool_)
    for enabled in ([0.0, 0.0], [1.0, 0.0], [20.0, 30.0], [20.5, 299.0], [200.0, 300.0]):
        ai = drawn.ai_enabled(np.array(enabled))
        assert np.bincount(drawn.enterprise[ai], minlength=2).tolist() == np.ceil(enabled).tolist()
        assert (ai >= before).all()
        before = ai


def test_what_returns_most_is_enabled_first() -> None:
    """The first tenth take more events each than all applications do; the kind of their tasks does not matter."""
    drawn = draw_cohort(0, np.array([5000], dtype=np.int32), parameters(), Streams(6))
    flow = drawn.flow(np.array([500.0]), 0.2, 0.0, 0.02, cascade=True)
    first = flow.enabled
    assert flow.events[first].mean() > 2.0 * flow.events.mean()
    counts = np.bincount(drawn.kind[first], minlength=KINDS)
    for count, share in zip(counts.tolist(), (0.5, 0.3, 0.2), strict=True):
        assert abs(count - 500 * share) < 5 * np.sqrt(500 * share * (1.0 - share))


def test_solutions_are_kept_by_enterprise() -> None:
    """Committing one cohort changes its rows alone."""
    graphs = ApplicationGraphs.draw(np.full(8, 200, dtype=np.int32), parameters(), Streams(1), cascade=True)
    assert np.array_equal(graphs.amplification, graphs.amplification_without_ai)
    assert (graphs.amplification > 1.0).all()
    graphs.commit(1, graphs.solve(1, np.array([200.0, 50.0]), parameters(), cascade=True))
    assert np.flatnonzero(graphs.amplification != graphs.amplification_without_ai).tolist() == [1, 5]
    assert np.flatnonzero(graphs.tasks.any(axis=1)).tolist() == [1, 5]
    assert (graphs.amplification >= graphs.amplification_without_ai).all()
