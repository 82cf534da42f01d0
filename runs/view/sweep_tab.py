"""Sweeps and claims: fans over runs, scenarios compared, the map of supply limits, and the claims' verdicts."""

import base64
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from model import JevonsError
from runs.terminal.short_numbers import bare
from runs.view.page_session import Session
from runs.view.result_figures import fan_figure, map_figure
from runs.view.result_sets import Name, ResultSet, binned, ends, find_claims, find_sets, nothing_found, varied
from runs.view.scrolled import scrolled
from runs.view.serve import RESULTS_VARIABLE
from runs.view.ui import lab, markdown, rv, solara

CLAIMS_PAGE = Path(__file__).parents[2] / "docs" / "claims.md"
FIRST_SERIES = ("tokens_served", "demand_unserved_share", "price_paid", "revenue_run_rate", "live_compute")
# The limits of supply come first where a sweep has varied them.
LIMITS = ("hyperscalers.power_mw_per_week", "hyperscalers.chip_growth_floor_per_year", "hyperscalers.capital_share")


@solara.component
def SweepTab(session: Session) -> None:  # noqa: ARG001 - every tab takes the session
    """Choose a result set and show it; below it the claims."""
    root = Path(os.environ.get(RESULTS_VARIABLE, "runs/results"))
    again, set_again = solara.use_state(0)
    sets = solara.use_memo(lambda: find_sets(root), [str(root), again])
    chosen, set_chosen = solara.use_state(0)
    with rv.Html(tag="div", class_="jv-row"):
        if sets:
            titles = [one.title for one in sets]
            solara.Select(
                "Result set",
                values=titles,
                value=titles[min(chosen, len(sets) - 1)],
                dense=True,
                on_value=lambda title: set_chosen(titles.index(title)),
            )
        solara.Button("Look again", on_click=lambda: set_again(again + 1), small=True, outlined=True)
    if sets:
        shown = sets[min(chosen, len(sets) - 1)]
        Shown(shown).key(f"{shown.title}-{again}")
    else:
        rv.Html(tag="p", class_="jv-lead", children=[nothing_found(root)])
    Claims(root)


@solara.component
def Shown(of: ResultSet) -> None:
    """Show one result set."""
    place, set_place = solara.use_state(0)

    def read() -> tuple[list[Name], pd.DataFrame, str]:
        try:
            return _sorted(of.names), of.table, ""
        except JevonsError as error:
            return [], pd.DataFrame(), str(error)

    reading = lab.use_task(read, dependencies=[], prefer_threaded=True)
    if not reading.finished or reading.value is None:
        _BeingRead(of.title)
        return
    names, table, error = reading.value
    if error or not names:
        rv.Html(tag="p", class_="jv-error", children=[error or f"{of.title}: no run is finished yet."])
    else:
        labels = [_label(name) for name in names]
        solara.Select(
            "Series",
            values=labels,
            value=labels[place],
            on_value=lambda label: set_place(labels.index(label)),
            dense=True,
        )
        Series(of, names[place], table).key(labels[place])


@solara.component
def Series(of: ResultSet, name: Name, table: pd.DataFrame) -> None:
    """Show one series of all runs: the fan, the comparison and, where two things were varied, the map."""
    observable, entity, segment, unit = name

    def read() -> tuple[pd.DataFrame, list[tuple[str, bytes]], str]:
        try:
            rows = of.series(observable, entity, segment)
        except JevonsError as error:
            return pd.DataFrame(), [], str(error)
        return rows, _pictures(name, rows, table) if len(rows) else [], ""

    reading = lab.use_task(read, dependencies=[], prefer_threaded=True)
    if not reading.finished or reading.value is None:
        _BeingRead(_label(name))
        return
    rows, pictures, error = reading.value
    if error:
        rv.Html(tag="p", class_="jv-error", children=[error])
    for title, picture in pictures:
        with rv.Html(tag="div", class_="jv-card jv-picture", attributes={"role": "img", "aria-label": title}):
            solara.Image(picture, width="100%")
    if len(rows):
        Comparison(unit, _by_scenario(rows, table))


