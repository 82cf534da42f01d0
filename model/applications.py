"""Enterprise application graphs: how they are drawn, and how business events cascade through them.

Every enterprise runs thousands of applications in layers: events enter at the first, and calls lead to the next one
or two. Calls per application and calls into core systems are heavy-tailed. Enterprises are kept in four cohorts, one
for each week of the change window, and a cohort's applications lie in one block ordered by (layer, enterprise, rank);
so a topological pass is one sparse product a layer, and only a quarter of the graphs is solved in a week.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents import kernels
from agents.choice import Floats, sums_by
from agents.enterprise_parameters import EnterpriseParameters
from agents.enterprises import APPLICATION_KINDS, WINDOW_WEEKS
from agents.streams import SETUP, Streams

COHORTS = WINDOW_WEEKS
KINDS = len(APPLICATION_KINDS)
SKIPPING = 0.2
"""Share of calls that pass over a layer."""
MAX_DEGREE = 400.0


class Flow(NamedTuple):
    """Events per business event that reach a cohort's applications, and what they come to.

    `events` (applications,); `enabled` (applications,) AI-enabled; `tasks` (enterprises, KINDS) model tasks per
    business event by kind; `amplification` (enterprises,) applications touched per business event.
    """

    events: NDArray[np.float32]
    enabled: NDArray[np.bool_]
    tasks: Floats
    amplification: Floats


@dataclass(frozen=True)
class Cohort:
    """The application graphs of the enterprises that change in the same week; arrays over its applications.

    `rows` (enterprises,) rows in the population; `enterprise` position in `rows`; `layer_starts` (layers + 1,);
    application j, of a layer but the last, calls `called[bounds[j]:bounds[j + 1]]` in the next two layers; `base` share
    of the enterprise's business events that enters here; `place` rank in the order of return (0 is enabled first);
    `kind` of the model tasks; `limit` (enterprises,) most events an application takes per business event.
    Within a layer, an enterprise's applications lie in the order of their number of calls, so that a processor foresees
    where the calls of one end.
    """

    rows: NDArray[np.int64]
    enterprise: NDArray[np.int32]
    layer_starts: NDArray[np.int64]
    bounds: NDArray[np.int32]
    called: NDArray[np.int32]
    base: NDArray[np.float32]
    place: NDArray[np.int32]
    kind: NDArray[np.int32]
    limit: NDArray[np.float32]

    @property
    def edges(self) -> int:
        """Calls between applications in this cohort."""
        return len(self.called)

    @cached_property
    def firm_of_block(self) -> NDArray[np.int64]:
        """Position of the enterprise of each block of (layer, enterprise)."""
        return self.enterprise[self.blocks].astype(np.int64)

    @cached_property
    def blocks(self) -> NDArray[np.int64]:
        """Where each block of (layer, enterprise) starts, (layers x enterprises,)."""
        return np.flatnonzero(np.diff(self.enterprise, prepend=-1))

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Applications of each block (layers x enterprises,)."""
        return np.diff(self.blocks, append=len(self.enterprise))

    @cached_property
    def slot(self) -> NDArray[np.int64]:
        """Position of each application's enterprise and kind in the table of model tasks (applications,)."""
        return self.enterprise.astype(np.int64) * KINDS + self.kind

    @cached_property
    def limit_here(self) -> NDArray[np.float32]:
        """Most events that each application takes (applications,)."""
        return self.limit[self.enterprise]

    def ai_enabled(self, enabled: Floats) -> NDArray[np.bool_]:
        """Return which applications are AI-enabled (applications,): the first in the order of return."""
        first = np.ceil(enabled).astype(np.int32)
        return self.place < np.repeat(first[self.firm_of_block], self.lengths)

    def flow(self, enabled: Floats, trigger: float, ai_gain: float, calls_per_event: float, cascade: bool) -> Flow:
        """Let one business event enter each enterprise and follow it through the layers.

        x = base + trigger x (1 + ai_gain where the caller is AI-enabled) x calls from upstream, never above the
        application's rate limit; the trigger never exceeds one. enabled: (enterprises,) applications enabled.
        """
        count = len(self.rows)
        ai = self.ai_enabled(enabled)
        events = self.events(ai, trigger, ai_gain) if cascade else self.base.copy()
        tasks = kernels.model_tasks(
            events=events, enabled=ai, slot=self.slot, calls_per_event=np.float32(calls_per_event), slots=count * KINDS
        )
        by_block = np.add.reduceat(events, self.blocks, dtype=np.float64)
        touched = sums_by(self.firm_of_block, by_block, count)
        return Flow(events, ai, tasks.reshape(count, KINDS), touched)

    def events(self, enabled: NDArray[np.bool_], trigger: float, ai_gain: float) -> NDArray[np.float32]:
        """Return the events that reach every application per business event of its enterprise, (applications,)."""
        plain, boosted = min(trigger, 1.0), min(trigger * (1.0 + ai_gain), 1.0)
        return kernels.spread_events(
            base=self.base,
            limit=self.limit_here,
            enabled=enabled,
            chances=np.array((plain, boosted - plain), dtype=np.float32),
            layer_starts=self.layer_starts,
            bounds=self.bounds,
            called=self.called,
        )


