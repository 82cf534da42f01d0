"""Primitives of choice: hazards, integer draws, and the surplus kernel that every workload decides with.

One kernel serves three kinds of decision maker, which differ in the price they face. A *metered* workload pays the
list price; how much of it runs, and with which model, `agents.metered_demand` says. A *flat* workload (chat, seats,
code completion) is routed by its lab, which weighs the customer's value against the GPU-hours it would spend, and must
be answered. A *surface* (search, messenger) is answered with a model only where the value of a query exceeds its cost.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Written out, as jaxtyping does not read NumPy 2.5's NDArray.
Floats = np.ndarray[tuple[Any, ...], np.dtype[np.float64]]
Ints = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]

TOKEN_KINDS = ("input", "cached", "visible", "hidden")
BELOW_ONE = np.nextafter(np.float64(1.0), 0.0)  # times any total it stays below that total
LN10 = float(np.log(10.0))
EFFORT_STEPS = np.array([0.0, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0])
"""Thinking efforts that models offer, as parts of the longest."""
LEAST_EFFORT = 0.5
"""Hidden tokens for each visible one below which a model does not think."""
NO_LAB = -1
"""Stands for none where a column holds the index of a lab."""
NO_HURDLE = -1e300
"""The surplus of declining a task that must be served: so low that it is never declined."""
QUANTA = 2.0**24
"""Amounts are rounded to whole multiples of 2^-24 before rows are added up: sums are exact in whatever order."""
ROUNDING = 2e-15  # relative error of the sum of a dozen shares


def clamp(x: float, low: float, high: float) -> float:
    """Return the number within bounds that is nearest to `x`: what np.clip is for arrays."""
    return min(max(x, low), high)


def any_of(values: NDArray[Any]) -> bool:
    """Say whether any of a few values is true, or not zero: quicker in Python than in NumPy."""
    return any(values.tolist())


def best_of(values: Floats, open_: NDArray[np.bool_]) -> float:
    """Return the largest of the few values (L,) that are open, zero where none is: quicker in Python than in NumPy."""
    return max((value for value, is_open in zip(values.tolist(), open_.tolist(), strict=True) if is_open), default=0.0)


def probability(hazard_per_week: Floats | np.float64) -> Floats:
    """Return the chance that an event of the given hazard (1/week) happens within one week."""
    return -np.expm1(-hazard_per_week)


def chance_of(hazard_per_week: float) -> float:
    """Return `probability` of one hazard (1/week)."""
    return -math.expm1(-hazard_per_week)


def drawn_from(reached: Floats, uniform: NDArray[np.floating], held: NDArray[np.integer] | None = None) -> Ints:
    """Draw one option per row by inverse transform, from weights added up option by option.

    reached: (n, k) or (k,) cumulative weights of any scale, or with `held` (n,) a table (m, k) of which row i takes row
    `held[i]`; uniform: (n,) in [0, 1). Returns (n,) indices.
    """
    if held is not None:
        reached = reached[held]
    threshold = np.minimum(uniform, BELOW_ONE) * reached[..., -1]  # a rescaled uniform may have been rounded to one
    if reached.ndim == 1:
        return reached[:-1].searchsorted(threshold, side="right")
    return np.add.reduce(reached[:, :-1] <= threshold[:, None], axis=1, dtype=np.int64)


def labs_after(
    uniform: NDArray[np.float32], held: NDArray[np.int8], joins: float, looks: float, reached: Floats
) -> tuple[Ints, NDArray[np.int8]]:
    """Return who chooses a lab this week (rows), and which: who holds none joins, others may look at all labs again.

    uniform, held: (n,), -1 for none; joins, looks: chances; reached: (L,) weights added up lab by lab, or (L + 1, L)
    `with_habit`.
    """
    rows = (uniform < np.float32(max(joins, looks) + 1e-6)).nonzero()[0]  # a larger draw leads to nothing
    chance = np.where(held[rows] < 0, joins, looks)
    acting = uniform[rows] < chance
    rows, chance = rows[acting], chance[acting]
    seen = held[rows] if reached.ndim == 2 else None
    return rows, drawn_from(reached, uniform[rows] / chance, seen).astype(np.int8)


def sums_by(cell: NDArray[np.integer], amounts: NDArray[Any], cells: int) -> Floats:
    """Add amounts (n,) up by cell (n,): returns (cells,)."""
    return np.bincount(cell, weights=amounts, minlength=cells).astype(np.float64, copy=False)


def in_quanta(amounts: NDArray[np.float32]) -> Floats:
    """Return amounts in whole `QUANTA`, in double precision, which holds sums of up to 2^53 of them."""
    return np.rint(np.multiply(amounts, QUANTA, dtype=np.float64))


def with_habit(weights: Floats, habit: float) -> Floats:
    """Return weights of options as holders of each see them: a row an option held, and a last one for holders of none.

    weights: (k,); the option held weighs `habit` times as much. Returns (k + 1, k), added up option by option for
    `drawn_from`: index -1 stands for none.
    """
    options = len(weights)
    seen = np.empty((options + 1, options))
    seen[:] = weights
    seen.ravel()[: options * options : options + 1] *= habit  # the diagonal
    return seen.cumsum(axis=1)


def over_last(values: NDArray[Any]) -> Any:
    """Return sums over a last axis of two or a few (..., k): slice by slice, which is quicker than NumPy's sum."""
    total = values[..., 0] + values[..., 1]
    for i in range(2, values.shape[-1]):
        total += values[..., i]
    return total


