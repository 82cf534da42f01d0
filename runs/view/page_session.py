"""One visitor's run: its whole path, the baseline's path beside it, and the market at the date shown.

Built, played, branched and freed in a thread of its own. It knows nothing of the browser.
"""

import gc
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from model import InferenceMarket, JevonsError, Scenario
from runs.view.address import Lever, Setup, merged, parting
from runs.view.baseline_file import SCALE, SEED, Shipped, shipped_baseline
from runs.view.live_paths import EVERY, State, Track, baseline_track, resumed, run_on
from runs.view.recording import Recording

SPEEDS = (1, 5, 10, 25, 0)
"""Weeks a second to choose from; 0 is as fast as the machine and the page can."""

Frame = Callable[["Session"], Callable[[], bool]]
"""Draws what the session shows; returns what says whether the browser has drawn it."""

POLL_SECONDS = 0.002
PATIENCE_SECONDS = 15.0
# While a path is simulated to its end, the page is redrawn this often.
GROWTH_SECONDS = 0.2
# The market follows the date shown once the visitor has left the scrubber alone for so long.
SCRUB_SECONDS = 0.15

log = logging.getLogger(__name__)


class AbandonedError(Exception):
    """Another setup is wanted, or the visitor has left."""


@dataclass(frozen=True)
class Status:
    """What the page's controls show.

    activity: building (nothing to show yet), hurrying (the path grows to its end), paused (at a week), finished (at the
    end), playing or failed. `week` shown, and whether a baseline is `compared`, when they last stood still. `stale`:
    the shipped baseline, which is of an older model, is on the screen.
    """

    activity: str = "building"
    speed: int = 10
    message: str = ""
    week: int = 0
    compared: bool = False
    stale: bool = False

    @property
    def busy(self) -> bool:
        """Whether weeks are being simulated or a market is being built."""
        return self.activity in ("building", "playing", "hurrying")


