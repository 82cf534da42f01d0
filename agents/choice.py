"""Primitives of choice: hazards, integer draws, and the surplus kernel that every workload decides with.

One kernel serves three kinds of decision maker. A *metered* workload pays the list price and may stay idle. A
*flat* workload (chat, seats, code completion) is routed by its lab, which weighs the customer's value against
the GPU-hours it would spend, and must be answered. A *surface* (search, messenger) is answered with a model only
where the value of a query exceeds its cost. They differ in the price they face and in whether they may decline.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOKEN_KINDS = ("input", "cached", "visible", "hidden")
BELOW_ONE = np.nextafter(np.float64(1.0), 0.0)  # times any total it stays below that total
ROUNDING = 2e-15  # relative error of the sum of a dozen shares


def clamp(x: float, low: float, high: float) -> float:
    """Return the number within bounds that is nearest to `x`: what np.clip is for arrays."""
    return min(max(x, low), high)


def probability(hazard_per_week: Floats | np.float64) -> Floats:
    """Return the chance that an event of the given hazard (1/week) happens within one week."""
    return -np.expm1(-hazard_per_week)


def categorical(weights: Floats, uniform: NDArray[np.floating]) -> Ints:
    """Draw one option per row by inverse transform.

    weights: (n, k) or (k,), non-negative, any scale; uniform: (n,) in [0, 1). Returns (n,) indices.
    """
    cumulative = weights.cumsum(axis=-1)
    threshold = np.minimum(uniform, BELOW_ONE) * cumulative[..., -1]  # a rescaled uniform may have been rounded to one
    if weights.ndim == 1:
        return cumulative[:-1].searchsorted(threshold, side="right")
    return np.add.reduce(cumulative[:, :-1] <= threshold[:, None], axis=1, dtype=np.int64)


def with_habit(weights: Floats, habit: float) -> Floats:
    """Return weights of options as holders of each see them: a row an option held, and a last one for holders of none.

    weights: (k,); the option held weighs exp(habit) more. Returns (k + 1, k): index -1 stands for none.
    """
    options = len(weights)
    seen = np.empty((options + 1, options))
    seen[:] = weights
    seen.ravel()[: options * options : options + 1] *= np.exp(habit)  # the diagonal
    return seen


def split_integers(counts: Ints, shares: Floats) -> Ints:
    """Split integer counts over options by cumulative rounding, so that no unit is created or lost.

    counts: (...,), shares: (..., k) with sum at most 1 (the rest stays idle). Returns (..., k).
    """
    split = np.empty((shares.shape[-1], *counts.shape), dtype=np.int64)
    cumulative, given = np.zeros(counts.shape), np.zeros(counts.shape, dtype=np.int64)
    for option in range(shares.shape[-1]):
        cumulative += shares[..., option]
        exact = counts * cumulative * (1.0 + ROUNDING)
        bound = np.minimum((exact + 1e-9).astype(np.int64), counts)
        split[option] = bound - given
        given = bound
    return split.transpose(*range(1, split.ndim), 0)


def logistic(x: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)), safe for large |x|."""
    result = np.tanh(0.5 * x)
    result += 1.0
    result *= 0.5
    return result


@dataclass(frozen=True)
class Options:
    """What one lab offers, one entry a tier (T). Prices are what the decision maker faces, in USD per token.

    `input_price`, `cached_price`, `output_price` are (W, T): flat workloads face shadow costs, metered ones list
    prices. `ceiling` is the largest thinking effort (hidden tokens per visible token), `window` the context window
    in tokens, `available` says which tiers exist.
    """

    capability: Floats
    ceiling: Floats
    window: Floats
    available: NDArray[np.bool_]
    input_price: Floats
    cached_price: Floats
    output_price: Floats


