"""Weeks and dates: a week is named by the Monday it starts on."""

import contextlib
import datetime as dt
import re
from dataclasses import dataclass

from model.errors import JevonsError, show

EARLIEST = dt.date(1990, 1, 1)
LATEST = dt.date(2040, 12, 31)
DEFAULT_START = dt.date(2023, 1, 2)
DEFAULT_UNTIL = dt.date(2028, 12, 31)

# A day, or the midnight that it begins with, as pandas and NumPy write one.
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?")


def parse_date(value: object, key: str = "date", earliest: dt.date = EARLIEST, latest: dt.date = LATEST) -> dt.date:
    """Read a date from ISO text, a date or the midnight that begins it: a `Timestamp` of a table, or a `datetime64`.

    Raises `JevonsError` naming `key`, the value and what is allowed: for other types, other formats, moments with a
    time of day, days that do not exist and days outside `earliest` to `latest`.
    """
    found: dt.date | None = None
    read = isinstance(value, str | dt.date) or type(value).__name__ == "datetime64"  # without importing NumPy
    if read and (text := _ISO.fullmatch(str(value).strip())):
        with contextlib.suppress(ValueError):
            found = dt.date.fromisoformat(text[1])
    if found is None or not earliest <= found <= latest:
        fault = "is not a day of the calendar in that form" if found is None else "is out of range"
        allowed = f"allowed is a date YYYY-MM-DD from {earliest} to {latest}"
        raise JevonsError(f"{key} = {show(value)} {fault}: {allowed}")
    return found


def check_span(start: dt.date, until: dt.date) -> None:
    """Refuse a span of simulated time that does not start on a Monday or does not end after its start.

    Raises `JevonsError`.
    """
    if start.weekday() != 0:
        before = start - dt.timedelta(days=start.weekday())
        after = before + dt.timedelta(days=7)
        near = f"the nearest are {before} and {after}"
        raise JevonsError(f"start = {start} is a {start:%A}: allowed is a Monday; {near}")
    if until <= start:
        raise JevonsError(
            f"until = {until} is not after the start: allowed is a date from {start + dt.timedelta(days=1)}"
        )


@dataclass(slots=True)
class Clock:
    """The week about to be simulated, counted from `start` (a Monday); the last week is the one that holds `until`."""

    start: dt.date = DEFAULT_START
    until: dt.date = DEFAULT_UNTIL
    week: int = 0

    def __post_init__(self) -> None:
        """Check the span and the position; raises `JevonsError`."""
        self.start = parse_date(self.start, "start")
        self.until = parse_date(self.until, "until")
        check_span(self.start, self.until)
        if not 0 <= self.week <= self.weeks_total:
            raise JevonsError(f"week = {show(self.week)} is out of range: allowed is 0 to {self.weeks_total}")

    @property
    def weeks_total(self) -> int:
        """Weeks from the start to the end, the week of `until` included."""
        return (self.until - self.start).days // 7 + 1

    @property
    def date(self) -> dt.date:
        """The Monday of the week about to be simulated (after the last week, the Monday that follows)."""
        return self.date_of(self.week)

    @property
    def finished(self) -> bool:
        """Whether the last week has been simulated."""
        return self.week >= self.weeks_total

    def advance(self) -> None:
        """Go to the next week; raises `JevonsError` when the last one is over."""
        if self.finished:
            raise JevonsError(f"the scenario ends on {self.until}: there is no week left to simulate")
        self.week += 1

    def date_of(self, week: int) -> dt.date:
        """Return the Monday of a week, counted from the start."""
        return self.start + dt.timedelta(weeks=week)

    def week_of(self, day: dt.date | str) -> int:
        """Return the week that holds a day; raises `JevonsError` for a day outside the scenario."""
        return (parse_date(day, "date", self.start, self.until) - self.start).days // 7
