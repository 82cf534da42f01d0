"""The run beside the disclosed actuals: how many figures it meets so far, and which it misses."""

import math
from typing import Any

from calibration.scoreboard import scoreboard
from calibration.targets import ORIGIN, ROLES, load_targets
from model import InferenceMarket
from runs.charts.palette import labs
from runs.scores.score_table import period
from runs.terminal.short_numbers import bare
from runs.view.page_session import Session
from runs.view.ui import button, html, row, scrolled, solara

LEAD = (
    "Every disclosed figure has a band within which a run meets it. The baseline was fitted to all of them. "
    f"The ensembles behind the forecasts saw only rows to calibrate, which were public by {ORIGIN}. "
    "Rows beyond the date reached are not counted yet."
)
# Places of the columns with figures.
FIGURES = (3, 4, 5)


def score_rows(market: InferenceMarket) -> list[dict[str, Any]]:
    """Return the scoreboard's rows that the run has reached; model values are finite."""
    board = scoreboard(market.observables.frame(), load_targets())
    rows = [{str(key): value for key, value in row.items()} for row in board.to_dict("records")]
    return [row for row in rows if math.isfinite(float(row["model"]))]


@solara.component
def ScoreTab(session: Session, market: InferenceMarket | None, week: int, activity: str) -> None:
    """Show the table for the week reached; while the run plays, for the week when it was last asked for."""
    again, set_again = solara.use_state(0)
    html("p", "jv-lead", LEAD)
    if market is None or not week:
        solara.Text("Nothing to score yet: step a week, or press play.")
        return
    with session.lock:
        rows = score_rows(market)
    with html("div", "jv-row"):
        button("Score again", lambda: set_again(again + 1), outlined=True, disabled=activity != "playing")
    periods = {target.id: period(target) for target in load_targets()}
    for role in ROLES:
        if chosen := [one for one in rows if one["role"] == role]:
            _role(role, chosen, periods)
    if not rows:
        solara.Text("The run has not reached the first disclosed figure.")


def _role(role: str, rows: list[dict[str, Any]], periods: dict[str, str]) -> None:
    inside = sum(bool(one["inside"]) for one in rows)
    with html("div", "jv-card"):
        html("h2", "", f"{role.capitalize()}: {inside} of {len(rows)} inside the band so far")
        with scrolled(f"Figures to {role}"), html("table", "jv-table"):
            row(("", "what", "when", "disclosed", "band", "model", "unit"), FIGURES, "th")
            for one in rows:
                met = bool(one["inside"])
                cells = ("met" if met else "missed", _what(one), periods[str(one["id"])], *_figures(one), one["unit"])
                row(cells, FIGURES, first="jv-in" if met else "jv-out")


def _what(one: dict[str, Any]) -> str:
    entity, segment = str(one["entity"]), one["segment"]
    who = "" if entity == "market" else f"{labs().get(entity, (entity,))[0]}: "
    return f"{who}{str(one['observable']).replace('_', ' ')}" + ("" if segment == "all" else f", {segment}")


def _figures(one: dict[str, Any]) -> tuple[str, str, str]:
    target, low, high, model = (bare(float(one[key]), str(one["unit"])) for key in ("target", "low", "high", "model"))
    return target, f"{low} .. {high}", model
