"""Explore: small charts of everything, with the disclosed actuals; one can be made large."""

from collections.abc import Callable

from runs.charts.figure_style import PART_WORDS
from runs.view.cards import title_of
from runs.view.live import Live
from runs.view.page_session import Session
from runs.view.panels import pack, specification
from runs.view.shown_figures import shown_figures
from runs.view.story import branch_marks
from runs.view.ui import html, solara
from runs.view.widgets import LiveCharts

KEYS = (
    ("●", PART_WORDS["fitted"]),
    ("□", PART_WORDS["scored"]),
    ("grey", "the baseline beside a scenario"),
    ("┆", "end of the data, June 2026"),
    ("│", "the date from which a scenario differs"),
)


@solara.component
def MarketTab(session: Session) -> None:
    """Show the charts."""
    Live(session, LiveCharts.element, _draw)
    with html("div", "jv-legend"):
        for sign, meaning in KEYS:
            with html("span"):
                html("b", "", sign)
                solara.Text(f" {meaning}")


def _draw(widget: LiveCharts, session: Session) -> Callable[[], bool]:
    run = session.shown
    if run is None:
        return lambda: True
    clock, changes = run.clock, {}
    if not widget.spec or (widget.spec["start"], widget.spec["weeks"]) != (clock.start.isoformat(), clock.weeks_total):
        changes["spec"] = specification(shown_figures(), clock.start, clock.weeks_total)
    return widget.show(
        **changes,
        values=pack(session.whole),
        reference=pack(session.baseline),
        week=session.shown_weeks,
        branches=[mark["week"] for mark in branch_marks(session, title_of(session.setup))],
    )
