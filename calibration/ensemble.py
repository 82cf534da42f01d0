"""The posterior as a small file: weighted members with what each member's own run gives, and where it all came from."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from calibration.emulator import Emulator
from calibration.information import Known
from calibration.member_run import question, questions, simulate
from calibration.own_figures import Figures
from calibration.posterior import effective_size, marginal, tail_shape
from calibration.shapes import Shape, load_shapes
from calibration.shipped import FOLDER, OUTPUT, SEED, TAU, WEIGHT, is_parameter
from calibration.smoother import Fit, Members
from calibration.space import Space
from calibration.store.code_fingerprint import digest, fingerprint
from calibration.store.jobs import Engine, Failure, Job, Overrides
from calibration.store.run_store import Result, RunStore, Watch, Work, succeeded
from calibration.store.sealed_files import read_table, table_bytes
from calibration.targets import Target, load_targets
from calibration.waves import Plan, Runs, outputs_of
from model import JevonsError, Scenario, write_atomically

Floats = NDArray[np.float64]

META = b"jevons"
SHORTLIST, SHORTLIST_SEEDS = 16, (1, 2, 3, 4)


@dataclass(frozen=True)
class Ensemble:
    """Members of a posterior: parameter values (n, d), weights that sum to one, seeds and discrepancies tau (n,).

    `outputs` (n, rows) are what each member's own run gives for every target and shape in `ids`, in their units.
    """

    origin: date
    paths: tuple[str, ...]
    values: Floats
    weight: Floats
    seed: NDArray[np.int64]
    tau: Floats
    ids: tuple[str, ...]
    outputs: Floats
    provenance: Mapping[str, Any]

    def __len__(self) -> int:
        """How many members there are."""
        return len(self.weight)

    def output(self, name: str) -> Floats:
        """What the members give for one target or shape, (n,)."""
        return self.outputs[:, self.ids.index(name)]

    def saw(self, targets: Sequence[Target]) -> Known:
        """The rows that the fit saw."""
        fitted = set(self.provenance["fitted"])
        return Known(self.origin, tuple(target for target in targets if target.id in fitted), ())

    def overrides(self) -> list[Overrides]:
        """Parameter values of each member as a run takes them."""
        rows = self.values.tolist()
        return [tuple((p, float(f"{v:.7g}")) for p, v in zip(self.paths, row, strict=True)) for row in rows]

    def jobs(self) -> list[Job]:
        """The run of each member."""
        scale = str(self.provenance["scale"])
        return [Job(one, seed, scale) for one, seed in zip(self.overrides(), self.seed.tolist(), strict=True)]


def build_ensemble(fit: Fit, known: Known, members: Members, emulator: Emulator | None) -> Ensemble:
    """The members with what their own runs gave, all of one weight. Raises JevonsError where no run is left.

    A member's structural discrepancy is drawn given its own run: what it misses is the structure's. Members whose run
    failed are left out.

    How well the runs bear out the emulator's posterior, where there is one, is in the provenance: `k_hat` (see
    `tail_shape`) of the ratios that would take one to the other, and `effective_at_full_weight`, the effective number
    of members with these.
    """
    kept = [i for i, result in enumerate(members.runs) if not isinstance(result, Failure)]
    if not kept:
        raise JevonsError(f"all {len(members)} runs of members at {known.origin} failed")
    good = [result for result in members.runs if not isinstance(result, Failure)]
    draws = np.random.default_rng(fit.plan.seed).uniform(size=len(members))[kept]
    true, tau = marginal(known, outputs_of(known, good), 0.0, draws)
    ratio = np.zeros(len(kept))
    if emulator is not None:
        ratio = true - marginal(known, emulator.predict(members.z[kept]), emulator.variance, draws)[0]
    shape = tail_shape(ratio)
    ids = tuple(good[0])
    overrides = fit.space.overrides(fit.moving.full(members.z[kept]))
    values = np.array([[value for _, value in one] for one in overrides])
    provenance = {
        **_origin_of(known, fit.space, fit.plan),
        "members": len(kept),
        "members_failed": len(members) - len(kept),
        "k_hat": None if shape is None else round(shape, 2),
        "effective_at_full_weight": round(effective_size(np.exp(ratio - ratio.max())), 1),
        "moving": [fit.space.paths[i] for i in fit.moving.places],
    }
    table = np.array([[run[name] for name in ids] for run in good])
    weight = np.full(len(kept), 1.0 / len(kept))
    return Ensemble(known.origin, fit.space.paths, values, weight, members.seeds[kept], tau, ids, table, provenance)


def _origin_of(known: Known, space: Space, plan: Plan) -> dict[str, Any]:
    prior = digest([asdict(one) for one in space.free])[:16]
    return {
        "origin": known.origin.isoformat(),
        "scale": plan.scale,
        "plan": asdict(plan),
        "model": fingerprint(frozenset(space.paths)),
        "questions": questions(),
        "prior": prior,
        "data": _data(known.targets, known.shapes),
        "fitted": list(known.ids),
    }


def _data(targets: Sequence[Target], shapes: Sequence[Shape]) -> str:
    """Return a hash of what figures and shapes say, as their files have it: no rounding of logarithms enters."""
    rows = [(one.id, one.low, one.value, one.high, one.published) for one in targets]
    return digest([sorted(rows), sorted((one.id, one.bound, one.tolerance) for one in shapes)])[:16]


def data_changed(ensemble: Ensemble) -> bool:
    """Whether a shipped figure or shape that the fit saw says something else today.

    A fit to figures of one's own, under ids that none of the shipped has, is not judged.
    """
    fitted = set(ensemble.provenance["fitted"])
    rows = [target for target in load_targets() if target.id in fitted]
    shapes = [shape for shape in load_shapes() if shape.id in fitted]
    whole = len(rows) + len(shapes) == len(fitted)
    return whole and str(ensemble.provenance["data"]) != _data(rows, shapes)


def write_ensemble(ensemble: Ensemble, folder: Path, name: str | None = None) -> Path:
    """Write an ensemble as `ensemble-ORIGIN.parquet`, or under another name, in one move; its path.

    No clock enters the file.
    """
    columns: dict[str, Any] = {WEIGHT: ensemble.weight, SEED: ensemble.seed, TAU: ensemble.tau}
    columns |= {path: ensemble.values[:, i] for i, path in enumerate(ensemble.paths)}
    columns |= {f"{OUTPUT}{name}": ensemble.outputs[:, i] for i, name in enumerate(ensemble.ids)}
    table = pa.table(columns).replace_schema_metadata({META: json.dumps(dict(ensemble.provenance), sort_keys=True)})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"ensemble-{ensemble.origin.isoformat()}.parquet")
    return write_atomically(path, table_bytes(table, compression="zstd"), overwrite=True)


def read_ensemble(path: Path) -> Ensemble:
    """Read an ensemble; raises JevonsError where it is missing or damaged."""
    try:
        table = read_table(path)
        return _ensemble(table.to_pandas(), json.loads(table.schema.metadata[META]))
    except FileNotFoundError:
        raise JevonsError(f"{path} does not exist: make it with `jevons calibrate`") from None
    except (KeyError, TypeError, ValueError, JevonsError) as error:
        why = str(error).removeprefix(f"{path}: ") if isinstance(error, JevonsError) else f"is no ensemble ({error})"
        raise JevonsError(f"{path}: {why}; make it again with `jevons calibrate`") from None


def _ensemble(frame: pd.DataFrame, provenance: dict[str, Any]) -> Ensemble:
    """Return the ensemble of a table; raises KeyError, TypeError or ValueError for a table that holds none."""
    names = [str(name) for name in frame.columns]
    ids = tuple(name.removeprefix(OUTPUT) for name in names if name.startswith(OUTPUT))
    paths = tuple(name for name in names if is_parameter(name))
    if missing := {"members", "model", "scale", "data", "prior"} - provenance.keys():
        raise KeyError(min(missing))
    return Ensemble(
        date.fromisoformat(provenance["origin"]),
        paths,
        frame[list(paths)].to_numpy(dtype=np.float64),
        frame[WEIGHT].to_numpy(dtype=np.float64),
        frame[SEED].to_numpy(dtype=np.int64),
        frame[TAU].to_numpy(dtype=np.float64),
        ids,
        frame[[f"{OUTPUT}{name}" for name in ids]].to_numpy(dtype=np.float64),
        provenance,
    )


def read_ensembles(folder: Path = FOLDER) -> tuple[Ensemble, ...]:
    """Every ensemble of a folder in order of origin; raises JevonsError where there is none."""
    files = sorted(folder.glob("ensemble-*.parquet"))
    if not files:
        raise JevonsError(f"{folder} holds no ensemble: make one with `jevons calibrate`")
    return tuple(read_ensemble(file) for file in files)


def is_current(ensemble: Ensemble) -> bool:
    """Whether the members' outputs are those of this model and these targets."""
    found = (ensemble.provenance.get("model"), ensemble.provenance.get("questions"))
    return found == (fingerprint(frozenset(ensemble.paths)), questions())


