"""Result sets as the page reads them: sweeps through `runs.open`, and single runs in one folder.

Anything with a table of its runs and one series of all of them can be shown.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import runs
from calibration.store.sealed_files import read_json, read_table
from model import JevonsError
from runs.experiments import verdicts

Name = tuple[str, str, str, str]
SWEEP_RECORD = "sweep.json"
RUN_TABLE = "observables.parquet"
LONG = ("date", "observable", "entity", "segment", "value", "unit")
FEWEST_VALUES = 2


@dataclass(frozen=True)
class SweepSet:
    """A sweep's folder."""

    folder: Path

    @property
    def title(self) -> str:
        """The folder's name."""
        return f"Sweep {self.folder.name}"

    @cached_property
    def _results(self) -> Any:
        return runs.open(self.folder)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The run table."""
        table: pd.DataFrame = self._results.runs
        return table

    @cached_property
    def names(self) -> list[Name]:
        """The series that are kept."""
        return [(str(a), str(b), str(c), str(d)) for a, b, c, d in self._results.series]

    def series(self, observable: str, entity: str, segment: str) -> pd.DataFrame:
        """Return one series of all runs: columns run, date, value."""
        frame: pd.DataFrame = self._results.frame(observable, entity, segment)
        return frame[["run", "date", "value"]]


@dataclass(frozen=True)
class RunFolders:
    """Folders that `jevons run` wrote, read as one set."""

    root: Path
    folders: tuple[Path, ...]

    @property
    def title(self) -> str:
        """How many runs, and where."""
        return f"{len(self.folders)} single runs in {self.root.name}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """Scenario and seed of each run, by its folder's name."""
        rows = []
        for folder in self.folders:
            manifest = _manifest(folder)
            scenario = manifest.get("scenario")
            name = scenario.get("name") if isinstance(scenario, dict) else scenario
            rows.append({"run": folder.name, "scenario": str(name or folder.name), "seed": manifest.get("seed")})
        return pd.DataFrame(rows).set_index("run")

    @cached_property
    def _frame(self) -> pd.DataFrame:
        frames = []
        for folder in self.folders:
            try:
                frame: pd.DataFrame = read_table(folder / RUN_TABLE, needs=LONG).to_pandas()
            except (FileNotFoundError, JevonsError) as error:
                raise JevonsError(f"{error}; run it again") from None
            frames.append(frame.assign(run=folder.name))
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def names(self) -> list[Name]:
        """The series of the first run."""
        first = self._frame[self._frame["run"] == self.folders[0].name]
        kept = first[["observable", "entity", "segment", "unit"]].astype(str).drop_duplicates()
        return [(str(a), str(b), str(c), str(d)) for a, b, c, d in kept.itertuples(index=False)]

    def series(self, observable: str, entity: str, segment: str) -> pd.DataFrame:
        """Return one series of all runs: columns run, date, value."""
        of = self._frame
        rows = of[(of["observable"] == observable) & (of["entity"] == entity) & (of["segment"] == segment)]
        return rows[["run", "date", "value"]]


ResultSet = SweepSet | RunFolders
"""What can be shown: `title`; `table`, a row a run with `scenario` and what was varied; `names` and `series`."""


def find_sets(root: Path) -> list[ResultSet]:
    """Return the result sets in a folder, sweeps first: the folder itself, those below it, and single runs."""
    if not root.is_dir():
        return []
    below = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    found: list[ResultSet] = []
    found.extend(SweepSet(path) for path in (root, *below) if (path / SWEEP_RECORD).is_file())
    single = tuple(path for path in (root, *below) if (path / RUN_TABLE).is_file())
    if single:
        found.append(RunFolders(root, single))
    return found


def nothing_found(root: Path) -> str:
    """Say in one line that there is nothing to show, and the way out."""
    place = f"No results in {root}" if root.is_dir() else f"There is no folder {root}"
    return f"{place}: write one with `jevons sweep` or `jevons run`, or name another folder with --results."


def fan(rows: pd.DataFrame, quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> pd.DataFrame:
    """Return quantiles over runs, a row a date and a column a quantile; rows: columns run, date, value."""
    groups = rows.groupby("date", observed=True)["value"]
    return pd.DataFrame({share: groups.quantile(share) for share in quantiles})


def ends(rows: pd.DataFrame, weeks: int = 13) -> pd.Series:
    """Return each run's mean over its last weeks, by run."""
    ordered = rows.sort_values("date")
    return ordered.groupby("run", observed=True)["value"].apply(lambda values: float(values.tail(weeks).mean()))


def varied(table: pd.DataFrame) -> list[str]:
    """Return the parameters that differ between runs: numeric columns named by a dotted path."""
    return [
        str(name)
        for name in table.columns
        if "." in str(name) and pd.api.types.is_numeric_dtype(table[name]) and table[name].nunique() >= FEWEST_VALUES
    ]


def binned(values: pd.Series, most: int = 6) -> pd.Series:
    """Return values as they are where there are few, else the middles of `most` equally filled bins.

    Missing values stay missing.
    """
    if values.nunique() <= most:
        return values
    edges = np.unique(np.nanquantile(values.to_numpy(float), np.linspace(0.0, 1.0, most + 1)))
    place = np.clip(np.searchsorted(edges, values.to_numpy(float), side="right") - 1, 0, len(edges) - 2)
    middles = [float(f"{middle:.3g}") for middle in (edges[:-1] + edges[1:]) / 2.0]
    return pd.Series(np.asarray(middles)[place], index=values.index, name=values.name).where(values.notna())


def find_claims(root: Path) -> tuple[dict[str, verdicts.Decided], list[Path]]:
    """Return the verdicts of claims in a folder, or in its subfolder `claims`, and the figures in the same one.

    Nothing where there are none. Raises JevonsError for a table that cannot be read.
    """
    for folder in (root, root / "claims"):
        if found := verdicts.kept(folder):
            return found, sorted(folder.glob("*.png"))
    return {}, []


def _manifest(folder: Path) -> dict[str, Any]:
    """Return what a run says of itself, nothing where there is no manifest; raises JevonsError for a damaged one."""
    try:
        return read_json(folder / "manifest.json", needs=("scenario", "seed"))
    except FileNotFoundError:
        return {}