def reached_by(shares: Floats) -> Floats:
    """Return the shares (..., k) added up option by option, with room for the rounding of the sums: for `split_at`."""
    reached = shares.copy()
    for i in range(1, shares.shape[-1]):  # quicker than NumPy's sums over a short axis
        reached[..., i] += reached[..., i - 1]
    reached *= 1.0 + ROUNDING
    return reached


def split_at(counts: Ints, reached: Floats) -> Ints:
    """Split integer counts (...,) over options by cumulative rounding, so that no unit is created or lost.

    reached: (..., k) from `reached_by` shares with a sum of at most 1 (the rest stays idle). Returns (..., k).
    """
    bound = (counts[..., None] * reached + 1e-9).astype(np.int64)
    np.minimum(bound, counts[..., None], out=bound)
    bound[..., 1:] -= bound[..., :-1].copy()
    return bound


class Options(NamedTuple):
    """What is on offer, one entry a model (T). Prices are what the decision maker faces, in USD per token.

    `input_price`, `cached_price`, `output_price` are (W, T): flat workloads face shadow costs, metered ones list
    prices. `ceiling` is the largest thinking effort (hidden tokens per visible token), `window` the context window
    in tokens.
    """

    capability: Floats
    ceiling: Floats
    window: Floats
    input_price: Floats
    cached_price: Floats
    output_price: Floats


class Tasks(NamedTuple):
    """The tasks that workloads (W) meet, in bins (B) of difficulty; all arrays (W, B) unless noted.

    `value_usd` per task; `difficulty` in units of capability (log10 effective training compute); tokens per task
    at base context: `input_tokens`, `cached_share` of them, `output_tokens` visible; `calls` model calls per task;
    `flexible` (W,): may lengthen its context; `must_serve` (W,): cannot decline; `wait_usd_per_token` (W,): what the
    time in which a model thinks one hidden token costs whoever waits for it.
    """

    value_usd: Floats
    difficulty: Floats
    input_tokens: Floats
    cached_share: Floats
    output_tokens: Floats
    calls: Floats
    flexible: NDArray[np.bool_]
    must_serve: NDArray[np.bool_]
    wait_usd_per_token: Floats

    def of(self, rows: Ints) -> "Tasks":
        """Return the tasks of some workloads."""
        some: Any = (values[rows] for values in self)
        return Tasks(*some)


@dataclass(frozen=True)
class Tastes:
    """Shape of success and choice: see `DemandParameters` for units and sources."""

    steepness: float
    thinking_gain: float
    context_gain: float
    context_fade: float
    taste_scale: float
    hurdle: float


class Choices(NamedTuple):
    """The outcome of `choose`: arrays (W, B, T), but for `tokens` (W, B, T, 4) in the order of TOKEN_KINDS."""

    success: Floats
    effort: Floats
    context: Floats
    surplus: Floats
    tokens: Ints


def choose(tasks: Tasks, options: Options, tastes: Tastes) -> Choices:
    """Take, for every task and option, the effort with the largest surplus.

    Success of a task of difficulty d at effort r and context multiple m is
    s = logistic(k (q + b log10(1 + r) + c (1 - m^-f) / f - d)); the surplus per unit of value is s - cost / value,
    and hidden tokens cost the time of who waits for them besides their price (Becker 1965).
    The context multiple solves the first-order condition of the surplus at zero effort, with success held at its value
    for the base context, within the window; a task longer than the window runs at its base context.

    With odds of failure x = exp(-k (q - d)), s = 1 / (1 + x exp(-k c (1 - m^-f) / f) (1 + r)^(-k b / ln 10)).
    """
    t, o = tasks, options
    odds = np.exp(tastes.steepness * t.difficulty)[:, :, None] * np.exp(-tastes.steepness * o.capability)
    input_cost, output_cost, waiting = costs(tasks, options)
    rows = t.flexible.nonzero()[0]
    multiple = _context(tasks, rows, options, tastes, odds, input_cost)
    gain = tastes.context_gain / tastes.context_fade * (1.0 - multiple**-tastes.context_fade)
    context = np.ones_like(odds)
    context[rows] = multiple
    input_cost[rows] *= multiple
    odds[rows] *= np.exp(-tastes.steepness * gain)
    efforts = efforts_up_to(o.ceiling)
    easier = (1.0 + efforts) ** (-tastes.steepness * tastes.thinking_gain / LN10)
    surplus, success, effort = best_effort(odds, input_cost, output_cost, waiting, efforts, easier)
    return Choices(success, effort, context, surplus, tokens_of(tasks, context, effort))


