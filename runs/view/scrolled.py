"""A box whose content may be wider than it: it scrolls sideways, by keyboard too, and shows that there is more."""

from typing import Any

from runs.view.ui import rv


def scrolled(name: str) -> Any:
    """Return the box, to be used with `with`; `name` says to a screen reader what is in it."""
    return rv.Html(tag="div", class_="jv-scroll", attributes={"tabindex": "0", "role": "region", "aria-label": name})
