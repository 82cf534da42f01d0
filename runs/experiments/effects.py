"""Effects that many claims measure: a reading of one run, and how it differs between arms or windows."""

from collections.abc import Callable

from runs.experiments.rules import Effect
from runs.experiments.run_series import Record, ln

Reading = Callable[[Record], float]
Window = tuple[str, str]


def mean(window: Window, observable: str, entity: str = "market", segment: str = "all") -> Reading:
    """Return the reading of a series' mean over a window (first and last day)."""
    return lambda record: record.mean(*window, observable, entity, segment)


def asked(window: Window, segment: str = "all") -> Reading:
    """Return the reading of tokens asked for (served or not) a month."""
    return lambda record: record.asked(*window, segment)


def level(reading: Reading, arm: str = "control") -> Effect:
    """Return the reading of one arm."""
    return lambda runs: reading(runs[arm])


def difference(reading: Reading, more: str, less: str) -> Effect:
    """Return the reading of one arm less that of another."""
    return lambda runs: reading(runs[more]) - reading(runs[less])


def log_ratio(reading: Reading, new: str, old: str = "control", per: float = 1.0) -> Effect:
    """Return ln(new arm / old arm), over `per`: an elasticity where `per` is the log change of what was changed."""
    return lambda runs: ln(reading(runs[new]), reading(runs[old])) / per


def growth(late: Reading, early: Reading, arm: str = "control") -> Effect:
    """Return ln(late / early) of two readings of one arm."""
    return lambda runs: ln(late(runs[arm]), early(runs[arm]))