def shares_by_surplus(
    surplus: Floats, on_sale: NDArray[np.bool_], must_serve: NDArray[np.bool_], tastes: Tastes
) -> Floats:
    """Return the share of tasks that takes each tier (W, B, L, T): logit in the surplus.

    Where that is allowed, tasks are declined at the hurdle (integration and review cost). surplus: (W, B, L, T);
    on_sale: (L, T); must_serve: (W,).
    """
    hurdle = np.where(must_serve, NO_HURDLE, tastes.hurdle)[:, None, None]
    offered = np.where(on_sale, surplus, -np.inf)
    best = np.maximum(offered.max(axis=-1), hurdle)
    weights = np.exp((offered - best[..., None]) / tastes.taste_scale)
    share: Floats = weights / (weights.sum(axis=-1) + np.exp((hurdle - best) / tastes.taste_scale))[..., None]
    return share


def efforts_up_to(ceiling: Floats) -> Floats:
    """Return the thinking efforts to choose from (T, E): none, and parts of the ceiling (T,) worth the name."""
    efforts = ceiling[:, None] * EFFORT_STEPS
    return np.where(efforts < LEAST_EFFORT, 0.0, efforts)


def costs(tasks: Tasks, options: Options) -> tuple[Floats, Floats, Floats]:
    """Return the cost of input at base context and of visible output per USD of value, each (W, B, T).

    And what waiting costs at a thinking effort of one, per USD of value, (W, B).
    """
    t, o = tasks, options
    cached = t.cached_share * t.input_tokens
    fresh, visible = t.input_tokens - cached, t.output_tokens / t.value_usd
    input_cost = (fresh / t.value_usd)[:, :, None] * o.input_price[:, None, :]
    input_cost += (cached / t.value_usd)[:, :, None] * o.cached_price[:, None, :]
    return input_cost, visible[:, :, None] * o.output_price[:, None, :], visible * t.wait_usd_per_token[:, None]


def _context(tasks: Tasks, rows: Ints, options: Options, tastes: Tastes, odds: Floats, input_cost: Floats) -> Floats:
    """Return the context multiple m >= 1 of lengthening workloads `rows` (F, B, T): one more token is worth its price.

    odds, input_cost: (W, B, T).
    """
    success = 1.0 / (1.0 + odds[rows])
    gain = (success - success * success) * (tastes.steepness * tastes.context_gain)
    worth = np.maximum(gain / np.maximum(input_cost[rows], 1e-15), 1.0)
    per_call = (tasks.input_tokens[rows] / tasks.calls[rows])[:, :, None]
    return np.minimum(worth ** (1.0 / (1.0 + tastes.context_fade)), np.maximum(options.window / per_call, 1.0))


def best_effort(
    odds: Floats, input_cost: Floats, output_cost: Floats, waiting: Floats, efforts: Floats, easier: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return surplus, success and effort (W, B, T) at the effort with the largest surplus.

    odds, input_cost, output_cost: (W, B, T) before thinking, waiting: (W, B) at an effort of one, costs per USD of
    value; efforts: (T, E), of which each multiplies the odds of failure by `easier` (T, E).
    """
    success = odds[..., None] * easier
    success += 1.0
    np.divide(1.0, success, out=success)
    surplus = (output_cost + waiting[:, :, None])[..., None] * efforts
    np.subtract(success, surplus, out=surplus)
    surplus -= (input_cost + output_cost)[..., None]
    chosen = surplus.argmax(axis=-1)
    cell = np.arange(0, surplus.size, efforts.shape[1]).reshape(chosen.shape) + chosen
    return surplus.take(cell), success.take(cell), efforts.take(np.arange(0, efforts.size, efforts.shape[1]) + chosen)


def tokens_of(tasks: Tasks, context: Floats, effort: Floats) -> Ints:
    """Return whole tokens per task (W, B, T, 4) in the order of TOKEN_KINDS.

    context (a multiple of the base) and effort: (W, B, T).
    """
    cached, visible = tasks.cached_share * tasks.input_tokens, tasks.output_tokens[..., None]
    tokens = np.empty((*context.shape, len(TOKEN_KINDS)))
    np.multiply((tasks.input_tokens - cached)[..., None], context, out=tokens[..., 0])
    np.multiply(cached[..., None], context, out=tokens[..., 1])
    tokens[..., 2] = visible
    np.multiply(visible, effort, out=tokens[..., 3])
    return np.rint(tokens, out=tokens).astype(np.int64)
