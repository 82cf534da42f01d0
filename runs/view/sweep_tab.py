"""Sweeps and claims: fans over runs, scenarios compared, the map of supply limits, and the claims' verdicts."""

import base64
import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path

import pandas as pd

from runs.terminal.short_numbers import bare
from runs.view.page_session import Session
from runs.view.result_figures import fan_figure, map_figure
from runs.view.result_sets import Name, ResultSet, binned, ends, find_claims, find_sets, nothing_found, varied
from runs.view.serve import RESULTS_VARIABLE
from runs.view.ui import Loaded, button, html, markdown, row, scrolled, solara

CLAIMS_PAGE = Path(__file__).parents[2] / "docs" / "claims.md"
FIRST_SERIES = ("tokens_served", "demand_unserved_share", "price_paid", "revenue_run_rate", "live_compute")
# The limits of supply come first where a sweep has varied them.
LIMITS = ("power_supplier.turbines.expansion", "chip_maker.merchant.expansion", "hyperscalers.credit")


@solara.component
def SweepTab(session: Session) -> None:  # noqa: ARG001 - every tab takes the session
    """Choose a result set and show it; below it the claims."""
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
        html("p", "jv-lead", nothing_found(root))
    Claims(root)


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
    table = []
    for scenario, values in last.items():
        ratio = "-" if base is None or not base.median() else f"×{values.median() / base.median():.3g}"
        figures = [bare(float(value), unit) for value in (values.min(), values.median(), values.max())]
        table.append((scenario, len(values), *figures, ratio))
    title = f"Scenarios compared: mean of the last 13 weeks, {unit}"
    with html("div", "jv-card"):
        html("h2", "", title)
        _table(title, ("scenario", "runs", "lowest", "median", "highest", "its median to the baseline's"), table)


def _table(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    figures = range(1, len(head))
    with scrolled(name), html("table", "jv-table"):
        row(head, figures, "th")
        for cells in rows:
            row(cells, figures)


@solara.component
def Claims(root: Path) -> None:
    """Show the claims' verdicts with their figures: of the last run here, else those that come with the model."""

    def show(read: tuple[tuple[pd.DataFrame, list[Path]] | None, str]) -> None:
        found, page = read
        if found is not None and len(found[0]):
            _verdicts(*found)
        elif page:
            with scrolled("The claims, with their figures"):
                solara.HTML(tag="div", unsafe_innerHTML=page, classes=["jv-prose"])
        else:
            html("p", "jv-lead", f"No verdicts yet: neither {root / 'claims'} nor docs/claims.md holds any.")

    with html("div", "jv-card"):
        html("h2", "", "Claims on trial")
        Loaded(lambda: (find_claims(root), shipped_claims()), _reading("the claims' verdicts"), show)


def _verdicts(table: pd.DataFrame, pictures: list[Path]) -> None:
    head = [str(name).replace("_", " ") for name in table.columns]
    short = table.map(lambda cell: f"{cell:.4g}" if isinstance(cell, float) else cell)
    _table("The claims' verdicts", head, short.itertuples(index=False))
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
