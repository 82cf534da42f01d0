"""Levers: mechanisms on and off, and the parameters that matter. Moved levers hold from the coming week on."""

from collections.abc import Callable
from typing import Any

import solara
from reacton import ipyvuetify as rv

from model import InferenceMarket, JevonsError, Parameters
from runs.view.address import Setup, write_value
from runs.view.controls import ScenarioChoice
from runs.view.levers import MECHANISMS, STEPS, Slider, check, sliders
from runs.view.session import Session

Move = Callable[[str, Any], None]


@solara.component
def LeverPanel(session: Session, market: InferenceMarket | None, setup: Setup, activity: str) -> None:
    """Show the scenario and all levers, and the button that branches."""
    pending, set_pending = solara.use_state({})
    refused, set_refused = solara.use_state({})
    error, set_error = solara.use_state("")
    parameters = market.parameters if market is not None else Parameters.load()

    def move(path: str, value: Any) -> None:
        """Take a lever's new value, or refuse it in its own place."""
        try:
            checked = check(parameters, path, value)
        except JevonsError as fault:
            set_refused({**refused, path: str(fault)})
            set_pending({key: old for key, old in pending.items() if key != path})
            return
        set_refused({key: old for key, old in refused.items() if key != path})
        rest = {key: old for key, old in pending.items() if key != path}
        set_pending(rest if checked == parameters.get(path) else {**rest, path: checked})

    def apply() -> None:
        try:
            session.branch(pending)
        except JevonsError as fault:
            set_error(str(fault))
        else:
            set_error("")
            set_pending({})

    def forget() -> None:
        set_pending({})
        set_refused({})
        set_error("")

    ScenarioChoice(session, setup, activity)
    rv.Html(tag="h2", children=["Levers"])
    rv.Html(tag="p", class_="jv-lever-gloss", children=[
        "Move one, then branch: the old path goes on in grey beside the new one."])  # fmt: skip
    for subject, rows in sliders().items():
        rv.Html(tag="h3", children=[subject])
        for row in rows:
            now = parameters.get(row.path)
            Lever(row, pending.get(row.path, now), row.path in pending, refused.get(row.path, ""), move)
    rv.Html(tag="h2", children=["Mechanisms"])
    for name, title in MECHANISMS.items():
        Switch(f"mechanisms.{name}", title, pending.get(f"mechanisms.{name}", parameters.get(f"mechanisms.{name}")), move)
    if pending or refused or error:
        Pending(session, pending, error, apply, forget, activity)


@solara.component
def Lever(row: Slider, value: float, moved: bool, error: str, move: Move) -> None:
    """Show one parameter: slider, exact value, unit, bounds and what it means."""
    bounds = f"{row.low:g} to {row.high:g}"
    with rv.Html(tag="div", class_="jv-lever" + (" jv-moved" if moved else ""), attributes={"data-lever": row.path}):
        with rv.Html(tag="div", class_="jv-lever-head"):
            rv.Html(tag="span", class_="jv-lever-name", children=[row.title], attributes={"title": f"{row.path}; {row.source}"})
            rv.Html(tag="span", class_="jv-lever-unit", children=[row.unit])
        with rv.Html(tag="div", class_="jv-lever-line"):
            rv.Slider(
                v_model=row.position(value), on_v_model=lambda at: _slid(row, value, at, move), min=0, max=STEPS,
                dense=True, hide_details=True, attributes={"aria-label": f"{row.title}, {row.unit}"},
            )  # fmt: skip
            solara.InputText("", value=f"{value:g}", on_value=lambda text: _typed(value, text, row.path, move), dense=True,
                             classes=["jv-number"], hide_details=True)  # fmt: skip
        rv.Html(tag="div", class_="jv-lever-gloss", children=[f"{row.gloss} ({bounds})"])
        if error:
            rv.Html(tag="div", class_="jv-error", attributes={"role": "alert"}, children=[error])


def _slid(row: Slider, value: float, at: float, move: Move) -> None:
    """Take a slider's position; one that the present value has already is no move."""
    if round(at) != row.position(value):
        move(row.path, row.value(at))


def _typed(value: float, text: str, path: str, move: Move) -> None:
    if text.strip() != f"{value:g}":
        move(path, text)


@solara.component
def Switch(path: str, title: str, on: bool, move: Move) -> None:
    """Show one mechanism."""
    gloss = next(leaf.field.description for leaf in Parameters.load().leaves() if leaf.path == path)
    with solara.Tooltip(str(gloss)):
        rv.Switch(
            v_model=on, on_v_model=lambda value: move(path, value), label=title, dense=True, hide_details=True,
            class_="jv-switch", attributes={"data-lever": path},
        )  # fmt: skip


@solara.component
def Pending(
    session: Session, pending: dict[str, Any], error: str, apply: Callable[[], None], forget: Callable[[], None],
    activity: str,
) -> None:  # fmt: skip
    """Say what would change and from when; branch or forget."""
    market = session.market
    when = "the next week" if activity == "playing" or market is None else f"{market.clock.date}"
    with rv.Html(tag="div", class_="jv-pending"):
        for path, value in pending.items():
            rv.Html(tag="div", class_="jv-caption", children=[f"{path} = {write_value(value)}"])
        if error:
            rv.Html(tag="div", class_="jv-error", attributes={"role": "alert"}, children=[error])
        solara.Button(f"Branch from {when}", on_click=apply, color="primary", small=True,
                      disabled=not pending or activity not in ("paused", "playing", "finished"))  # fmt: skip
        solara.Button("Forget", on_click=forget, small=True, text=True)
