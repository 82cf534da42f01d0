"""A sweep as arrays: the values drawn in each sample, and its outcomes under each policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import JevonsError
from runs.sweep.plan import uncertain_paths
from runs.sweep.results import Results, check_finished

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


def read_values(points: "Points", outcome: str, policy: str) -> Floats:
    """Return an outcome under a policy, NaN where a sample has none; raises `AnalysisError` where no sample has one."""
    found = points.outcomes[outcome, policy]
    if not np.isfinite(found).any():
        raise AnalysisError(f"outcome {outcome} under {policy}: no finished run has a value of it")
    return found


def read_points(results: Results) -> Points:
    """Return the points of a sweep; raises `AnalysisError` where nothing is uncertain in it."""
    names = uncertain_paths(results.plan)
    if not names:
        raise AnalysisError(f"{results.layout.root}: nothing is uncertain in this sweep; give its design uncertainties")
    check_finished(results)
    table = results.run_table.to_pandas()
    values = table.groupby("sample")[names].first()  # without the gaps of policies whose scenario sets a parameter
    labels = policy_labels(results)
    outcomes = {
        (outcome, label): rows.groupby("sample")[outcome].mean().reindex(values.index).to_numpy(np.float64)
        for number, label in enumerate(labels)
        for rows in [table[table["policy"] == number]]
        for outcome in results.outcomes
    }
    return Points(tuple(names), values.to_numpy(np.float64), outcomes, labels)


def pick(chosen: str | None, there: tuple[str, ...] | list[str], what: str) -> str:
    """Return the name chosen, by default the first; raises `AnalysisError` naming those that are there."""
    if chosen is None:
        return there[0]
    if chosen not in there:
        raise AnalysisError(f"{what} = {chosen!r}: the sweep has {', '.join(there)}")
    return chosen
