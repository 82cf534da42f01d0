"""The plan of a sweep: one row a run with everything that makes it that run, written before anything is simulated."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from calibration.own_figures import firms_of
from calibration.shipped import WEIGHT, is_parameter
from calibration.store.sealed_files import read_table
from model import JevonsError, Scenario
from runs.sweep.design import Design, Policy, declared_parameters
from runs.sweep.distributions import DesignError, Floats
from runs.sweep.outcomes import Outcome, check_series
from runs.sweep.samplers import STRUCTURED, draw

# The run table's columns that are neither parameters nor outcomes.
COLUMNS = (
    "run", "policy", "scenario", "sample", "replication", "seed", "ensemble_row", "status", "error", "trace", "weeks",
)  # fmt: skip


@dataclass(frozen=True)
class JointDraws:
    """Joint draws of parameters: values (rows, parameters) by path, and the cumulative share of weight (rows,)."""

    values: dict[str, list[Any]]
    cumulative: Floats

    def rows(self, unit: Floats) -> NDArray[np.int64]:
        """Return the rows at quantiles `unit` (n,) of the weights."""
        return np.minimum(np.searchsorted(self.cumulative, unit, side="right"), len(self.cumulative) - 1)


def read_ensemble(file: Path) -> JointDraws:
    """Read a Parquet table with a column a parameter and optionally a column `weight`; raises `DesignError`."""
    try:
        table = read_table(file)
    except (FileNotFoundError, JevonsError) as error:
        raise DesignError(f"ensemble {error}") from None
    if not table.num_rows:
        raise DesignError(f"ensemble {file}: has no rows")
    declared = declared_parameters()
    values: dict[str, list[Any]] = {}
    for path in filter(is_parameter, table.column_names):
        if path not in declared:
            raise DesignError(f"ensemble {file}: column {path!r} is no number of the parameter table")
        column = np.asarray(table[path].to_numpy(), dtype=np.float64)
        if not np.isfinite(column).all():
            raise DesignError(f"ensemble {file}: column {path!r} holds a value that is not finite")
        values[path] = np.rint(column).astype(np.int64).tolist() if declared[path].whole else column.tolist()
    weight = np.ones(table.num_rows)
    if WEIGHT in table.column_names:
        weight = np.asarray(table[WEIGHT].to_numpy(), dtype=np.float64)
    if not values or not np.isfinite(weight).all() or (weight < 0.0).any() or weight.sum() <= 0.0:
        raise DesignError(f"ensemble {file}: it needs parameters, and weights that are not negative and not all zero")
    return JointDraws(values, np.cumsum(weight) / weight.sum())


def build_plan(design: Design) -> pa.Table:
    """Return the plan, a row a run: run, policy, scenario, levers, sample, replication, seed, uncertain parameters.

    Runs are numbered by sample, then policy, then replication. A seed belongs to a sample and a replication: all
    policies meet the same luck, so that they can be compared in pairs. The structured samplers (for sensitivity) have
    one seed a replication, so that differences between their rows are effects. Where a policy's scenario sets a
    parameter itself, the draw is not used and not written (null). Raises `DesignError`.
    """
    samples = _samples(design)
    count = len(next(iter(samples.values()))) if samples else design.samples
    policies, replications = len(design.policies), design.replications
    sample, policy, replication = (axis.ravel() for axis in np.indices((count, policies, replications), dtype=np.int32))
    columns: dict[str, Any] = {
        "run": np.arange(count * policies * replications, dtype=np.int32),
        "policy": policy,
        "scenario": pa.array([design.policies[i].scenario for i in policy.tolist()]),
    }
    for path in design.policies[0].levers:
        columns[path] = pa.array([_storable(design.policies[i].levers[path]) for i in policy.tolist()])
    columns |= {"sample": sample, "replication": replication, "seed": _seeds(design, count)[sample, replication]}
    for path, values in samples.items():
        if path in columns:
            raise DesignError(f"{path} is a lever and a column of the ensemble: it can be one of them")
        own = np.array([path in one.run.scenario.overrides for one in design.policies])[policy]
        if not own.all():
            columns[path] = pa.array(values).take(pa.array(sample, mask=own))
    return pa.table(columns)


def _samples(design: Design) -> dict[str, list[Any]]:
    """Return the drawn values by path, each (samples,)."""
    dimensions = len(design.uncertainties) + (design.ensemble is not None)
    if not dimensions:
        return {}
    unit = draw(design.sampler, design.samples, dimensions, design.seed)
    found: dict[str, list[Any]] = {}
    if design.ensemble is not None:
        ensemble = read_ensemble(design.ensemble)
        rows = ensemble.rows(unit[:, -1])
        found["ensemble_row"] = rows.tolist()
        found |= {path: [values[row] for row in rows] for path, values in ensemble.values.items()}
    for number, uncertainty in enumerate(design.uncertainties):
        if uncertainty.path in found:
            raise DesignError(
                f"{uncertainty.path} is an uncertainty and a column of the ensemble: it can be one of them"
            )
        found[uncertainty.path] = uncertainty.at(unit[:, number])
    return found


def _seeds(design: Design, count: int) -> NDArray[np.int64]:
    """Return the seed of each sample and replication (samples, replications), each below 2^63."""
    keys = np.ndindex(1 if design.sampler in STRUCTURED else count, design.replications)
    drawn = [np.random.SeedSequence(design.seed, spawn_key=key).generate_state(1, np.uint64)[0] for key in keys]
    seeds = (np.array(drawn) >> np.uint64(1)).astype(np.int64)
    return np.broadcast_to(seeds.reshape(-1, design.replications), (count, design.replications))


def _storable(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


def uncertain_paths(plan: pa.Table) -> list[str]:
    """Return the columns of drawn parameters."""
    names = plan.column_names
    return [name for name in names[names.index("seed") + 1 :] if name != "ensemble_row"]


def scenario_of(base: Scenario, values: dict[str, Any]) -> Scenario:
    """Return a policy's scenario with drawn parameters; what the policy itself sets stays as it sets it."""
    drawn = {path: value for path, value in values.items() if path not in base.overrides}
    return base.replace(drawn) if drawn else base