def draw_cohort(
    index: int, applications: NDArray[np.int32], parameters: EnterpriseParameters, streams: Streams
) -> Cohort:
    """Draw the graphs of cohort `index`; applications: (all enterprises,) nodes of each."""
    p = parameters
    rows = np.arange(index, len(applications), COHORTS, dtype=np.int64)
    lengths = _layer_lengths(applications[rows].astype(np.int64), p)
    starts = np.concatenate(([0], np.cumsum(lengths.ravel()))).astype(np.int64)
    segment_start = starts[:-1].reshape(lengths.shape)
    layer_starts = np.concatenate((segment_start[:, 0], starts[-1:]))
    count = int(starts[-1])
    segment = np.repeat(np.arange(lengths.size), lengths.ravel())
    enterprise = (segment % len(rows)).astype(np.int32)
    order, bounds, called = _draw_calls(index, lengths, segment_start, segment, p, streams)
    cohort = Cohort(
        rows=rows,
        enterprise=enterprise,
        layer_starts=layer_starts,
        bounds=bounds,
        called=called,
        base=_entry_shares(index, lengths, enterprise, count, streams)[order],
        place=np.zeros(count, dtype=np.int32),
        kind=_task_kinds(index, count, p, streams)[order],
        limit=(p.rate_limit / applications[rows]).astype(np.float32),
    )
    noise = streams.uniform(f"applications.{index}.return", SETUP, count)[order]
    cohort.place[:] = _return_order(cohort, p.trigger_probability, noise)
    return cohort


def _layer_lengths(applications: NDArray[np.int64], p: EnterpriseParameters) -> NDArray[np.int64]:
    """Split each enterprise's applications over layers, (layers, enterprises): an entry share, then evenly."""
    shares = np.full(p.layers, (1.0 - p.entry_share) / (p.layers - 1))
    shares[0] = p.entry_share
    bounds = np.rint(np.cumsum(shares)[:, None] * applications[None, :]).astype(np.int64)
    bounds[-1] = applications
    return np.maximum(np.diff(bounds, axis=0, prepend=0), 1)


