"""The "What if ..." cards: a click draws that scenario from its date against the baseline."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path

from model import JevonsError
from runs.view.address import BASELINE, Setup, opened_file
from runs.view.levers import scenario_lines
from runs.view.measures import words
from runs.view.page_session import Session
from runs.view.ui import button, html, solara


def card_words() -> Mapping[str, tuple[str, str, str]]:
    """Return title, the card's question and its line for every scenario but the baseline, in the order of the cards."""
    lines = {name: (title, text) for name, title, text in scenario_lines() if name != BASELINE}
    said = words()["cards"]
    ordered = [*(name for name in said if name in lines), *(name for name in lines if name not in said)]
    return {
        name: (lines[name][0], said.get(name, {}).get("title", lines[name][0]), said.get(name, {}).get("line", ""))
        for name in ordered
    }


def title_of(setup: Setup) -> str:
    """Return the name of a run as the page says it: its scenario's title, and that levers were moved."""
    title = _titles(opened_file()).get(setup.scenario, setup.scenario)
    if not setup.levers:
        return title
    return "Your levers" if setup.scenario == BASELINE else f"{title} and your levers"


@lru_cache(maxsize=4)
def _titles(_: Path | None) -> Mapping[str, str]:
    """Return the titles of scenarios by name, with that of the opened file, if there is one."""
    return {name: title for name, title, _ in scenario_lines()}


def fresh(setup: Setup, scenario: str) -> Setup:
    """Return a scenario at the same scale and seed, showing the same date."""
    return Setup(scenario, setup.scale, setup.seed, at=setup.at)


@solara.component
def Cards(session: Session, setup: Setup, drawn: Callable[[], None]) -> None:
    """Show a card for each scenario; the one drawn is pressed, and pressing it again goes back to the baseline.

    drawn: called once a card has been taken.
    """
    error, set_error = solara.use_state("")

    def draw(name: str) -> None:
        try:
            session.start_over(fresh(session.address_setup, BASELINE if name == setup.scenario else name))
            set_error("")
            drawn()
        except JevonsError as refused:
            set_error(str(refused))

    html("h2", "", "What if …")
    with html("div", "jv-cards", role="group", aria_label="What if"):
        for name, (_, question, line) in card_words().items():
            chosen = name == setup.scenario
            solara.Button(
                on_click=partial(draw, name),
                text=True,
                class_="jv-choice-card" + (" jv-chosen-card" if chosen else ""),
                attributes={"aria-pressed": str(chosen).lower(), "data-card": name},
                children=[html("span", "jv-card-title", question), html("span", "jv-card-line", line)],
            )
    if error:
        html("p", "jv-error", error, role="alert")
    if not setup.is_baseline:
        with html("div", "jv-row jv-back"):
            button("Back to the baseline", lambda: draw(BASELINE), outlined=True)
