"""Play, pause, step, speed, start over, how far to run; and messages, in place of a dead page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from model import JevonsError
from runs.charts.curves import END_OF_DATA
from runs.view.address import SCALES, Setup, read_seed
from runs.view.choice_group import ChoiceGroup
from runs.view.levers import scenario_lines
from runs.view.page_session import SPEEDS, Session, Status
from runs.view.ui import rv, solara


@solara.component
def Controls(session: Session, status: Status, setup: Setup, toggle_levers: Callable[[], None]) -> None:
    """Show the bar of controls."""
    ready, going = status.activity == "paused", status.activity in ("playing", "hurrying")
    further = status.activity in ("paused", "playing")
    with rv.Html(tag="div", class_="jv-controls"):
        if going:
            solara.Button("Pause", on_click=session.pause, color="primary", small=True, class_="jv-play")
        else:
            solara.Button(
                "Play", on_click=session.play, color="primary", small=True, disabled=not ready, class_="jv-play"
            )
        solara.Button("Step a week", on_click=session.step, small=True, outlined=True, disabled=not ready)
        ChoiceGroup("Weeks a second", SPEEDS, status.speed, session.set_speed, label=_speed)
        rv.Html(tag="span", class_="jv-caption", children=["weeks a second"])
        solara.Button("To March 2026", on_click=lambda: session.hurry(END_OF_DATA), small=True, text=True,
                      disabled=not further or _past(session, END_OF_DATA))  # fmt: skip
        solara.Button(
            "To the end", on_click=lambda: session.hurry(date.max), small=True, text=True, disabled=not further
        )
        rv.Html(tag="span", class_="jv-spacer")
        solara.Button("Levers", on_click=toggle_levers, small=True, outlined=True, class_="jv-toggle")
        if status.compared:
            solara.Button("Drop the grey path", on_click=session.drop_reference, small=True, text=True)
        solara.Button("Start over", small=True, text=True, disabled=status.activity == "building",
                      on_click=lambda: session.start_over(_fresh(setup)))  # fmt: skip


def _speed(weeks: int) -> str:
    return str(weeks) if weeks else "max"


def _past(session: Session, day: date) -> bool:
    return session.market is None or session.market.clock.date > day


def _fresh(setup: Setup) -> Setup:
    """The same setup at its first week: levers that were moved during the run are back."""
    return replace(setup, levers=tuple(lever for lever in setup.levers if lever.since is None), at=None)


@solara.component
def Message(session: Session, message: str, refused: list[str]) -> None:
    """Show what went wrong, and the way out."""
    seen, set_seen = solara.use_state(False)
    with rv.Html(tag="div", class_="jv-messages"):
        if message:
            way = ". The run cannot go on from here: start over, or choose another scenario."
            _Notice([message + (way if session.status.activity == "failed" else "")], session.dismiss)
        if refused and not seen:
            _Notice(refused, lambda: set_seen(True))


@solara.component
def _Notice(lines: list[str], put_away: Callable[[], None]) -> None:
    with rv.Html(tag="div", class_="jv-notice", attributes={"role": "alert"}):
        with rv.Html(tag="div"):
            for line in lines:
                rv.Html(tag="div", children=[line])
        solara.Button("Put away", on_click=put_away, small=True, text=True)


@solara.component
def ScenarioChoice(session: Session, setup: Setup, activity: str) -> None:
    """Choose scenario, scale and seed; a choice starts a new market."""
    error, set_error = solara.use_state("")
    lines = {title: (name, text) for name, title, text in scenario_lines()}
    titles = {name: title for title, (name, _) in lines.items()}

    def start(**fields: str | int) -> None:
        try:
            session.start_over(replace(Setup(setup.scenario, setup.scale, setup.seed), **fields))  # type: ignore[arg-type]
            set_error("")
        except JevonsError as refused:
            set_error(str(refused))

    def new_seed(text: str) -> None:
        try:
            seed = read_seed(text)
        except JevonsError as refused:
            set_error(str(refused))
        else:
            start(seed=seed)

    rv.Html(tag="h2", children=["Scenario"])
    solara.Select("Scenario", values=list(lines), value=titles.get(setup.scenario, setup.scenario), dense=True,
                  on_value=lambda title: start(scenario=lines[title][0]))  # fmt: skip
    rv.Html(tag="p", class_="jv-lever-gloss", children=[lines.get(titles.get(setup.scenario, ""), ("", ""))[1]])
    with rv.Html(tag="div", class_="jv-lever-line"):
        solara.Select(
            "Scale", values=list(SCALES), value=setup.scale, on_value=lambda scale: start(scale=scale), dense=True
        )
        solara.InputText("Seed", value=str(setup.seed), on_value=new_seed, dense=True)
    if error:
        rv.Html(tag="div", class_="jv-error", attributes={"role": "alert"}, children=[error])
    if activity == "building":
        rv.Html(tag="p", class_="jv-lever-gloss", children=["Building the market …"])
