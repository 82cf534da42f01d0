"""Play, pause, step, speed, start over, how far to run; and error messages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from model import JevonsError
from runs.charts.curves import END_OF_DATA
from runs.view.address import SCALES, Setup, read_seed
from runs.view.levers import scenario_lines
from runs.view.page_session import SPEEDS, Session, Status
from runs.view.ui import ChoiceGroup, button, fault, html, solara


@solara.component
def Controls(session: Session, status: Status, setup: Setup, toggle_levers: Callable[[], None]) -> None:
    """Show the bar of controls."""
    ready, going = status.activity == "paused", status.activity in ("playing", "hurrying")
    further = status.activity in ("paused", "playing")
    with html("div", "jv-controls"):
        if going:
            button("Pause", session.pause, color="primary", class_="jv-play")
        else:
            button("Play", session.play, color="primary", disabled=not ready, class_="jv-play")
        button("Step a week", session.step, outlined=True, disabled=not ready)
        names = {weeks: str(weeks) if weeks else "max" for weeks in SPEEDS}
        ChoiceGroup("Weeks a second", SPEEDS, status.speed, session.set_speed, label=names.__getitem__)
        html("span", "jv-caption", "weeks a second")
        arrived = not further or session.market is None or session.market.clock.date > END_OF_DATA
        button(f"To {END_OF_DATA:%B %Y}", lambda: session.hurry(END_OF_DATA), text=True, disabled=arrived)
        button("To the end", lambda: session.hurry(date.max), text=True, disabled=not further)
        html("span", "jv-spacer")
        button("Levers", toggle_levers, outlined=True, class_="jv-toggle")
        if status.compared:
            button("Drop the grey path", session.drop_reference, text=True)
        building = status.activity == "building"
        button("Start over", lambda: session.start_over(_fresh(setup)), text=True, disabled=building)


def _fresh(setup: Setup) -> Setup:
    """The same setup at its first week: levers that were moved during the run are back."""
    return replace(setup, levers=tuple(lever for lever in setup.levers if lever.since is None), at=None)


@solara.component
def Message(session: Session, message: str, refused: list[str]) -> None:
    """Show what went wrong, and the way out."""
    seen, set_seen = solara.use_state(False)
    with html("div", "jv-messages"):
        if message:
            way = ". The run cannot go on from here: start over, or choose another scenario."
            _Notice([message + (way if session.status.activity == "failed" else "")], session.dismiss)
        if refused and not seen:
            _Notice(refused, lambda: set_seen(True))


@solara.component
def _Notice(lines: list[str], close: Callable[[], None]) -> None:
    with html("div", "jv-notice", role="alert"):
        with html("div"):
            for line in lines:
                html("div", "", line)
        button("Close", close, text=True)


@solara.component
def ScenarioChoice(session: Session, setup: Setup, activity: str) -> None:
    """Choose scenario, scale and seed; a choice starts a new market."""
    error, set_error = solara.use_state("")
    lines = {title: (name, text) for name, title, text in scenario_lines()}
    titles = {name: title for title, (name, _) in lines.items()}

    def start(field: str, text: str) -> None:
        try:
            value = read_seed(text) if field == "seed" else text
            session.start_over(replace(Setup(setup.scenario, setup.scale, setup.seed), **{field: value}))  # type: ignore[arg-type]
            set_error("")
        except JevonsError as refused:
            set_error(str(refused))

    html("h2", "", "Scenario")
    solara.Select("Scenario", values=list(lines), value=titles.get(setup.scenario, setup.scenario), dense=True,
                  on_value=lambda title: start("scenario", lines[title][0]))  # fmt: skip
    html("p", "jv-lever-gloss", lines.get(titles.get(setup.scenario, ""), ("", ""))[1])
    with html("div", "jv-lever-line"):
        solara.Select(
            "Scale", values=list(SCALES), value=setup.scale, on_value=lambda scale: start("scale", scale), dense=True
        )
        solara.InputText("Seed", value=str(setup.seed), on_value=lambda text: start("seed", text), dense=True)
    if error:
        fault(error)
    if activity == "building":
        html("p", "jv-lever-gloss", "Building the market …")