@solara.component
def _BeingRead(what: str) -> None:
    rv.Html(tag="p", class_="jv-lead", attributes={"role": "status"}, children=[f"Reading: {what} …"])


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


@solara.component
def Comparison(unit: str, by_scenario: dict[str, pd.DataFrame]) -> None:
    """Show how scenarios end."""
    last = {scenario: ends(rows) for scenario, rows in by_scenario.items()}
    base = last.get("baseline")
    title = f"Scenarios compared: mean of the last 13 weeks, {unit}"
    with rv.Html(tag="div", class_="jv-card"):
        rv.Html(tag="h2", children=[title])
        with scrolled(title), rv.Html(tag="table", class_="jv-table"):
            _cells("th", ("scenario", "runs", "lowest", "median", "highest", "its median to the baseline's"))
            for scenario, values in last.items():
                ratio = "-" if base is None or not base.median() else f"×{values.median() / base.median():.3g}"
                figures = [bare(float(value), unit) for value in (values.min(), values.median(), values.max())]
                _cells("td", (scenario, str(len(values)), *figures, ratio))


def _cells(tag: str, cells: tuple[Any, ...]) -> None:
    with rv.Html(tag="tr"):
        for place, cell in enumerate(cells):
            rv.Html(tag=tag, class_="jv-num" if place else "", children=[str(cell)])


@solara.component
def Claims(root: Path) -> None:
    """Show the claims' verdicts with their figures: of the last run here, else those that come with the model."""

    def read() -> tuple[tuple[pd.DataFrame, list[Path]] | None, str, str]:
        try:
            return find_claims(root), shipped_claims(), ""
        except JevonsError as error:
            return None, "", str(error)

    reading = lab.use_task(read, dependencies=[], prefer_threaded=True)
    with rv.Html(tag="div", class_="jv-card"):
        rv.Html(tag="h2", children=["Claims on trial"])
        if not reading.finished or reading.value is None:
            _BeingRead("the claims' verdicts")
            return
        found, page, error = reading.value
        if error:
            rv.Html(tag="p", class_="jv-error", children=[error])
        elif found is not None and len(found[0]):
            _Verdicts(*found)
        elif page:
            with scrolled("The claims, with their figures"):
                solara.HTML(tag="div", unsafe_innerHTML=page, classes=["jv-prose"])
        else:
            rv.Html(
                tag="p",
                class_="jv-lead",
                children=[f"No verdicts yet: neither {root / 'claims'} nor docs/claims.md holds any."],
            )


@solara.component
def _Verdicts(table: pd.DataFrame, pictures: list[Path]) -> None:
    with scrolled("The claims' verdicts"), rv.Html(tag="table", class_="jv-table"):
        _cells("th", tuple(str(name).replace("_", " ") for name in table.columns))
        for row in table.itertuples(index=False):
            _cells("td", tuple(f"{cell:.4g}" if isinstance(cell, float) else cell for cell in row))
    for picture in pictures:
        solara.Image(picture.read_bytes(), width="100%")


@cache
def shipped_claims() -> str:
    """Return the claims that come with the model as HTML, each under its title folded up; nothing where they are not.

    Not by Solara's own component for Markdown, which loads scripts from outside to set formulas.
    """
    if not CLAIMS_PAGE.is_file():
        return ""
    return folded(markdown.markdown(with_pictures(CLAIMS_PAGE), extensions=["tables"]))


def folded(page: str) -> str:
    """Fold every claim of a page (a heading such as "Q07: ...", up to the next heading) under its title."""
    return re.sub(
        r"<h3>(Q\d+: .*?)</h3>(.*?)(?=<h[123]>|\Z)",
        r"<details><summary>\1</summary>\2</details>",
        page,
        flags=re.DOTALL,
    )


def with_pictures(page: Path) -> str:
    """Return a page in Markdown without its title and with its pictures in it: a browser cannot ask for those files."""

    def within(match: re.Match[str]) -> str:
        picture = page.parent / match[2]
        if not picture.is_file():
            return ""
        return f"![{match[1]}](data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()})"

    text = re.sub(r"\A# .*\n", "", page.read_text(encoding="utf-8"))
    return re.sub(r"!\[(.*?)\]\((.*?\.png)\)", within, text)


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