def _check_window(outcome: Outcome, policy: Policy) -> None:
    """Check that the outcome's window holds a week of the policy's runs; raises `DesignError`."""
    start, until = policy.run.scenario.start, policy.run.until
    weeks = np.datetime64(start) + 7 * np.arange((until - start).days // 7 + 1)
    if np.isnan(outcome.of(weeks, np.ones(len(weeks)))):
        raise DesignError(
            f"outcome {outcome.name}: scenario {policy.scenario} runs from {start} to {until}, and no week of it "
            f"begins between {outcome.start or 'its start'} and {outcome.end or 'its end'}; change the "
            "outcome's window, or until"
        )


def check_first(design: Design, plan: pa.Table) -> None:
    """Check before anything starts that the design can run; raises `DesignError`.

    Each policy must accept the parameters of the first sample, the market must record the series that are asked for,
    and each outcome must have a name of its own and weeks to look at.
    """
    for outcome in design.outcomes:
        if outcome.name.lower() in COLUMNS:
            raise DesignError(
                f"outcome {outcome.name}: the run table has a column of this name already; choose a name that is none "
                f"of {', '.join(COLUMNS)}"
            )
        for policy in design.policies:
            _check_window(outcome, policy)
    first, paths = plan.slice(0, 1).to_pylist()[0], uncertain_paths(plan)
    for policy in design.policies:
        try:
            scenario_of(policy.run.scenario, {path: first[path] for path in paths})
        except JevonsError as error:
            raise DesignError(f"scenario {policy.scenario} with the first sample: {error}") from None
    scenarios = [policy.run.scenario for policy in design.policies]
    if len({firms_of(one) for one in scenarios}) > 1:
        raise DesignError("scenarios: some have other labs or other firms, and so other series; sweep these apart")
    check_series(scenarios, design.outcomes, design.observables)
