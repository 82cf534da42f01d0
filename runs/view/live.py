"""A widget that follows the market week by week without a new rendering of the page."""

from collections.abc import Callable
from typing import Any

from runs.view.page_session import Session
from runs.view.ui import solara
from runs.view.widgets import Drawn

Draw = Callable[[Any, Session], Callable[[], bool]]


@solara.component
def Live(session: Session, make: Callable[[], Any], draw: Draw) -> None:
    """Show the widget that `make` gives and let `draw` send it every week's state, as long as it is shown."""
    element = make()

    def attach() -> Callable[[], None]:
        widget: Drawn = solara.get_widget(element)

        def frame(of: Session) -> Callable[[], bool]:
            return draw(widget, of)

        session.attach(frame)

        def detach() -> None:
            with session.lock:
                if frame in session.frames:
                    session.frames.remove(frame)

        return detach

    solara.use_effect(attach, [])
