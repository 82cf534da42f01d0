"""The run beside the disclosed actuals: how many figures it meets so far, and which it misses."""

import math
from typing import Any

from calibration.scoreboard import scoreboard
from calibration.targets import load_targets
from model import InferenceMarket
from runs.charts.palette import labs
from runs.scores.score_table import period
from runs.terminal.short_numbers import bare
from runs.view.page_session import Session
from runs.view.scrolled import scrolled
from runs.view.ui import rv, solara

LEAD = (
    "Every disclosed figure has a band within which a run meets it. Rows to calibrate may be fitted; rows to validate "
    "and forecast are only scored. Rows beyond the date reached are not counted yet."
)


def score_rows(market: InferenceMarket) -> list[dict[str, Any]]:
    """Return the scoreboard's rows that the run has reached; model values are finite."""
    board = scoreboard(market.observables.frame(), load_targets())
    rows = [{str(key): value for key, value in row.items()} for row in board.to_dict("records")]
    return [row for row in rows if math.isfinite(float(row["model"]))]


@solara.component
def ScoreTab(session: Session, market: InferenceMarket | None, week: int, activity: str) -> None:
    """Show the table, of the week at which the run stands; while it plays, of the week when it was last asked for."""
    again, set_again = solara.use_state(0)
    rv.Html(tag="p", class_="jv-lead", children=[LEAD])
    if market is None or not week:
        solara.Text("Nothing to score yet: step a week, or press play.")
        return
    with session.lock:
        rows = score_rows(market)
    with rv.Html(tag="div", class_="jv-row"):
        solara.Button("Score again", on_click=lambda: set_again(again + 1), small=True, outlined=True,
                      disabled=activity != "playing")  # fmt: skip
    periods = {target.id: period(target) for target in load_targets()}
    for role in ("calibrate", "validate", "forecast"):
        chosen = [row for row in rows if row["role"] == role]
        if chosen:
            _Role(role, chosen, periods)
    if not rows:
        solara.Text("The run has not reached the first disclosed figure.")


@solara.component
def _Role(role: str, rows: list[dict[str, Any]], periods: dict[str, str]) -> None:
    inside = sum(bool(row["inside"]) for row in rows)
    with rv.Html(tag="div", class_="jv-card"):
        rv.Html(tag="h2", children=[f"{role.capitalize()}: {inside} of {len(rows)} inside the band so far"])
        with scrolled(f"Figures to {role}"), rv.Html(tag="table", class_="jv-table"):
            with rv.Html(tag="tr"):
                for title in ("", "what", "when", "disclosed", "band", "model", "unit"):
                    number = title in ("disclosed", "band", "model")
                    rv.Html(tag="th", class_="jv-num" if number else "", children=[title])
            for row in rows:
                _Row(row, periods[str(row["id"])])


@solara.component
def _Row(row: dict[str, Any], when: str) -> None:
    unit, met = str(row["unit"]), bool(row["inside"])
    entity = str(row["entity"])
    who = "" if entity == "market" else f"{labs().get(entity, (entity,))[0]}: "
    of = "" if row["segment"] == "all" else f", {row['segment']}"
    with rv.Html(tag="tr"):
        rv.Html(tag="td", class_="jv-in" if met else "jv-out", children=["met" if met else "missed"])
        rv.Html(tag="td", children=[f"{who}{str(row['observable']).replace('_', ' ')}{of}"])
        rv.Html(tag="td", children=[when])
        rv.Html(tag="td", class_="jv-num", children=[bare(float(row["target"]), unit)])
        rv.Html(
            tag="td", class_="jv-num", children=[f"{bare(float(row['low']), unit)} .. {bare(float(row['high']), unit)}"]
        )
        rv.Html(tag="td", class_="jv-num", children=[bare(float(row["model"]), unit)])
        rv.Html(tag="td", children=[unit])