def _draw_calls(
    index: int,
    lengths: NDArray[np.int64],
    segment_start: NDArray[np.int64],
    segment: NDArray[np.int64],
    p: EnterpriseParameters,
    streams: Streams,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Draw calls: Pareto numbers of them per caller, to ranks u^hub of the next layer (one in five skips a layer).

    segment: (applications,) block of (layer, enterprise) of each. Returns which application as drawn stands where,
    (applications,), and `bounds` and `called` of a Cohort, in which they stand so.
    """
    layers, firms = lengths.shape
    drawn = _degrees(index, int(segment_start[-1, 0]), len(segment), p, streams)
    order = np.arange(len(segment), dtype=np.int64)
    order[: len(drawn)] = np.argsort(segment[: len(drawn)] * (int(drawn.max()) + 1) + drawn, kind="stable")
    degree = drawn[order[: len(drawn)]]
    block = np.repeat(segment[: len(drawn)].astype(np.int32), degree)
    draw = streams.uniform(f"applications.{index}.calls", SETUP, (len(block), 2))
    to_block = block + np.int32(firms)
    to_block[(draw[:, 0] < SKIPPING) & (to_block < (layers - 1) * firms)] += np.int32(firms)
    room = lengths.ravel().astype(np.int32)[to_block]
    rank = (room * draw[:, 1] ** np.float32(p.hub_exponent)).astype(np.int32)
    target = segment_start.ravel()[to_block] + np.minimum(rank, room - 1)
    bounds = np.concatenate(([0], np.cumsum(degree)))
    stands = np.empty(len(order), dtype=np.int32)
    stands[order] = np.arange(len(order), dtype=np.int32)
    return order, bounds.astype(np.int32), stands[target]


def _degrees(index: int, callers: int, count: int, p: EnterpriseParameters, streams: Streams) -> NDArray[np.int64]:
    """Draw how many calls each caller makes: Pareto, scaled so that the mean over all applications is `out_degree`."""
    draw = streams.uniform(f"applications.{index}.degree", SETUP, (callers, 2)).astype(np.float64)
    raw = np.minimum((1.0 - draw[:, 0]) ** (-1.0 / p.out_degree_exponent), MAX_DEGREE)
    scaled = raw * (p.out_degree * count / raw.sum())
    return np.floor(scaled + draw[:, 1]).astype(np.int64)


def _entry_shares(
    index: int, lengths: NDArray[np.int64], enterprise: NDArray[np.int32], count: int, streams: Streams
) -> NDArray[np.float32]:
    """Share each enterprise's business events out over its entry applications, unevenly (exponential shares)."""
    entries = int(lengths[0].sum())
    draw = -np.log1p(-streams.uniform(f"applications.{index}.entry", SETUP, entries).astype(np.float64)) + 1e-6
    totals = np.bincount(enterprise[:entries], weights=draw, minlength=lengths.shape[1])
    base = np.zeros(count, dtype=np.float32)
    base[:entries] = draw / totals[enterprise[:entries]]
    return base


def _task_kinds(index: int, count: int, p: EnterpriseParameters, streams: Streams) -> NDArray[np.int32]:
    """Draw the kind of each application's model tasks."""
    draw = streams.uniform(f"applications.{index}.tasks", SETUP, count)
    return (draw >= p.api_share).astype(np.int32) + (draw >= min(p.api_share + p.rag_share, 1.0))


def _return_order(cohort: Cohort, trigger: float, noise: NDArray[np.float32]) -> NDArray[np.int32]:
    """Rank applications within their enterprise by return: those with many events first."""
    flow = cohort.events(np.zeros(len(cohort.base), dtype=np.bool_), trigger, 0.0)
    score = np.log(np.maximum(flow, 1e-9)) + noise
    by_firm = np.argsort(cohort.enterprise.astype(np.int16), kind="stable")  # radix sort: at most 500 in a cohort
    bounds = np.cumsum(np.bincount(cohort.enterprise, minlength=len(cohort.rows)))
    place = np.empty(len(flow), dtype=np.int32)
    for mine in np.split(by_firm, bounds[:-1]):
        place[mine[np.argsort(-score[mine], kind="stable")]] = np.arange(len(mine))
    return place


@dataclass
class ApplicationGraphs:
    """All enterprises' graphs and what the latest solution of each says.

    `tasks` (enterprises, KINDS) model tasks per business event; `amplification` (enterprises,) applications touched
    per business event; `amplification_without_ai` the same with nothing enabled.
    """

    STATE = ("tasks", "amplification")

    cohorts: tuple[Cohort, ...]
    tasks: Floats
    amplification: Floats
    amplification_without_ai: Floats

    @classmethod
    def draw(
        cls, applications: NDArray[np.int32], parameters: EnterpriseParameters, streams: Streams, cascade: bool
    ) -> "ApplicationGraphs":
        """Draw every cohort and solve it with nothing enabled."""
        count = len(applications)
        cohorts = tuple(draw_cohort(i, applications, parameters, streams) for i in range(min(COHORTS, count)))
        graphs = cls(cohorts, np.zeros((count, KINDS)), np.ones(count), np.ones(count))
        for i, cohort in enumerate(cohorts):
            flow = graphs.solve(i, np.zeros(len(cohort.rows)), parameters, cascade)
            graphs.amplification_without_ai[cohort.rows] = flow.amplification
            graphs.amplification[cohort.rows] = flow.amplification
        return graphs

    def solve(self, index: int, enabled: Floats, parameters: EnterpriseParameters, cascade: bool) -> Flow:
        """Follow events through cohort `index` with `enabled` (its enterprises,) applications AI-enabled."""
        p = parameters
        return self.cohorts[index].flow(enabled, p.trigger_probability, p.ai_trigger_gain, p.calls_per_event, cascade)

    def commit(self, index: int, flow: Flow) -> None:
        """Keep a cohort's solution."""
        rows = self.cohorts[index].rows
        self.tasks[rows] = flow.tasks
        self.amplification[rows] = flow.amplification

    @property
    def nodes(self) -> int:
        """Applications in all graphs."""
        return sum(len(cohort.base) for cohort in self.cohorts)

    @property
    def edges(self) -> int:
        """Calls in all graphs."""
        return sum(cohort.edges for cohort in self.cohorts)
