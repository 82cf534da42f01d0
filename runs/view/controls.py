"""Play, pause, step and the scrubber; the run's settings; and error messages."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from model import JevonsError
from runs.view.address import BASELINE, SCALES, Setup, read_seed
from runs.view.cards import fresh, title_of
from runs.view.levers import scenario_lines
from runs.view.page_session import SPEEDS, Session, Status
from runs.view.ui import ChoiceGroup, button, fault, html, solara


@solara.component
def Controls(
    session: Session, status: Status, setup: Setup, bar: Callable[[], Any], toggle: Callable[[], None]
) -> None:
    """Show play, pause and step beside the time bar, which `bar` gives, and what is shown."""
    with html("div", "jv-controls"):
        if status.activity == "playing":
            button("Pause", session.pause, color="primary", class_="jv-play")
        else:
            ready = status.activity in ("paused", "finished")
            button("Play", session.play, color="primary", disabled=not ready, class_="jv-play")
        button("Step a week", session.step, outlined=True, disabled=status.activity != "paused", class_="jv-step")
        bar()
        button("What if …", toggle, outlined=True, class_="jv-toggle")
    waiting = " jv-waits" if status.activity in ("building", "hurrying") else ""
    with html("div", "jv-running" + waiting, aria_live="polite"):
        solara.Text(running_words(status, setup))


def running_words(status: Status, setup: Setup) -> str:
    """Say which run is shown and whether it is still being simulated, which is why it cannot be played yet."""
    title = title_of(setup)
    what = title if setup.is_baseline else f"{title}, compared with the baseline"
    if status.activity == "building":
        return f"{what}: building the market …"
    if status.activity == "hurrying":
        doing = "building the live market" if setup.is_baseline else "running to the end"
        return f"{what}: {doing}; then it can be played …"
    return what if setup.is_baseline else f"{what}: one run each, with the same seed"


@solara.component
def Message(session: Session, message: str, refused: list[str]) -> None:
    """Show what went wrong, and the way out."""
    seen, set_seen = solara.use_state(False)
    failed = session.status.activity == "failed"
    with html("div", "jv-messages"):
        if message:
            way = ". The run cannot go on from here: start over, or choose another scenario or seed." if failed else ""
            _Notice([message + way], session.dismiss, session if failed else None)
        if refused and not seen:
            _Notice(refused, lambda: set_seen(True))


@solara.component
def _Notice(lines: list[str], close: Callable[[], None], failed: Session | None = None) -> None:
    with html("div", "jv-notice", role="alert"):
        with html("div"):
            for line in lines:
                html("div", "", line)
        if failed is not None:
            button("Start over", lambda: failed.start_over(fresh(failed.setup, BASELINE)), outlined=True)
        button("Close", close, text=True)


@solara.component
def Settings(session: Session, setup: Setup, status: Status) -> None:
    """Choose scenario, scale, seed and speed; all but the speed start a new run."""
    error, set_error = solara.use_state("")
    lines = {title: (name, text) for name, title, text in scenario_lines()}
    titles = {name: title for title, (name, _) in lines.items()}

    def start(field: str, text: str) -> None:
        try:
            value = read_seed(text) if field == "seed" else text
            here = replace(Setup(setup.scenario, setup.scale, setup.seed), at=session.address_setup.at)
            session.start_over(replace(here, **{field: value}))  # type: ignore[arg-type]
            set_error("")
        except JevonsError as refused:
            set_error(str(refused))

    html("h2", "", "Run settings")
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
    html("p", "jv-lever-gloss", "The scale is how many people and firms stand for all; the seed is the run's luck.")
    with html("div", "jv-speed"):
        html("span", "jv-caption", "Weeks a second when it plays")
        names = {weeks: str(weeks) if weeks else "max" for weeks in SPEEDS}
        ChoiceGroup("Weeks a second", SPEEDS, status.speed, session.set_speed, label=names.__getitem__)
    building = status.activity == "building"
    with html("div", "jv-row"):
        button("Start over", lambda: session.start_over(fresh(setup, BASELINE)), outlined=True, disabled=building)
