"""Levers: mechanisms on and off, and the parameters that matter. Moved levers hold from the coming week on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from model import InferenceMarket, JevonsError, Parameters
from runs.view.address import Setup, write_value
from runs.view.controls import ScenarioChoice
from runs.view.levers import STEPS, Slider, check, sliders, switches
from runs.view.page_session import Session, Status
from runs.view.ui import button, fault, html, rv, solara

Move = Callable[[str, Any], None]

LEAD = "Move one, then branch: the old path goes on in grey beside the new one."


@dataclass(frozen=True)
class Moves:
    """Levers that were moved and not applied yet: new values by path, and why others were refused."""

    pending: Mapping[str, Any] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    def moved(self, parameters: Parameters, path: str, value: Any) -> "Moves":
        """Return the moves with one more: accepted, refused with its reason, or dropped if it changes nothing."""
        pending = {key: old for key, old in self.pending.items() if key != path}
        refused = {key: old for key, old in self.refused.items() if key != path}
        try:
            checked = check(parameters, path, value)
        except JevonsError as error:
            return Moves(pending, {**refused, path: str(error)})
        return Moves(pending if checked == parameters.get(path) else {**pending, path: checked}, refused)


def coming(market: InferenceMarket | None) -> Parameters:
    """Return the parameters of the coming week: after a branch the market applies them only when it steps."""
    if market is None:
        return Parameters.load()
    return market.scenario.parameters_at(market.clock.date) if market.scenario.changes else market.parameters


@solara.component
def LeverPanel(session: Session, market: InferenceMarket | None, setup: Setup, status: Status) -> None:
    """Show the scenario and all levers, and the button that branches."""
    moves, set_moves = solara.use_state(Moves())
    parameters = coming(market)

    def move(path: str, value: Any) -> None:
        set_moves(moves.moved(parameters, path, value))

    def apply() -> None:
        try:
            session.branch(moves.pending)
        except JevonsError as error:
            set_moves(replace(moves, error=str(error)))
        else:
            set_moves(Moves())

    ScenarioChoice(session, setup, status.activity)
    html("h2", "", "Levers")
    html("p", "jv-lever-gloss", LEAD)
    for subject, rows in sliders().items():
        html("h3", "", subject)
        for row in rows:
            value = moves.pending.get(row.path, parameters.get(row.path))
            Lever(row, value, row.path in moves.pending, moves.refused.get(row.path, ""), move)
    html("h2", "", "Mechanisms")
    for path, title in switches(parameters).items():
        Switch(path, title, moves.pending.get(path, parameters.get(path)), move)
    if moves != Moves():
        Pending(session, moves, apply, lambda: set_moves(Moves()), status)


@solara.component
def Lever(row: Slider, value: float, moved: bool, error: str, move: Move) -> None:
    """Show one parameter: slider, exact value, unit, bounds and what it means."""
    bounds = f"{row.low:g} to {row.high:g}"
    with html("div", "jv-lever" + (" jv-moved" if moved else ""), data_lever=row.path):
        with html("div", "jv-lever-head"):
            html("span", "jv-lever-name", row.title, title=f"{row.path}; {row.source}")
            html("span", "jv-lever-unit", row.unit)
        with html("div", "jv-lever-line"):
            rv.Slider(
                v_model=row.position(value),
                on_v_model=lambda at: _slid(row, value, at, move),
                min=0,
                max=STEPS,
                dense=True,
                hide_details=True,
                attributes={"aria-label": f"{row.title}, {row.unit}"},
            )
            solara.InputText(
                f"{row.title}, {row.unit}",  # for screen readers: the style sheet hides it
                value=f"{value:g}",
                on_value=lambda text: _typed(value, text, row.path, move),
                dense=True,
                classes=["jv-number"],
                hide_details=True,
            )
        html("div", "jv-lever-gloss", f"{row.gloss} ({bounds})")
        if error:
            fault(error)


def _slid(row: Slider, value: float, at: float, move: Move) -> None:
    """Move to a slider's position, unless the present value is there already."""
    if round(at) != row.position(value):
        move(row.path, row.value(at))


def _typed(value: float, text: str, path: str, move: Move) -> None:
    if text.strip() != f"{value:g}":
        move(path, text)


@solara.component
def Switch(path: str, title: str, on: bool, move: Move) -> None:
    """Show one mechanism."""
    gloss = next(row.gloss for row in Parameters.load().rows() if row.name == path)
    with solara.Tooltip(gloss):
        rv.Switch(
            v_model=on,
            on_v_model=lambda value: move(path, value),
            label=title,
            dense=True,
            hide_details=True,
            class_="jv-switch",
            attributes={"data-lever": path},
        )


@solara.component
def Pending(
    session: Session, moves: Moves, apply: Callable[[], None], forget: Callable[[], None], status: Status
) -> None:
    """Show what would change and from when, to branch or to forget. It follows the status, which holds the week."""
    market = session.market
    when = f"{market.clock.date}" if status.activity == "paused" and market is not None else "the next week"
    possible = bool(moves.pending) and status.activity in ("paused", "playing")
    with html("div", "jv-pending"):
        for path, value in moves.pending.items():
            html("div", "jv-caption", f"{path} = {write_value(value)}")
        if moves.error:
            fault(moves.error)
        if status.activity == "finished":
            html("div", "jv-caption", "The run has ended: start over, then branch on the way.")
        button(f"Branch from {when}", apply, color="primary", disabled=not possible)
        button("Forget", forget, text=True)