class Session:
    """One visitor's run, and the baseline that it is compared with.

    `whole` is the path of the run, to its end once it is simulated; `baseline` that of the baseline, None where the run
    is the baseline itself. `week` weeks of them are shown, and `market` is the market after those weeks. All simulating
    happens in one thread, in the order of the calls; readers hold `lock` while they look at the market.

    changed: called without arguments, from any thread, when `status`, `setup` or the market were replaced.
    """

    def __init__(self, setup: Setup, changed: Callable[[], None], choices: Mapping[str, str] | None = None) -> None:
        self.setup = setup
        self.choices = dict(choices or {})
        self.status = Status()
        self.market: InferenceMarket | None = None
        self.whole: Recording | None = None
        self.baseline: Recording | None = None
        self.lock = threading.RLock()
        self.frames: list[Frame] = []
        self._wanted = setup
        self._parted: tuple[Setup | None, date | None] = (None, None)
        self._scrubs = 0
        self._viewed: int | None = None  # None: the latest week there is
        self._states: dict[int, State] = {}
        self._changed = changed
        self._stop = threading.Event()
        self._commands: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, name="market", daemon=True)
        self._closed = False
        self._take_shipped(setup)

    # what the page asks for -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Start the thread and build the market."""
        self._worker.start()
        self._commands.put(lambda: self._replace(self._wanted))

    def play(self, speed: int | None = None) -> None:
        """Go on week by week, `speed` weeks a second; from the first week where the last one is shown."""
        if speed is not None:
            self._show(speed=speed)
        if self.status.activity in ("paused", "finished"):
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
        """Show one week more."""
        if self.status.activity == "paused":
            self.view(self.week + 1)

    def view(self, week: int) -> None:
        """Show the first `week` weeks; charts and figures follow at once, the market a moment later."""
        self._stop.set()
        total = self.weeks_total
        self._viewed = None if total and week >= total else max(week, 1)
        self._scrubs += 1
        number = self._scrubs
        self.redraw()
        self._commands.put(lambda: self._follow(number))

    def start_over(self, setup: Setup) -> None:
        """Build the run of another setup. Raises JevonsError, and leaves all as it is, if that cannot be."""
        setup.build()
        self._wanted = setup
        self._stop.set()
        self._show(activity="building", message="")
        self._commands.put(lambda: self._replace(setup))

    def branch(self, values: Mapping[str, Any], since: date | None = None) -> None:
        """Move levers from a date on, by default from the week after the one shown; the date shown stays.

        Raises JevonsError for a value that cannot be, or where no week is left.
        """
        if not values:
            return
        day = self.next_date if since is None else since
        if day is None:
            raise JevonsError("the run ends with the week shown: choose an earlier date, then move the lever")
        self.move([Lever(path, value, day) for path, value in values.items()])

    def move(self, levers: Iterable[Lever]) -> None:
        """Move levers, each from its own date on, and run the path anew; the date shown stays. Raises JevonsError."""
        self.start_over(replace(self.setup, levers=merged(self.setup.levers, levers), at=self.address_setup.at))

    def choose(self, **chosen: str) -> None:
        """Keep what is chosen within a tab, such as measure="rent", so that the address has it."""
        self.choices |= chosen
        self.redraw()

    def tell(self, message: str) -> None:
        """Show a message."""
        self._show(message=message)

    def dismiss(self) -> None:
        """Remove the message."""
        self._show(message="")

    def redraw(self) -> None:
        """Draw what is shown again, without waiting for the browser."""
        with self.lock:
            for frame in tuple(self.frames):
                frame(self)

    def attach(self, frame: Frame) -> None:
        """Let a view that has just opened draw now, and from now on."""
        with self.lock:
            self.frames.append(frame)
            frame(self)

    def close(self) -> None:
        """End the thread after the week in progress and free the markets."""
        self._closed = True
        self._stop.set()
        self._commands.put(None)

    @property
    def week(self) -> int:
        """Weeks shown: of those simulated so far, all or the first few."""
        reached = self.whole.clock.week if self.whole is not None else 0
        return reached if self._viewed is None else min(self._viewed, reached)

    @property
    def shown(self) -> Recording | None:
        """The path whose figures are shown: the run's, or the baseline's until a run has begun."""
        return self.whole or self.baseline

    @property
    def shown_weeks(self) -> int:
        """Weeks of that path that are shown."""
        if self.whole is not None or self.baseline is None:
            return self.week
        return self.baseline.clock.week if self._viewed is None else min(self._viewed, self.baseline.clock.week)

    @property
    def weeks_total(self) -> int:
        """Weeks of the run in all; 0 while nothing is known of it."""
        run = self.shown
        return run.clock.weeks_total if run is not None else 0

    @property
    def next_date(self) -> date | None:
        """The Monday after the week shown; None where that is the last one."""
        run = self.whole
        return None if run is None or self.week >= run.clock.weeks_total else run.clock.date_of(self.week)

    @property
    def reference(self) -> Recording | None:
        """The baseline's path up to the week shown, for a run that is not the baseline; None otherwise."""
        return None if self.baseline is None else Recording.of(self.baseline, self.week)

    @property
    def parted(self) -> date | None:
        """The date from which the run differs from the baseline; None where it never does."""
        setup = self.setup
        if self._parted[0] is not setup:
            self._parted = (setup, setup.branch_date)
        return self._parted[1]

    @property
    def address_setup(self) -> Setup:
        """The setup with the date shown, which is what an address of the present view holds; no date for the end."""
        if self.whole is None or self._viewed is None or not self.week:
            return replace(self.setup, at=self.setup.at if self.whole is None else None)
        return replace(self.setup, at=self.whole.clock.date_of(self.week - 1))

    # in the thread --------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (command := self._commands.get()) is not None and not self._closed:
            try:
                command()
            except AbandonedError:
                pass
            except JevonsError as error:
                self._fail(str(error))
            except Exception as error:
                log.exception("the run broke off")
                self._fail(f"the run broke off ({type(error).__name__}: {error})")
        with self.lock:
            self.market = self.whole = self.baseline = None
            self._states = {}
            self.frames.clear()
        gc.collect()

    def _fail(self, message: str) -> None:
        self._show(activity="failed", week=self.week, message=f"{message[:1].upper()}{message[1:]}")

    def _take_shipped(self, setup: Setup) -> Shipped | None:
        """Show the shipped baseline if it is what this setup shows or is compared with."""
        shipped = shipped_baseline()
        if (setup.scale, setup.seed) != (SCALE, SEED) or shipped is None:
            return None
        clock = shipped.recording.clock
        base = setup.baseline()
        if (base.start, base.until) != (clock.start, clock.until):
            return None
        with self.lock:
            if setup.is_baseline:
                self.whole, self.baseline = shipped.recording, None
            else:
                self.baseline = shipped.recording
            self._viewed = _week_of(base, setup.at)
        return shipped

    def _replace(self, setup: Setup) -> None:
        """Show the run of a setup, unless another one is asked for meanwhile: that comes next."""
        if setup is not self._wanted:
            return
        if self.status.activity != "building":  # what came before may have settled since this was asked for
            self._show(activity="building")
        self.setup = setup
        self._stop.clear()
        scenario, base = setup.build(), setup.baseline()
        with self.lock:
            self.market, self._states = None, {}
            self.whole = self.baseline = None
            self._viewed = _week_of(scenario, setup.at)
            shipped = self._take_shipped(setup)
        stale = shipped is not None and not shipped.current
        self._show(stale=stale)
        track = baseline_track(base, setup.seed)
        if setup.is_baseline:
            if shipped is not None:
                self._show(activity="hurrying")
            self._reach(track, setup, "" if shipped is not None else "whole")
            self.whole, self._states = track.recording, dict(track.states)
        else:
            self._part(track, setup, scenario, base, known=shipped is not None and not stale)
        self._show(stale=False)
        self._draw()
        self._sync()
        self._settle()

    def _part(self, track: Track, setup: Setup, scenario: Scenario, base: Scenario, *, known: bool) -> None:
        """Run a path from the date on which it parts from the baseline, which is `known` already or run first."""
        parted = parting(scenario, base) or scenario.start
        week = -(-(parted - scenario.start).days // 7)  # the first week that starts on or after the date
        if not known:
            self._reach(track, setup, "baseline")
            self.baseline = track.recording
        if week and self.baseline is not None:  # until then both paths are the same, so it can be drawn at once
            self.whole = Recording.of(self.baseline, week)
            self._show(activity="hurrying")
            self._draw()
        if known and week:
            self._reach(track, setup, "", week)
        if week:
            kept = dict(track.states)  # another visitor may be adding to them
            market = resumed(kept, week, scenario)
            self._states = {at: replace(one, scenario=scenario) for at, one in kept.items() if at <= week}
        else:
            market = InferenceMarket(scenario, rng=setup.seed)
        self.whole = Recording.of(market)
        self._simulate(market, self._states, setup, "whole")
        self.whole = Recording.of(market)

    def _reach(self, track: Track, setup: Setup, grows: str, week: int | None = None) -> None:
        """Run the baseline to a week, or to its end; where another visitor is at it, wait."""
        while not track.lock.acquire(timeout=0.05):
            self._check(setup)
        try:
            if track.recording is None and (week is None or week not in track.states):
                market = track.start()
                self._simulate(market, track.states, setup, grows, week)
                if market.clock.finished:
                    track.recording = Recording.of(market)
        finally:
            track.lock.release()

    def _simulate(
        self, market: InferenceMarket, states: dict[int, State], setup: Setup, grows: str, until: int | None = None
    ) -> None:
        """Run a market on and keep states; draw as `whole` or `baseline` `grows`. Raises AbandonedError."""
        drawn = time.perf_counter()

        def show() -> None:
            setattr(self, grows, Recording.of(market))
            if grows == "whole" and self.status.activity == "building":
                self._show(activity="hurrying")
            self._draw()

        def go_on(_: InferenceMarket) -> None:
            nonlocal drawn
            self._check(setup)
            if grows and time.perf_counter() - drawn > GROWTH_SECONDS:
                show()
                drawn = time.perf_counter()

        try:
            run_on(market, states, go_on, until)
        except Exception:
            if grows and market.clock.week and self._wanted is setup:
                show()
            raise

    def _check(self, setup: Setup) -> None:
        """Raise AbandonedError where this setup is no longer wanted."""
        if self._wanted is not setup or self._closed:
            raise AbandonedError

    def _sync(self) -> None:
        """Bring the market to the week shown."""
        week, market = self.week, self.market
        if not self._states or self._wanted is not self.setup:
            return
        if market is None or not 0 <= week - market.clock.week <= EVERY:
            market = resumed(self._states, week, self.setup.build())
        while market.clock.week < week and not self._closed and self._wanted is self.setup:
            with self.lock:
                market.step()
        with self.lock:
            self.market = market

    def _settle(self) -> None:
        """Show the state that a command has left."""
        self._draw()  # first, so that what the controls say of the run is true of what is drawn
        at_end = self.whole is not None and self.week >= self.whole.clock.weeks_total
        self._show(activity="finished" if at_end else "paused", week=self.week, compared=self.baseline is not None)

    def _follow(self, number: int) -> None:
        """Let the market follow the scrubber once it rests; if it was moved again, a later command does."""
        if number != self._scrubs or self.market is None or self._wanted is not self.setup:
            return
        time.sleep(SCRUB_SECONDS)
        if number == self._scrubs:
            self._sync()
            if self.status.activity != "playing":  # asked for meanwhile: it is next
                self._settle()

    def _play(self) -> None:
        total = self.weeks_total
        if self.week >= total:
            self._viewed = 1
        self._sync()
        self._show(activity="playing")
        while not self._stop.is_set() and self.week < total and self.market is not None:
            began = time.perf_counter()
            with self.lock:
                self.market.step()
                self._viewed = self.week + 1 if self.week + 1 < total else None
            self._draw()
            pause = (1.0 / self.status.speed if self.status.speed else 0.0) - (time.perf_counter() - began)
            if pause > 0.0:
                self._stop.wait(pause)
        self._sync()
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


def _week_of(scenario: Scenario, day: date | None) -> int | None:
    """Return the weeks shown for a date; None for the last week there is."""
    if day is None:
        return None
    day = min(max(day, scenario.start), scenario.until)
    week = (day - scenario.start).days // 7 + 1
    return week if week < (scenario.until - scenario.start).days // 7 + 1 else None
