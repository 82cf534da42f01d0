"""The first screen: one large chart, the run against the baseline, and its measure to choose."""

from collections.abc import Callable
from datetime import date

from runs.charts.figure_style import PART_WORDS
from runs.view.answer import answer_beside
from runs.view.baseline_file import shipped_baseline
from runs.view.cards import title_of
from runs.view.live import Live
from runs.view.measures import Measure, measures, point_words
from runs.view.page_session import Session
from runs.view.story import band_words, branch_marks, packed, story_spec
from runs.view.ui import html, solara
from runs.view.widgets import StoryChart

KEYS = (("●", PART_WORDS["fitted"]), ("□", PART_WORDS["scored"]))


@solara.component
def StoryTab(session: Session) -> None:
    """Show the chart, its question and its measure."""
    key, set_key = solara.use_state(session.choices.get("measure", next(iter(measures()))))
    measure = measures()[key]

    def choose(label: str) -> None:
        chosen = next(one.key for one in measures().values() if one.label == label)
        session.choices["measure"] = chosen
        set_key(chosen)

    with html("section", "jv-card jv-story-card"):
        with html("div", "jv-story-head"):
            html("h2", "jv-question", measure.question)
            with html("div", "jv-measure"):
                solara.Select("Show", values=[one.label for one in measures().values()], value=measure.label,
                              on_value=choose, dense=True)  # fmt: skip
        Chart(session, measure)
        Legend(measure, session.status.stale)
    solara.use_effect(session.redraw, [key])


@solara.component
def Chart(session: Session, measure: Measure) -> None:
    """Show the canvas, which follows the run; `measure` may change."""
    latest = solara.use_ref(measure)
    latest.current = measure

    def draw(widget: StoryChart, of: Session) -> Callable[[], bool]:
        run = of.shown
        if run is None:
            return lambda: True
        shown, clock = latest.current, run.clock
        wanted = (shown.key, clock.start.isoformat(), clock.weeks_total)
        changes = {}
        if tuple(widget.spec.get(name) for name in ("key", "start", "weeks")) != wanted:
            changes["spec"] = _spec(shown, clock.start, clock.weeks_total)
        title = title_of(of.setup)
        return widget.show(
            **changes,
            answer=answer_beside(shown, run, of.baseline if of.whole is not None else None, of.shown_weeks, title),
            values=packed(shown, of.whole),
            baseline=packed(shown, of.baseline),
            week=of.shown_weeks,
            branches=branch_marks(of, title),
            names=[title, "Baseline"],
        )

    Live(session, StoryChart.element, draw)


def _spec(measure: Measure, start: date, weeks: int) -> dict[str, object]:
    return story_spec(measure, start, weeks, shipped_baseline())


@solara.component
def Legend(measure: Measure, stale: bool) -> None:
    """Say what points, band and lines are."""
    with html("div", "jv-legend"):
        if any(line.points for line in measure.lines):
            for sign, meaning in KEYS:
                with html("span"):
                    html("b", "", sign)
                    solara.Text(f" {meaning}")
            if words := point_words(measure):
                html("span", "", words)
        for line in measure.lines:
            if line.explained:
                html("span", "", line.explained)
        if words := band_words(measure, shipped_baseline()):
            html("span", "", words)
        html("span", "", measure.gloss)
        if stale:
            html("span", "jv-stale", "The shipped baseline is of an older model: the live one replaces it in a moment.")
