"""The forecast that comes with the model: medians and intervals by month, and the run on screen beside them."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from model import InferenceMarket
from runs.analysis.trust import by_month
from runs.terminal.short_numbers import bare
from runs.view.dates import day_words
from runs.view.page_session import Session
from runs.view.plain_html import show_table, table_of
from runs.view.score_tab import series_words, unit_words
from runs.view.ui import ChoiceGroup, Loaded, html, solara
from runs.view.widgets import STATIC

FOLDER = Path(__file__).parents[2] / "docs" / "forecasts"
MONTHS = ("2026-12", "2027-06", "2027-12", "2028-06", "2028-12")
FIRST = 0
HEAD = ("", "what", "low", "median", "high", "run on screen", "unit")
FIGURES = (2, 3, 4, 5)
# Shares below this are shown as 0%.
NOTHING = 5e-5
LEAD = (
    "This forecast was frozen when it was made, so that later disclosures can judge it. Nine of ten runs of the fitted "
    "ensemble lie between low and high. All figures are means of the month."
)


@dataclass(frozen=True)
class Forecast:
    """The current forecast: its name, what it was fitted to, and its rows, one a month of a series."""

    name: str
    fitted: str
    rows: pd.DataFrame


@cache
def current_forecast(folder: Path = FOLDER) -> Forecast | None:
    """Return the forecast of the first row of the list; None where there is no list."""
    page = folder / "README.md"
    if not page.is_file():
        return None
    text = page.read_text(encoding="utf-8")
    first = re.search(r"^\| \[(\S+?)\]\(.*?\) \| (\S+) \|", text, flags=re.MULTILINE)
    if first is None or not (folder / first[1] / "forecast.csv").is_file():
        return None
    return Forecast(first[1], first[2], by_month(pd.read_csv(folder / first[1] / "forecast.csv")))


def monthly(market: InferenceMarket, month: str) -> dict[tuple[str, str, str], float]:
    """Return the mean of a month of every series that the run has reached the end of it with."""
    clock = market.clock
    days = pd.DatetimeIndex([pd.Timestamp(clock.date_of(week)) for week in range(clock.week)])
    here = days.strftime("%Y-%m") == month
    over = len(days) and days[-1] + pd.Timedelta(days=7) > pd.Period(month, "M").end_time
    if not here.any() or not over:
        return {}
    names = {(str(a), str(b), str(c)) for a, b, c, *_ in market.observables.names}
    return {name: float(market.observables.series(*name)[here].mean()) for name in names}


@solara.component
def ForecastTab(session: Session, market: InferenceMarket | None, week: int, activity: str) -> None:
    """Show the forecast for a month, and the run where it has got so far."""
    solara.Style(STATIC / "evidence.css")
    month, set_month = solara.use_state(FIRST)
    forecast = current_forecast()
    if forecast is None:
        html("p", "jv-lead", "No forecast comes with this copy of the model.")
        return
    html("p", "jv-lead", LEAD)
    with html("div", "jv-row"):
        ChoiceGroup("Month", range(len(MONTHS)), month, set_month, label=lambda at: _month_words(MONTHS[at]))

    def load() -> Mapping[tuple[str, str, str], float]:
        if market is None or not market.clock.week:
            return {}
        with session.lock:
            return monthly(market, MONTHS[month])

    def shown(run: Mapping[tuple[str, str, str], float]) -> None:
        with html("div", "jv-card"):
            fitted = day_words(pd.Timestamp(forecast.fitted).date())
            html("h2", "", f"{_month_words(MONTHS[month])}: forecast fitted to what was known on {fitted}")
            cells, firsts = forecast_rows(forecast, MONTHS[month], run)
            show_table("The forecast", table_of(HEAD, cells, FIGURES, firsts, stacked=True))
            if not run:
                html("p", "jv-caption", "The run on screen has not reached the end of this month.")

    key = f"{id(market)}-{month}" + (f"-{week}" if activity != "playing" else "")
    Loaded(load, ("p", "jv-lead", "Reading the forecast …"), shown).key(key)


def forecast_rows(
    forecast: Forecast, month: str, run: Mapping[tuple[str, str, str], float]
) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Return the table's rows for a month and the CSS class of each first cell, which says if the run is inside."""
    cells: list[tuple[Any, ...]] = []
    firsts = []
    for one in forecast.rows[forecast.rows["month"] == month].to_dict("records"):
        value = run.get((one["observable"], one["entity"], one["segment"]), math.nan)
        inside = float(one["q05"]) <= value <= float(one["q95"])
        word = "" if math.isnan(value) else "inside" if inside else "outside"
        unit = str(one["unit"])
        numbers = (_figure(float(number), unit) for number in (one["q05"], one["q50"], one["q95"], value))
        cells.append((word, series_words(one["observable"], one["entity"], one["segment"]), *numbers, unit_words(unit)))
        firsts.append("jv-in" if word == "inside" else "jv-out" if word else "")
    return cells, firsts


def _figure(value: float, unit: str) -> str:
    """Return a figure in short form; a share that is next to nothing is 0%."""
    return bare(0.0 if unit == "share" and abs(value) < NOTHING else value, unit)


def _month_words(month: str) -> str:
    return pd.Period(month, "M").strftime("%B %Y")
