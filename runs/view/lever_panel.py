"""Levers: what a scenario changes, to be edited, and all others folded. A moved lever holds from its date on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from model import JevonsError, Parameters, Scenario
from runs.view.address import Lever as Changed
from runs.view.address import Setup, write_value
from runs.view.dates import day_words
from runs.view.levers import STEPS, Slider, check, slider_of, sliders, switches, title_of_path
from runs.view.page_session import Session, Status
from runs.view.ui import button, fault, html, rv, solara

Place = tuple[str, date | None]
"""A lever and the date from which it holds; None is the first week."""
Move = Callable[[Place, Any], None]

# From when a lever holds that is moved while the end of the run is shown.
USUAL_DATE = date(2026, 1, 5)


@dataclass(frozen=True)
class Moves:
    """Levers that were moved and not drawn yet: new values by place, and why others were refused."""

    pending: Mapping[Place, Any] = field(default_factory=dict)
    refused: Mapping[Place, str] = field(default_factory=dict)
    error: str = ""

    def moved(self, parameters: Parameters, place: Place, value: Any) -> "Moves":
        """Return the moves with one more: accepted, refused with its reason, or dropped if it changes nothing.

        parameters: those in force from the lever's date on.
        """
        pending = {key: old for key, old in self.pending.items() if key != place}
        refused = {key: old for key, old in self.refused.items() if key != place}
        try:
            checked = check(parameters, place[0], value)
        except JevonsError as error:
            return Moves(pending, {**refused, place: str(error)})
        return Moves(pending if checked == parameters.get(place[0]) else {**pending, place: checked}, refused)


def lever_date(session: Session) -> date | None:
    """Return from when a lever that is moved now holds: the week after the one shown; a usual date at the end."""
    day = session.next_date
    if day is not None or session.whole is None:
        return day
    clock = session.whole.clock
    return USUAL_DATE if clock.start < USUAL_DATE <= clock.until else clock.date_of(clock.weeks_total // 2)


@solara.component
def LeverPanel(session: Session, setup: Setup, status: Status) -> None:
    """Show the levers that the run changes, all others folded, and the button that draws the moved ones."""
    moves, set_moves = solara.use_state(Moves())
    unfolded, set_unfolded = solara.use_state(False)
    scenario: Scenario = solara.use_memo(setup.build, [setup])
    changed: list[Changed] = solara.use_memo(setup.changed, [setup])
    since = lever_date(session)

    def move(place: Place, value: Any) -> None:
        set_moves(moves.moved(in_force(scenario, place[1]), place, value))

    def draw() -> None:
        try:
            session.move([Changed(path, value, day) for (path, day), value in moves.pending.items()])
        except JevonsError as error:
            set_moves(replace(moves, error=str(error)))
        else:
            set_moves(Moves())

    if changed:
        html("h2", "", "What it changes")
        for one in changed:
            _row((one.path, one.since), in_force(scenario, one.since), moves, move, dated=True)
    if moves != Moves():
        Pending(moves, draw, lambda: set_moves(Moves()), status)
    with html("div", "jv-row jv-fold"):
        button("Fold the levers" if unfolded else "All levers", lambda: set_unfolded(not unfolded), text=True,
               attributes={"aria-expanded": str(unfolded).lower()})  # fmt: skip
    if unfolded and since is not None:
        _all_levers(since, in_force(scenario, since), {one.path for one in changed if one.since == since}, moves, move)


def in_force(scenario: Scenario, day: date | None) -> Parameters:
    """Return a scenario's parameters from a date on; None is the first week."""
    return scenario.parameters if day is None else scenario.parameters_at(day)