@dataclass(frozen=True)
class Tasks:
    """The tasks that workloads (W) meet, in bins (B) of difficulty and value; all arrays (W, B) unless noted.

    `value_usd` per task; `difficulty` in units of capability (log10 effective training compute); tokens per task
    at base context: `input_tokens`, `cached_share` of them, `output_tokens` visible; `calls` model calls per task;
    `flexible` (W,): may lengthen its context; `must_serve` (W,): cannot decline.
    """

    value_usd: Floats
    difficulty: Floats
    input_tokens: Floats
    cached_share: Floats
    output_tokens: Floats
    calls: Floats
    flexible: NDArray[np.bool_]
    must_serve: NDArray[np.bool_]

    def of(self, rows: Ints) -> "Tasks":
        """Return the tasks of some workloads."""
        return Tasks(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Tastes:
    """Shape of success and choice: see `DemandParameters` for units and sources."""

    steepness: float
    thinking_gain: float
    context_gain: float
    context_fade: float
    taste_scale: float
    hurdle: float
    efforts: Floats


@dataclass(frozen=True)
class Choices:
    """The outcome of `choose`: arrays (W, B, T), but for `tokens` (W, B, T, 4) in the order of TOKEN_KINDS.

    `best` (W, B) is the surplus of the best tier on sale, -inf where nothing is.
    """

    share: Floats
    success: Floats
    effort: Floats
    context: Floats
    surplus: Floats
    best: Floats
    tokens: Ints


def choose(tasks: Tasks, options: Options, tastes: Tastes) -> Choices:
    """Take, for every task and tier, the effort with the largest surplus, and split tasks over tiers.

    Success of a task of difficulty d at effort r and context multiple m is
    s = logistic(k (q + b log10(1 + r) + c (1 - m^-f) / f - d)); the surplus per unit of value is s - cost / value.
    Shares over tiers are logit in it, against declining at the hurdle (integration and review cost) where that is
    allowed.
    The context multiple solves the first-order condition of the surplus at zero effort, with success held at its value
    for the base context, within the window; a task longer than the window runs at its base context.
    """
    value = tasks.value_usd[:, :, None]
    input_price = _effective_input_price(tasks, options)
    context = _context(tasks, options, tastes, input_price)
    input_cost = input_price * tasks.input_tokens[:, :, None] * context
    output_cost = options.output_price[:, None, :] * tasks.output_tokens[:, :, None]

    fade = tastes.context_fade
    reach = options.capability + tastes.context_gain / fade * (1.0 - context**-fade) - tasks.difficulty[:, :, None]
    efforts = tastes.efforts[tastes.efforts <= options.ceiling.max()]
    success = logistic(tastes.steepness * (reach[..., None] + tastes.thinking_gain * np.log10(1.0 + efforts)))
    cost = input_cost[..., None] + output_cost[..., None] * (1.0 + efforts)
    surplus = success - cost / value[..., None]
    beyond = efforts > options.ceiling[:, None]
    if beyond.any():
        surplus[..., beyond] = -np.inf

    chosen = surplus.argmax(axis=-1)
    cell = np.arange(0, surplus.size, len(efforts)).reshape(chosen.shape) + chosen
    surplus, success, effort = surplus.ravel()[cell], success.ravel()[cell], efforts[chosen]
    best = _best_of(surplus, options.available)
    share = _shares(surplus, best, options.available, tasks.must_serve, tastes)
    return Choices(share, success, effort, context, surplus, best, _tokens(tasks, context, effort))


def _effective_input_price(tasks: Tasks, options: Options) -> Floats:
    """Return the price of an average input token (W, B, T), cached share included."""
    cached = tasks.cached_share[:, :, None]
    return (1.0 - cached) * options.input_price[:, None, :] + cached * options.cached_price[:, None, :]


def _context(tasks: Tasks, options: Options, tastes: Tastes, input_price: Floats) -> Floats:
    """Return the context multiple m >= 1 (W, B, T) where one more input token is worth its price."""
    context = np.ones_like(input_price)
    if not tasks.flexible.any():
        return context
    rows = tasks.flexible.nonzero()[0]
    tokens = tasks.input_tokens[rows]
    success = logistic(tastes.steepness * (options.capability - tasks.difficulty[rows, :, None]))
    slope = tastes.steepness * tastes.context_gain * success * (1.0 - success)
    base_cost = input_price[rows] * tokens[:, :, None]
    multiple = tasks.value_usd[rows, :, None] * slope / np.maximum(base_cost, 1e-15)
    per_call = tokens / tasks.calls[rows]
    largest = np.maximum(options.window / per_call[:, :, None], 1.0)
    context[rows] = np.minimum(np.maximum(multiple, 1.0) ** (1.0 / (1.0 + tastes.context_fade)), largest)
    return context


def _best_of(surplus: Floats, available: NDArray[np.bool_]) -> Floats:
    """Return the surplus of the best tier on sale, (W, B) of surplus (W, B, T); -inf where nothing is."""
    best = np.full(surplus.shape[:-1], -np.inf)
    for tier in available.nonzero()[0]:
        np.maximum(best, surplus[..., tier], out=best)
    return best


def _shares(
    surplus: Floats, best: Floats, available: NDArray[np.bool_], must_serve: NDArray[np.bool_], tastes: Tastes
) -> Floats:
    """Return logit shares over tiers (W, B, T); the rest declines."""
    bound = np.where(must_serve & available.any(), -np.inf, tastes.hurdle)[:, None]
    top = np.maximum(best, bound)
    weight = np.exp((surplus + np.where(available, 0.0, -np.inf) - top[..., None]) / tastes.taste_scale)
    decline = np.exp(np.minimum(tastes.hurdle - top, 0.0) / tastes.taste_scale) * ~must_serve[:, None]
    total = sum(weight[..., tier] for tier in range(len(available))) + decline
    return weight / np.where(total > 0.0, total, 1.0)[..., None]


def _tokens(tasks: Tasks, context: Floats, effort: Floats) -> Ints:
    """Return whole tokens per task (W, B, T, 4) in the order of TOKEN_KINDS."""
    total_input = tasks.input_tokens[:, :, None] * context
    cached = tasks.cached_share[:, :, None] * total_input
    visible = tasks.output_tokens[:, :, None]
    tokens = np.empty((*context.shape, len(TOKEN_KINDS)))
    for kind, amount in enumerate((total_input - cached, cached, visible, visible * effort)):
        tokens[..., kind] = amount
    return np.rint(tokens, out=tokens).astype(np.int64)
