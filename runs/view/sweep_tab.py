"""A user's own sweeps and runs: fans over runs, scenarios compared, and the map of supply limits."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from runs.terminal.short_numbers import bare
from runs.view.page_session import Session
from runs.view.plain_html import show_table, table_of
from runs.view.result_figures import fan_figure, map_figure
from runs.view.result_sets import Name, ResultSet, binned, ends, find_sets, nothing_found, varied
from runs.view.serve import RESULTS_VARIABLE
from runs.view.ui import Loaded, button, html, solara

EMPTY = (
    "Sweeps and runs of your own appear here once there are any: their range over time, scenarios compared, and maps "
    "of what was varied. What comes with the model is under Claims and Forecasts."
)
FIRST_SERIES = ("tokens_served", "demand_unserved_share", "price_paid", "revenue_run_rate", "live_compute")
# The limits of supply come first where a sweep has varied them.
LIMITS = ("power_supplier.turbines.expansion", "chip_maker.merchant.expansion", "hyperscalers.credit")


@solara.component
def SweepTab(session: Session) -> None:  # noqa: ARG001 - every tab takes the session
    """Choose a result set and show it."""
    root = Path(os.environ.get(RESULTS_VARIABLE, "runs/results"))
    again, set_again = solara.use_state(0)
    sets = solara.use_memo(lambda: find_sets(root), [str(root), again])
    chosen, set_chosen = solara.use_state(0)
    with html("div", "jv-row"):
        if sets:
            _choose("Result set", [one.title for one in sets], min(chosen, len(sets) - 1), set_chosen)
        button("Look again", lambda: set_again(again + 1), outlined=True)
    if sets:
        shown = sets[min(chosen, len(sets) - 1)]
        loaded = Loaded(lambda: (_sorted(shown.names), shown.table), _reading(shown.title), partial(Shown, shown))
        loaded.key(f"{shown.title}-{again}")
    else:
        html("p", "jv-lead", EMPTY)
        with html("details", "jv-how"):
            html("summary", "", "How to make some")
            html("p", "jv-caption", nothing_found(root))


@solara.component
def Shown(of: ResultSet, read: tuple[list[Name], pd.DataFrame]) -> None:
    """Show one result set: the names of its series and its run table were `read`."""
    names, table = read
    place, set_place = solara.use_state(0)
    if not names:
        html("p", "jv-error", f"{of.title}: no run is finished yet.")
        return
    name = names[place]
    _choose("Series", [_label(one) for one in names], place, set_place)

    def draw() -> tuple[pd.DataFrame, list[tuple[str, bytes]]]:
        rows = of.series(*name[:3])
        return rows, _pictures(name, rows, table) if len(rows) else []

    Loaded(draw, _reading(_label(name)), lambda drawn: _series(name[3], table, *drawn)).key(_label(name))


def _choose(what: str, titles: list[str], place: int, choose: Callable[[int], object]) -> None:
    solara.Select(
        what, values=titles, value=titles[place], on_value=lambda title: choose(titles.index(title)), dense=True
    )


def _reading(what: str) -> tuple[str, str, str]:
    return ("p", "jv-lead", f"Reading: {what} …")


def _series(unit: str, table: pd.DataFrame, rows: pd.DataFrame, pictures: list[tuple[str, bytes]]) -> None:
    """Show one series of all runs: the fan, the comparison and, where two things were varied, the map."""
    for title, picture in pictures:
        with html("div", "jv-card jv-picture", role="img", aria_label=title):
            solara.Image(picture, width="100%")
    if len(rows):
        _comparison(unit, _by_scenario(rows, table))


def _pictures(name: Name, rows: pd.DataFrame, table: pd.DataFrame) -> list[tuple[str, bytes]]:
    unit, title = name[3], _label(name)
    found = [
        (
            f"Fan of {title}",
            fan_figure(f"{title}: medians, the middle half and nine tenths of runs", unit, _by_scenario(rows, table)),
        )
    ]
    paths = sorted(varied(table), key=lambda path: (path not in LIMITS, LIMITS.index(path) if path in LIMITS else 0))
    if len(paths) > 1:
        across, up = binned(table[paths[0]]), binned(table[paths[1]])
        for scenario, mine in _by_scenario(rows, table).items():
            outcome = ends(mine)
            what = f"{title}, {scenario}: mean of the last 13 weeks, median over runs"
            found.append((f"Map of {title}, {scenario}", map_figure(what, unit, across, up, outcome)))
    return found


def _comparison(unit: str, by_scenario: dict[str, pd.DataFrame]) -> None:
    """Show how scenarios end."""
    last = {scenario: ends(rows) for scenario, rows in by_scenario.items()}
    base = last.get("baseline")
    rows = []
    for scenario, values in last.items():
        ratio = "-" if base is None or not base.median() else f"×{values.median() / base.median():.3g}"
        figures = [bare(float(value), unit) for value in (values.min(), values.median(), values.max())]
        rows.append((scenario, len(values), *figures, ratio))
    title = f"Scenarios compared: mean of the last 13 weeks, {unit}"
    with html("div", "jv-card"):
        html("h2", "", title)
        head = ("scenario", "runs", "lowest", "median", "highest", "its median to the baseline's")
        show_table(title, table_of(head, rows, range(1, len(head))))


def _by_scenario(rows: pd.DataFrame, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of each scenario, the baseline first."""
    scenario = rows["run"].map(table["scenario"].astype(str))
    order = sorted(scenario.dropna().unique(), key=lambda name: (name != "baseline", name))
    return {name: rows[scenario == name] for name in order}


def _sorted(names: list[Name]) -> list[Name]:
    """Return series with those of the whole market that matter first."""
    first = {(observable, "market", "all"): place for place, observable in enumerate(FIRST_SERIES)}
    return sorted(names, key=lambda name: (first.get(name[:3], len(first)), name))


def _label(name: Name) -> str:
    observable, entity, segment, _ = name
    return f"{observable.replace('_', ' ')}, {entity}" + ("" if segment == "all" else f", {segment}")