def run_again(
    ensemble: Ensemble, store: RunStore, engine: Engine, watch: Watch | None = None, work: Work = simulate
) -> Ensemble:
    """The same members with outputs of this model for these targets. Raises JevonsError where a run fails.

    Parameters and weights stay those of the fit, and so does what it was fitted to: `fit_questions` names its targets.
    """
    good = succeeded(store.ensure(ensemble.jobs(), engine, work, watch), "the ensemble no longer runs, calibrate again")
    ids = tuple(good[0])
    outputs = np.array([[run[name] for name in ids] for run in good])
    provenance = {"fit_questions": ensemble.provenance.get("questions"), **ensemble.provenance}
    provenance |= {"model": fingerprint(frozenset(ensemble.paths)), "questions": questions()}
    return replace(ensemble, ids=ids, outputs=outputs, provenance=provenance)


def with_figures(ensemble: Ensemble, figures: Figures, answers: Sequence[Mapping[str, float]]) -> Ensemble:
    """The ensemble with what its members' runs give for a user's own figures; a row that it replaces counts as unseen.

    `answers` has a mapping a member, from the ids of `unanswered` to numbers.
    """
    mine = {name: np.array([answer[name] for answer in answers]) for name in (answers[0] if answers else {})}
    outputs = {name: ensemble.output(name) for name in ensemble.ids} | mine
    fitted = [name for name in ensemble.provenance["fitted"] if name not in {target.id for target in figures.own}]
    table = np.array(list(outputs.values())).T
    return replace(ensemble, ids=tuple(outputs), outputs=table, provenance={**ensemble.provenance, "fitted": fitted})


