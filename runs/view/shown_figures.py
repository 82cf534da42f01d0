"""The disclosed figures that the page shows: the shipped ones, and those of a file of the user's own."""

from functools import cache
from pathlib import Path

from calibration.own_figures import Figures, firms_of, read_figures
from calibration.targets import Target
from model import Scenario

_chosen: list[Figures] = []


def choose_figures(file: Path | None, scenario: str | None, *, only: bool) -> None:
    """Let the page have a file of figures, beside the shipped ones or alone; the shipped ones without a file.

    A row may ask for the firms of the scenario that the page begins with. Raises JevonsError for a bad file.
    """
    _chosen[:] = [read_figures(file, only, firms_of(Scenario.load(scenario or "baseline")))]


def shown_figures() -> tuple[Target, ...]:
    """The figures that were chosen when the page was started."""
    return (_chosen[0] if _chosen else _shipped()).targets


def are_own_shown() -> bool:
    """Whether figures of the user's own are among them."""
    return bool(_chosen and _chosen[0].own)


@cache
def _shipped() -> Figures:
    return read_figures(None)
