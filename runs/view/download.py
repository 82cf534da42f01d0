"""What is on screen as files: both paths, the date on which they part, and the levers that differ."""

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model import JevonsError, Scenario
from runs.terminal.short_numbers import short
from runs.view.address import Setup
from runs.view.cards import title_of
from runs.view.dates import day_words
from runs.view.download_charts import ALL_CHARTS, chosen_charts
from runs.view.levers import title_of_path
from runs.view.page_session import Session
from runs.view.recording import Recording

SCENARIO, BASELINE = "scenario", "baseline"
# Values that differ by a smaller part than this are the same.
SAME = 5e-7


@dataclass(frozen=True)
class Change:
    """A lever that differs between two paths from a date on."""

    day: dt.date
    path: str
    before: Any
    after: Any

    @property
    def words(self) -> str:
        """The lever by its title on the page, and both values."""
        return f"{title_of_path(self.path)} {_value(self.before)} → {_value(self.after)}"


@dataclass(frozen=True)
class Snapshot:
    """What is shown at one moment. Recordings never change, so drawing and writing need no lock.

    `scenario` is the run up to the week shown; `baseline` the path beside it, None where the run is the baseline.
    """

    setup: Setup
    scenario: Recording
    baseline: Recording | None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the run changes, by date."""
        return differences(self.setup.build(), self.setup.baseline())

    @property
    def branch(self) -> dt.date | None:
        """The date on which the two paths part; None where nothing is compared."""
        return self.setup.branch_date if self.baseline is not None else None

    @property
    def dates(self) -> pd.DatetimeIndex:
        """The weeks shown."""
        clock = self.scenario.clock
        return pd.DatetimeIndex([pd.Timestamp(clock.date_of(week)) for week in range(clock.week)])

    @property
    def paths(self) -> dict[str, Recording]:
        """The paths by name, the baseline first."""
        return ({} if self.baseline is None else {BASELINE: self.baseline}) | {SCENARIO: self.scenario}

    @property
    def words(self) -> list[str]:
        """What the view shows in a few lines: the run, and what was changed from when on."""
        lines = [f"{title_of(self.setup)}, seed {self.setup.seed}, to {day_words(self.dates[-1].date())}"]
        return lines + changes_in_words(self.setup)


def snapshot(session: Session) -> Snapshot:
    """Return what a session shows. Raises JevonsError while there is nothing of the run yet."""
    with session.lock:
        setup, whole, baseline, weeks = session.setup, session.whole, session.baseline, session.week
    if whole is None or not weeks:
        raise JevonsError("nothing of this run has been simulated yet: wait a moment")
    return Snapshot(setup, Recording.of(whole, weeks), None if baseline is None else Recording.of(baseline, weeks))


def differences(rules: Scenario, other: Scenario) -> tuple[Change, ...]:
    """Return the levers of a scenario that differ from another's, each from the first date on which its value holds."""
    found: list[Change] = []
    for day in sorted({rules.start, *(day for one in (rules, other) for day, _ in one.changes)}):
        mine, theirs = (one.parameters_at(day).flat() for one in (rules, other))
        known = {change.path: change.after for change in found}
        for path, value in mine.items():
            if path in theirs and value != theirs[path] and known.get(path) != value:
                found.append(Change(day, path, theirs[path], value))
    return tuple(found)


def changes_in_words(setup: Setup) -> list[str]:
    """Say what a run changes, a line for each date."""
    rules = setup.build()
    by_day: dict[dt.date, list[str]] = {}
    for change in differences(rules, setup.baseline()):
        by_day.setdefault(change.day, []).append(change.words)
    return [
        f"{'From the start' if day <= rules.start else f'From {day_words(day)}'}: {'; '.join(words)}"
        for day, words in by_day.items()
    ]


def wide_csv(view: Snapshot, key: str = ALL_CHARTS) -> bytes:
    """Return a chart's series (or those of all small charts) by date: baseline, scenario, difference, change in %.

    Values and names are those of the page. A column's name has series, window and unit, and then the path; before them
    the chart, where the table has several.
    """
    columns: dict[str, Any] = {}
    for chart in chosen_charts(key):
        for trace in chart.traces:
            read = {name: _padded(trace.values(run), len(view.dates)) for name, run in view.paths.items()}
            if BASELINE in read:
                read["difference"] = _difference(read[SCENARIO], read[BASELINE])
                read["change_percent"] = _percent(read["difference"], read[BASELINE])
            name = f"{f'{chart.title}: ' if key == ALL_CHARTS else ''}{trace.words} ({chart.unit})"
            columns |= {f"{name}, {path}": values for path, values in read.items()}
    table = pd.DataFrame(columns, index=pd.Index(view.dates.strftime("%Y-%m-%d"), name="date"))
    return table.to_csv(lineterminator="\n", float_format="%.7g").encode()


def long_parquet(view: Snapshot) -> bytes:
    """Return everything that was recorded, of both paths, as one long table with a column `path`, as Parquet."""
    kept = [run.observables.frame().assign(path=name) for name, run in view.paths.items()]
    table = pd.concat(kept, ignore_index=True).astype({"path": "category"})
    buffer = io.BytesIO()
    table.to_parquet(buffer, compression="zstd", index=False)
    return buffer.getvalue()


def scenario_toml(view: Snapshot) -> bytes:
    """Return the scenario with all levers as a file that `jevons run --scenario` takes; it says what was changed."""
    rules = view.setup.build()
    if view.setup.levers:
        told = " ".join(f"{line}." for line in changes_in_words(view.setup))
        rules = rules.replace(title=f"{rules.title or rules.name}, levers moved", description=told)
    return rules.as_toml().encode()


def stem(setup: Setup) -> str:
    """Return the name, without ending, under which files of a view are saved."""
    moved = "-levers" if setup.levers else ""
    return f"jevons-{setup.scenario.removesuffix('.toml')}-{setup.scale}-seed{setup.seed}{moved}"


def _difference(scenario: NDArray[np.float64], baseline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scenario less baseline; the shipped baseline holds seven digits, and what is below them is none."""
    size = np.maximum(np.abs(scenario), np.abs(baseline))
    found: NDArray[np.float64] = scenario - baseline
    return np.where(np.abs(found) < SAME * size, 0.0, found)


def _percent(difference: NDArray[np.float64], baseline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a difference in per cent of the baseline; NaN where that is zero."""
    found = np.full(len(baseline), np.nan)
    np.divide(100.0 * difference, baseline, out=found, where=baseline != 0.0)
    return found


def _padded(values: Any, weeks: int) -> Any:
    """Return values with NaN behind them where a path has not got so far."""
    return np.concatenate((values, np.full(weeks - len(values), np.nan)))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return short(value) if isinstance(value, int | float) else str(value)