def without(ensemble: Ensemble, ids: Collection[str]) -> Ensemble:
    """The ensemble without what its members' runs give for some rows."""
    kept = [i for i, name in enumerate(ensemble.ids) if name not in ids]
    return replace(ensemble, ids=tuple(ensemble.ids[i] for i in kept), outputs=ensemble.outputs[:, kept])


def unanswered(figures: Figures) -> tuple[Target, ...]:
    """The user's own figures that ask something of a run which no shipped figure of that id asks."""
    shipped = {target.id: question(target) for target in load_targets()}
    return tuple(target for target in figures.own if shipped.get(target.id) != question(target))


def representative(ensemble: Ensemble, known: Known, runs: Runs) -> int:
    """The member nearest to the weighted median of all, over the fitted rows in units of their bands.

    A mean of parameters belongs to no member and need not fit anything; this one is a draw that fits like the middle.
    One run may be there by luck, so the nearest by their own run are run with more seeds, whose median decides.
    """
    outputs = _outputs(ensemble.ids, ensemble.outputs.tolist(), known)
    middle = np.array([weighted_quantile(column, ensemble.weight, 0.5) for column in outputs.T])
    far = _distance(outputs, middle, known)
    # Members with next to no weight are no candidates.
    far = np.where(ensemble.weight >= 0.25 / len(ensemble), far, np.inf)
    near = np.argsort(far, kind="stable")[: min(SHORTLIST, int(np.isfinite(far).sum()))].tolist()
    jobs = [[ensemble.jobs()[member]._replace(seed=seed) for seed in SHORTLIST_SEEDS] for member in near]
    flat = [job for several in jobs for job in several]
    runs.stage("representative member", len(set(flat)))  # members may hold the same parameters
    done = dict(zip(flat, runs.ensure(flat), strict=True))
    far_again = [_repeated([done[job] for job in several], middle, known) for several in jobs]
    return int(near[int(np.argmin(far_again))])


def _repeated(results: Sequence[Result], middle: Floats, known: Known) -> float:
    """Distance of the median run of a member from the middle; infinite where a run failed."""
    if any(isinstance(result, Failure) for result in results):
        return float("inf")
    return float(_distance(np.median(outputs_of(known, results), axis=0)[None, :], middle, known)[0])


def _outputs(ids: Sequence[str], rows: Sequence[Sequence[float]], known: Known) -> Floats:
    return outputs_of(known, [dict(zip(ids, row, strict=True)) for row in rows])


def _distance(outputs: Floats, middle: Floats, known: Known) -> Floats:
    """Root mean square distance of outputs (n, rows) from the middle (rows,), in units of the rows' bands (n,)."""
    return np.asarray(np.sqrt(np.mean(((outputs - middle) / np.hypot(known.sd, 0.05)) ** 2, axis=1)))


def representative_toml(ensemble: Ensemble, member: int) -> str:
    """The representative member as a scenario file."""
    note = f"Representative member of the posterior fitted to figures up to {ensemble.origin.isoformat()}"
    scenario = Scenario(name="representative", title=note, overrides=dict(ensemble.overrides()[member]))
    return scenario.as_toml()


def weighted_quantile(values: Floats, weight: Floats, share: float | Sequence[float]) -> Any:
    """Quantiles of weighted values (n,): the inverse of the mid-point distribution function, NaN left out."""
    finite = np.isfinite(values)
    if not finite.any():
        return np.full(np.shape(share), np.nan)[()]
    order = np.argsort(values[finite], kind="stable")
    sorted_values, sorted_weight = values[finite][order], weight[finite][order]
    places = (np.cumsum(sorted_weight) - 0.5 * sorted_weight) / sorted_weight.sum()
    return np.interp(share, places, sorted_values)
