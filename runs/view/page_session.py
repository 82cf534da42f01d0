"""One visitor's market: built, played, branched and freed in its own thread. It knows nothing of the browser."""

import gc
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from model import InferenceMarket, JevonsError
from runs.view.address import Lever, Setup, merged

SPEEDS = (1, 2, 5, 10, 0)
"""Weeks a second to choose from; 0 is as fast as the machine and the page can."""

Frame = Callable[["Session"], Callable[[], bool]]
"""Draws the market's latest week; returns what says whether the browser has drawn it."""

POLL_SECONDS = 0.002
PATIENCE_SECONDS = 15.0
# While a run hurries to a date, the page is redrawn this often.
HURRY_SECONDS = 0.25

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Status:
    """What the page's controls show. activity: building, paused, playing, hurrying, finished or failed.

    `week` reached, and whether a grey path is `compared`, when the market last stood still.
    """

    activity: str = "building"
    speed: int = 5
    message: str = ""
    week: int = 0
    compared: bool = False

    @property
    def busy(self) -> bool:
        """Whether weeks are being simulated or a market is being built."""
        return self.activity in ("building", "playing", "hurrying")


class Session:
    """The market of one visitor and, once levers were moved, the path before the move (the reference).

    All simulating happens in one thread, in the order of the calls; readers hold `lock` while they look at a market.
    changed: called without arguments, from any thread, when `status`, `setup` or the markets were replaced.
    """

    def __init__(self, setup: Setup, changed: Callable[[], None]) -> None:
        self.setup = setup
        self._wanted = setup
        self.status = Status()
        self.market: InferenceMarket | None = None
        self.reference: InferenceMarket | None = None
        self.lock = threading.RLock()
        self.frames: list[Frame] = []
        self._changed = changed
        self._stop = threading.Event()
        self._commands: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, name="market", daemon=True)
        self._closed = False

    # what the page asks for -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Start the thread and build the market."""
        self._worker.start()
        self._commands.put(self._build)

    def play(self, speed: int | None = None) -> None:
        """Go on week by week, `speed` weeks a second."""
        if speed is not None:
            self._show(speed=speed)
        if self.status.activity == "paused":
            self._stop.clear()
            self._show(activity="playing")
            self._commands.put(self._play)

    def set_speed(self, speed: int) -> None:
        """Choose how fast to play; holds at once, also while playing."""
        self._show(speed=speed)

    def pause(self) -> None:
        """Stop after the week in progress."""
        self._stop.set()

    def step(self) -> None:
        """Simulate one week."""
        if self.status.activity == "paused":
            self._commands.put(self._step)

    def hurry(self, until: date) -> None:
        """Simulate as fast as possible up to the week that holds `until`; takes over from play."""
        if self.status.activity == "paused":
            self._stop.clear()
        elif self.status.activity == "playing":
            self._stop.set()
            self._commands.put(self._stop.clear)
        else:
            return
        self._show(activity="hurrying")
        self._commands.put(lambda: self._hurry(until))

    def start_over(self, setup: Setup) -> None:
        """Build the market of another setup. Raises JevonsError, and leaves all as it is, if that cannot be."""
        setup.build()
        self._wanted = setup
        self._stop.set()
        self._show(activity="building", message="")
        self._commands.put(lambda: self._replace(setup))

    def branch(self, values: Mapping[str, Any]) -> None:
        """Move levers from the coming week on: the path so far goes on in grey beside the new one.

        Raises JevonsError for a value that cannot be, or where no week is left.
        """
        market = self.market
        if market is None or not values:
            return
        if market.clock.finished:
            raise JevonsError(f"the run ended on {market.clock.until}: start over, then move the lever")
        market.scenario.replace(changes=(*market.scenario.changes, (market.clock.date, values)))
        going = self.status.activity == "playing"
        self._stop.set()
        self._commands.put(lambda: self._branch(dict(values)))
        if going:
            self._commands.put(self._resume)

    def drop_reference(self) -> None:
        """Drop the grey path."""
        self._stop.set()
        self._commands.put(self._drop)

    def tell(self, message: str) -> None:
        """Show a message."""
        self._show(message=message)

    def dismiss(self) -> None:
        """Remove the message."""
        self._show(message="")

    def redraw(self) -> None:
        """Draw the present week again, for a view that has just opened."""
        if self.status.activity not in ("playing", "hurrying"):
            self._commands.put(self._draw)

    def close(self) -> None:
        """End the thread after the week in progress and free the markets."""
        self._closed = True
        self._stop.set()
        self._commands.put(None)

    @property
    def week(self) -> int:
        """Weeks simulated so far."""
        market = self.market
        return market.clock.week if market is not None else 0

    @property
    def address_setup(self) -> Setup:
        """The setup with the date reached, which is what an address of the present view holds."""
        market = self.market
        if market is None or not market.clock.week:
            return replace(self.setup, at=None) if market is not None else self.setup
        return replace(self.setup, at=market.clock.date_of(market.clock.week - 1))

    # in the thread --------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (command := self._commands.get()) is not None and not self._closed:
            try:
                command()
            except JevonsError as error:
                self._fail(str(error))
            except Exception as error:
                log.exception("the run broke off")
                self._fail(f"the run broke off ({type(error).__name__}: {error})")
        with self.lock:
            self.market = self.reference = None
            self.frames.clear()
        gc.collect()

    def _fail(self, message: str) -> None:
        whole = self.market is not None and self.market.steps == self.market.clock.week
        activity = "paused" if whole else "failed"
        self._show(activity=activity, message=f"{message[:1].upper()}{message[1:]}")

    def _build(self) -> None:
        self._replace(self.setup)

    def _replace(self, setup: Setup) -> None:
        """Build a market and bring it to its date, unless another one is asked for meanwhile: that comes next."""
        if setup is not self._wanted:
            return
        if self.status.activity != "building":  # what came before may have settled since this was asked for
            self._show(activity="building")
        with self.lock:
            self.market = self.reference = None  # before the new ones are made: two are enough at a time
        gc.collect()
        self.setup = setup
        self._stop.clear()
        branch = setup.branch_date
        market = InferenceMarket(setup.without_last_branch().build(), rng=setup.seed)
        if branch is not None:
            reference = market
            self._forward(reference, setup, branch, whole_week=False)
            changes = {lever.path: lever.value for lever in setup.levers if lever.since == branch}
            market = reference.branch(changes=changes)
            if setup.at is not None:
                self._forward(reference, setup, setup.at)
            self.reference = reference
        with self.lock:
            self.market = market
        if setup.at is not None:
            self._forward(market, setup, setup.at)
        self.setup = replace(setup, at=None)
        if setup is self._wanted:
            self._settle()

    def _forward(self, market: InferenceMarket, setup: Setup, day: date, *, whole_week: bool = True) -> None:
        """Run a setup's market to the week of a day, that week included or not, as long as that setup is wanted."""
        day = min(max(day, market.clock.start), market.clock.until)
        week = market.clock.week_of(day) + whole_week
        while market.clock.week < week and self._wanted is setup and not self._closed:
            with self.lock:
                market.step()

    def _settle(self) -> None:
        """Show the state that a command has left."""
        market = self.market
        done = market is not None and market.clock.finished
        self._show(activity="finished" if done else "paused", week=self.week, compared=self.reference is not None)
        self._draw()

    def _advance(self) -> None:
        """Simulate a week on both paths."""
        with self.lock:
            assert self.market is not None
            self.market.step()
            if self.reference is not None and self.reference.clock.week < self.market.clock.week:
                self.reference.step()

    def _step(self) -> None:
        self._advance()
        self._settle()

    def _resume(self) -> None:
        if self.status.activity == "paused":
            self._stop.clear()
            self._show(activity="playing")
            self._play()

    def _play(self) -> None:
        while not self._stop.is_set() and self.market is not None and not self.market.clock.finished:
            began = time.perf_counter()
            self._advance()
            self._draw()
            pause = (1.0 / self.status.speed if self.status.speed else 0.0) - (time.perf_counter() - began)
            if pause > 0.0:
                self._stop.wait(pause)
        self._settle()

    def _hurry(self, until: date) -> None:
        market = self.market
        assert market is not None
        self._show(activity="hurrying")
        day = min(until, market.clock.until)
        last, drawn = market.clock.week_of(day) + 1, time.perf_counter()
        while not self._stop.is_set() and market.clock.week < last:
            self._advance()
            if time.perf_counter() - drawn > HURRY_SECONDS:
                self._draw()
                drawn = time.perf_counter()
        self._settle()

    def _branch(self, values: Mapping[str, Any]) -> None:
        self._stop.clear()
        market = self.market
        assert market is not None
        since = market.clock.date
        with self.lock:
            self.market, self.reference = market.branch(changes=dict(values)), market
        added = [Lever(path, value, since) for path, value in values.items()]
        self.setup = replace(self.setup, levers=merged(self.setup.levers, added))
        self._settle()

    def _drop(self) -> None:
        with self.lock:
            self.reference = None
        self._settle()

    def _draw(self) -> None:
        """Let every open view draw, and wait until the browser has: frames must not pile up."""
        waiting: list[Callable[[], bool]] = []
        with self.lock:
            waiting.extend(frame(self) for frame in tuple(self.frames))
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while waiting and not self._closed:
            waiting = [done for done in waiting if not done()]
            if waiting and time.perf_counter() > deadline:
                self._stop.set()  # nobody is looking: the tab sleeps, or the connection is lost
                return
            if waiting:
                time.sleep(POLL_SECONDS)

    def _show(self, **fields: Any) -> None:
        status = replace(self.status, **fields)
        if status != self.status:
            self.status = status
        if not self._closed:
            self._changed()
