"""Errors that a user can act on: one line each, naming what was given and what is allowed."""

import difflib
from collections.abc import Iterable
from datetime import date

from agents.jevons_error import JevonsError as JevonsError  # noqa: PLC0414 - handed on


class ConservationError(JevonsError):
    """An account that does not balance: week, cell (for example 'tokens openai/standard/chat') and amount."""

    def __init__(self, week: int, cell: str, amount: float) -> None:
        """Keep the week, the cell and the amount: missing (negative) or left over (positive), in the cell's unit."""
        super().__init__(f"week {week}: {cell} does not close, it is out by {amount:g}")
        self.week, self.cell, self.amount = week, cell, amount


class OutgrownError(JevonsError):
    """Demand that is too large for whole numbers of 64 bits: the week and the cell."""

    def __init__(self, week: int, cell: str) -> None:
        """Keep the week and the cell."""
        super().__init__(
            f"week {week}: {cell} have passed 9e18, the largest whole number that is counted; "
            "the parameters let demand explode, to some 30,000 times the largest disclosed figure"
        )
        self.week, self.cell = week, cell


class NotFiniteError(JevonsError):
    """A NaN or an infinity in the state: the week, the phase that wrote it and the column."""

    def __init__(self, week: int, phase: str, column: str) -> None:
        """Keep the week, the phase and the column."""
        super().__init__(f"week {week}, phase {phase}: {column} is not a finite number")
        self.week, self.phase, self.column = week, phase, column


class UnknownSeriesError(JevonsError, KeyError):
    """A series that a run does not record; the message names the nearest recorded ones."""

    def __str__(self) -> str:
        """Return the message without the quotes that a KeyError adds."""
        return str(self.args[0])


def show(value: object, limit: int = 60) -> str:
    """Write a value as a scenario file would, on one line, cut to `limit` characters."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, date):
        text = value.isoformat()
    else:
        try:
            text = repr(value)
        except ValueError:  # Python refuses to print integers of more than 4,300 digits
            text = "(a very long number)"
        except RecursionError:
            text = "(a very deep table)"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def nearest(name: str, names: Iterable[str]) -> str:
    """Say which valid names are nearest to a name that is not one of them.

    Dotted names are compared as a whole and by their last part, so that a parameter is found under the wrong group
    or with none. The answer is a clause to end a message with: a question where some name is close, else the list
    (of at most 20 names), else the three nearest.
    """
    known = list(names)
    if not known:
        return "there are no valid names"
    scored = sorted(((_likeness(name, other), other) for other in known), key=lambda pair: (-pair[0], pair[1]))
    best = scored[0][0]
    close = [repr(other) for score, other in scored[:3] if score >= 0.65 and score >= best - 0.15]
    if close:
        return f"did you mean {' or '.join(close)}?"
    if len(known) <= 20:
        return f"valid names are {', '.join(known)}"
    return f"the nearest valid names are {', '.join(other for _, other in scored[:3])}"


def _likeness(name: str, other: str) -> float:
    """Compare two dotted names: 0 for nothing in common, about 1 for nearly equal as a whole or in their last part."""

    def ratio(left: str, right: str) -> float:
        return difflib.SequenceMatcher(None, left.lower(), right.lower()).ratio()

    whole = ratio(name, other)
    if "." not in other and "." not in name:
        return whole
    last = ratio(name.rpartition(".")[2], other.rpartition(".")[2])
    return max(whole, last) * 0.6 + whole * 0.4
