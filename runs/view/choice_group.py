"""A row of buttons of which one is pressed."""

from collections.abc import Callable, Sequence

from runs.view.ui import rv, solara


@solara.component
def ChoiceGroup(
    name: str,
    choices: Sequence[int],
    chosen: int,
    choose: Callable[[int], object],
    label: Callable[[int], str] = "{:,}".format,
) -> None:
    """Offer whole numbers; `name` says to a screen reader what is chosen."""
    with rv.Html(tag="div", class_="jv-group", attributes={"role": "group", "aria-label": name}):
        for number in choices:
            solara.Button(
                label(number),
                on_click=lambda number=number: choose(number),
                small=True,
                text=number != chosen,
                color="primary" if number == chosen else None,
                attributes={"aria-pressed": str(number == chosen).lower()},
            )
