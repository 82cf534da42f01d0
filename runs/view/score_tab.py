"""The run beside the disclosed actuals: how many figures it meets so far, and which it misses."""

import math
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from calibration.scoreboard import scoreboard
from calibration.shipped import ORIGIN, PARTS, Part
from model import InferenceMarket
from runs.charts.figure_style import PART_WORDS
from runs.charts.palette import labs
from runs.scores.score_table import period
from runs.terminal.short_numbers import bare
from runs.view.dates import day_words
from runs.view.page_session import Session
from runs.view.plain_html import show_table, table_of
from runs.view.shown_figures import are_own_shown, shown_figures
from runs.view.ui import ChoiceGroup, Loaded, button, html, solara

LEAD = (
    "Every disclosed figure has a band within which a run meets it. The baseline was fitted to all of them. "
    f"The ensemble behind the forecasts saw what was public by {day_words(ORIGIN)}. "
    "Figures after the date shown are not counted yet. Misses come first, the largest at the top."
)
OWN = "Figures of your own are among them, or instead of them: nothing was fitted to those."
# Places of the columns with figures.
FIGURES = (3, 4, 5)
HEAD = ("", "what", "when", "disclosed", "band", "model", "unit")
SHOWN = ("all", "missed", "met")
WAITING = ("p", "jv-lead", "Scoring the run against what was disclosed …")


def score_rows(market: InferenceMarket) -> list[dict[str, Any]]:
    """Return the scoreboard's rows that the run has reached, misses first, the largest first; values are finite."""
    targets = shown_figures()
    frame = market.observables.frame()
    frame = frame[frame["observable"].isin({target.observable for target in targets})]
    rows = [{str(key): value for key, value in row.items()} for row in scoreboard(frame, targets).to_dict("records")]
    reached = [row for row in rows if math.isfinite(float(row["model"]))]
    return sorted(reached, key=lambda row: (bool(row["inside"]), -_error(row)))


def _error(one: dict[str, Any]) -> float:
    """Return how far off a figure is, in powers of ten; what has no logarithm is far off."""
    error = abs(float(one["log10_error"]))
    return error if math.isfinite(error) else math.inf


@solara.component
def ScoreTab(session: Session, market: InferenceMarket | None, week: int, activity: str) -> None:
    """Show the table for the week reached; while the run plays, for the week when it was last asked for."""
    again, set_again = solara.use_state(0)
    shown, set_shown = solara.use_state(0)
    html("p", "jv-lead", f"{LEAD} {OWN}" if are_own_shown() else LEAD)
    if market is None or not week:
        solara.Text("Building the market …")
        return
    with html("div", "jv-row"):
        ChoiceGroup("Which figures", range(len(SHOWN)), shown, set_shown, label=lambda at: SHOWN[at].capitalize())
        if activity == "playing":  # otherwise it is scored anyway
            button("Score again", lambda: set_again(again + 1), outlined=True)

    def load() -> list[dict[str, Any]]:
        with session.lock:
            return score_rows(market)

    key = f"{id(market)}-{again}" + (f"-{week}" if activity != "playing" else "")
    Loaded(load, WAITING, lambda rows: _parts(rows, SHOWN[shown])).key(key)


def _parts(rows: list[dict[str, Any]], shown: str) -> None:
    if not rows:
        solara.Text("The run has not reached the first disclosed figure.")
    periods = {target.id: period_words(period(target)) for target in shown_figures()}
    for part in PARTS:
        if chosen := [one for one in rows if one["part"] == part]:
            _part(part, chosen, periods, shown)


def _part(part: Part, rows: list[dict[str, Any]], periods: dict[str, str], shown: str) -> None:
    inside = sum(bool(one["inside"]) for one in rows)
    wanted = [one for one in rows if shown == "all" or bool(one["inside"]) == (shown == "met")]
    met = ["met" if one["inside"] else "missed" for one in wanted]
    cells = [(word, _what(one), periods[str(one["id"])], *_figures(one), unit_words(str(one["unit"])))
             for word, one in zip(met, wanted, strict=True)]  # fmt: skip
    with html("div", "jv-card"):
        name = PART_WORDS[part]
        html("h2", "", f"{name[:1].upper()}{name[1:]}: {inside} of {len(rows)} inside the band so far")
        firsts = ["jv-in" if word == "met" else "jv-out" for word in met]
        markup = table_of(HEAD, cells, FIGURES, firsts, stacked=True)
        show_table(f"Figures {name}", markup)


def _what(one: dict[str, Any]) -> str:
    return series_words(str(one["observable"]), str(one["entity"]), str(one["segment"]))


def period_words(period: str) -> str:
    """Return a period of the score table in words: 2025-06-15..2025-07-31 is 15 June 2025 to 31 July 2025."""
    if "/" in period:
        return " against ".join(period_words(part) for part in period.split("/"))
    first, dots, last = period.partition("..")
    if dots and "-" not in last:  # months or days of the same year or month
        last = f"{first.rpartition('-')[0]}-{last}"
    return " to ".join(_words(part) for part in (first, last) if part)


def _words(text: str) -> str:
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return text
    return f"{date(parts[0], parts[1], 1):%B %Y}" if len(parts) == 2 else day_words(date(*parts))


def series_words(observable: str, entity: str, segment: str) -> str:
    """Return a series in words: whose it is, what, and of which segment."""
    who = "" if entity == "market" else f"{labs().get(entity, (entity,))[0]}: "
    named = _names().get(observable, {}).get(segment)
    return who + (named or observable.replace("_", " ") + ("" if segment == "all" else f", {segment}"))


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    """Return the names of series by observable and segment."""
    return tomllib.loads(Path(__file__).with_name("series_names.toml").read_text(encoding="utf-8"))


def unit_words(unit: str) -> str:
    """Return a unit for a column beside figures; nothing where the figures say it themselves."""
    return "" if unit in ("share", "ratio") else unit


def _figures(one: dict[str, Any]) -> tuple[str, str, str]:
    figures = (bare(float(one[key]), str(one["unit"])) for key in ("target", "low", "high", "model"))
    target, low, high, model = (figure.replace("x", "×") for figure in figures)  # terminals know no ×
    return target, f"{low} to {high}", model
