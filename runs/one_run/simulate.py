"""One run from scenario to observables: built, stepped week by week, stopped cleanly by Ctrl-C."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from types import FrameType

from model import InferenceMarket, JevonsError, Scenario


@dataclass(frozen=True)
class Span:
    """The scenario as it will run, and the last date to simulate."""

    scenario: Scenario
    until: date


@dataclass(frozen=True)
class FinishedRun:
    """A market after its last week, with wall seconds for building and for stepping."""

    market: InferenceMarket
    weeks: int
    interrupted: bool
    build_seconds: float
    run_seconds: float


def span(scenario: Scenario, until: str | None) -> Span:
    """Read the end of the run.

    A later end than the scenario's extends it. An earlier one only stops sooner: the scenario, with its dated
    changes, stays what it is. Raises JevonsError for an impossible date, and for one before all changes.
    """
    if until is None:
        return Span(scenario, scenario.until)
    day = scenario.replace(changes=(), until=until).until
    first = min((change[0] for change in scenario.changes), default=None)
    if first is not None and day - timedelta(days=day.weekday()) < first:
        raise JevonsError(
            f"until = {day} is before all changes of {scenario.name}, so that none takes effect: "
            f"give a date from {first + timedelta(days=-first.weekday() % 7)} on, or run a scenario without them"
        )
    return Span(scenario.replace(until=day) if day > scenario.until else scenario, day)


def simulate(run: Span, seed: int, watch: Callable[[InferenceMarket, int], object]) -> FinishedRun:
    """Build the market and step it to the week that holds `run.until`.

    `watch(market, weeks)` is called before the first week and after every week with the number of weeks to come
    to in all. Ctrl-C ends the run after the week in progress; a second one raises KeyboardInterrupt at once.
    """
    started = time.perf_counter()
    market = InferenceMarket(run.scenario, rng=seed)
    built = time.perf_counter()
    weeks = market.clock.week_of(run.until) + 1
    with interrupts() as interrupted:
        watch(market, weeks)
        while market.clock.week < weeks and not interrupted.is_set():
            market.step()
            watch(market, weeks)
    finished = time.perf_counter()
    done = market.clock.week
    return FinishedRun(market, done, done < weeks, built - started, finished - built)


@contextmanager
def interrupts(event: threading.Event | None = None) -> Iterator[threading.Event]:
    """Let the first Ctrl-C only set the event, a new one by default; the second one interrupts as usual.

    Outside the main thread signals cannot be caught, and nothing changes.
    """
    asked = event or threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    previous = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if previous is None else previous)
