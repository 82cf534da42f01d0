"""What a sweep found, as arrays: what was drawn in each sample, and what came of it under each policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import JevonsError
from runs.sweep.plan import uncertain_paths
from runs.sweep.results import Results

Floats = NDArray[np.float64]


class AnalysisError(JevonsError):
    """An analysis that the sweep does not allow."""


@dataclass(frozen=True)
class Points:
    """Drawn values (samples, parameters) of `names`, and outcomes by name and policy, each (samples,).

    An outcome is the mean over a sample's replications that finished; NaN where none did. `policies` are labels in the
    order of the design.
    """

    names: tuple[str, ...]
    values: Floats
    outcomes: Mapping[tuple[str, str], Floats]
    policies: tuple[str, ...]


def policy_labels(results: Results) -> tuple[str, ...]:
    """Return a label for each policy: the scenario, with the levers where there are any."""
    labels = []
    for policy in results.record.document["policies"]:
        levers = lever_words(policy["levers"])
        labels.append(f"{policy['scenario']} ({levers})" if levers else policy["scenario"])
    return tuple(labels)


def lever_words(levers: Mapping[str, Any]) -> str:
    """Return levers with their values in a line."""
    return ", ".join(f"{path} = {_short(value)}" for path, value in levers.items())


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_points(results: Results) -> Points:
    """Return the points of a sweep; raises `AnalysisError` where nothing is uncertain in it."""
    table = results.run_table
    names = uncertain_paths(results.plan)
    if not names:
        raise AnalysisError(f"{results.layout.root}: nothing is uncertain in this sweep; give its design uncertainties")
    sample, policy = table["sample"].to_numpy(), table["policy"].to_numpy()
    count = int(sample.max()) + 1
    values = np.full((count, len(names)), np.nan)
    for place, name in enumerate(names):
        drawn = np.asarray(table[name].to_numpy(), np.float64)  # none where a policy's scenario sets it
        values[sample[np.isfinite(drawn)], place] = drawn[np.isfinite(drawn)]
    labels = policy_labels(results)
    outcomes = {}
    for outcome in results.outcomes:
        found = np.asarray(table[outcome].to_numpy(zero_copy_only=False), np.float64)
        for number, label in enumerate(labels):
            outcomes[outcome, label] = _means(found, sample, (policy == number) & np.isfinite(found), count)
    return Points(tuple(names), values, outcomes, labels)


def _means(values: Floats, sample: NDArray[Any], keep: NDArray[np.bool_], count: int) -> Floats:
    """Return the mean of the kept values of each sample; NaN where there is none."""
    total = np.bincount(sample[keep], values[keep], count)
    number = np.bincount(sample[keep], minlength=count)
    return np.asarray(np.divide(total, number, out=np.full(count, np.nan), where=number > 0))


def pick(chosen: str | None, there: tuple[str, ...] | list[str], what: str) -> str:
    """Return the name chosen, by default the first; raises `AnalysisError` naming those that are there."""
    if chosen is None:
        return there[0]
    if chosen not in there:
        raise AnalysisError(f"{what} = {chosen!r}: the sweep has {', '.join(there)}")
    return chosen