def _all_levers(since: date, parameters: Parameters, shown: set[str], moves: Moves, move: Move) -> None:
    """Show every lever that is not `shown` already, by subject, then the mechanisms."""
    when = f"A lever that you move holds from {day_words(since)} on. Choose another date on the time line."
    html("p", "jv-lever-gloss", when)
    subjects = {subject: [row.path for row in rows] for subject, rows in sliders().items()}
    for subject, paths in {**subjects, "Mechanisms": list(switches(parameters))}.items():
        html("h3", "", subject)
        for path in paths:
            if path not in shown:
                _row((path, since), parameters, moves, move)


def _row(place: Place, parameters: Parameters, moves: Moves, move: Move, dated: bool = False) -> None:
    """Show one lever with the widget that fits it."""
    path, since = place
    value = moves.pending.get(place, parameters.get(path))
    when = "" if not dated else since_words(since)
    if isinstance(value, bool):
        Switch(path, title_of_path(path), value, when, partial(move, place))
    elif (row := slider_of(path)) is not None:
        Lever(row, value, place in moves.pending, moves.refused.get(place, ""), when, partial(move, place))
    else:
        html("div", "jv-caption", f"{title_of_path(path)}: {write_value(value)} {when}")


def since_words(since: date | None) -> str:
    """Say from when a lever holds."""
    return "from the start" if since is None else f"from {day_words(since)}"


@solara.component
def Lever(row: Slider, value: float, moved: bool, error: str, when: str, move: Callable[[Any], None]) -> None:
    """Show one parameter: slider, exact value, unit, bounds and what it means."""
    bounds = f"{row.low:g} to {row.high:g}"
    name = f"{row.title}, {row.unit}" + (f", {when}" if when else "")
    with html("div", "jv-lever" + (" jv-moved" if moved else ""), data_lever=row.path):
        with html("div", "jv-lever-head"):
            html("span", "jv-lever-name", row.title, title=f"{row.path}; {row.source}")
            html("span", "jv-lever-unit", when or row.unit)
        with html("div", "jv-lever-line"):
            rv.Slider(
                v_model=row.position(value),
                on_v_model=lambda at: _slid(row, value, at, move),
                min=0,
                max=STEPS,
                dense=True,
                hide_details=True,
                attributes={"aria-label": f"{name}: {value:g}", "aria-valuetext": f"{value:g} {row.unit}"},
            )
            solara.InputText(
                name,  # for screen readers: the style sheet hides it
                value=f"{value:g}",
                on_value=lambda text: _typed(value, text, move),
                dense=True,
                classes=["jv-number"],
                hide_details=True,
            )
        html("div", "jv-lever-gloss", f"{row.gloss} ({bounds})")
        if error:
            fault(error)


def _slid(row: Slider, value: float, at: float, move: Callable[[Any], None]) -> None:
    """Move to a slider's position, unless the present value is there already."""
    if round(at) != row.position(value):
        move(row.value(at))


def _typed(value: float, text: str, move: Callable[[Any], None]) -> None:
    if text.strip() != f"{value:g}":
        move(text)


@solara.component
def Switch(path: str, title: str, on: bool, when: str, move: Callable[[bool], None]) -> None:
    """Show one mechanism."""
    gloss = next(row.gloss for row in Parameters.load().rows() if row.name == path)
    with html("div", "jv-lever", data_lever=path):
        rv.Switch(
            v_model=on,
            on_v_model=move,
            label=f"{title} {when}".strip(),
            dense=True,
            hide_details=True,
            class_="jv-switch",
            attributes={"title": gloss},
        )


@solara.component
def Pending(moves: Moves, draw: Callable[[], None], forget: Callable[[], None], status: Status) -> None:
    """Show what would change and from when, to run or to undo."""
    possible = bool(moves.pending) and status.activity not in ("building", "failed")
    with html("div", "jv-pending"):
        for (path, since), value in moves.pending.items():
            html("div", "jv-caption", f"{title_of_path(path)}: {write_value(value)} {since_words(since)}")
        if moves.error:
            fault(moves.error)
        button("Run it", draw, color="primary", disabled=not possible)
        button("Undo", forget, text=True)
