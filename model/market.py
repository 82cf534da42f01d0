"""The driver: it builds a world, steps it week by week, and saves, loads and branches it."""

import copy
import dataclasses
import secrets
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

from agents.builders import Builder
from agents.chip_makers import ChipMaker
from agents.hyperscalers import Hyperscaler
from agents.labs import Lab
from agents.power_suppliers import PowerSupplier
from agents.streams import Streams
from model.about import version
from model.build import Market, build_world, follow_growth, follow_parameters
from model.clock import Clock, parse_date
from model.errors import JevonsError, show
from model.networks import Networks
from model.observable_table import Observable
from model.observables import Observables
from model.parameters import Parameters
from model.phases import Phase
from model.record import settle
from model.scenario import Scenario
from model.state import State, attributes, capture, check_complete, read_state, restore, restore_luck, write_state
from model.week import PHASES
from model.world import World

WeekCallback = Callable[["InferenceMarket"], None]


def _streams(seed: int) -> Streams:
    try:
        return Streams(seed)
    except ValueError as error:
        raise JevonsError(str(error)) from None


class InferenceMarket(Market):
    """The AI inference market as a Mesa model; one step is one week. Its state is `world`.

    scenario: a `Scenario` or the name of one; rng: the seed of every random stream (a non-negative integer). Without
    one, a seed is drawn, so that replications differ; `seed` says which.
    Raises JevonsError for a scenario that does not exist or is not valid.

    To change a behaviour, subclass it and set, for example, `enterprise_behaviour` to a class derived from
    `Enterprises`. To add a phase, set `week` to `insert_phase(InferenceMarket.week, mine, before="settlement")`.
    To record a series, add to `own_series` what it is and a function that reads it from the world each week.
    To carry state of your own, put it into `world.own`: copies, branches and saved states have it too. They are built
    without a subclass's `__init__`, so its arguments belong there. Other attributes and agents are refused by them.
    """

    week: tuple[Phase, ...] = PHASES
    own_series: ClassVar[Mapping[Observable, Callable[[World], float]]] = {}

    def __init__(self, scenario: Scenario | str | None = None, rng: int | None = None) -> None:
        streams = _streams(secrets.randbits(32) if rng is None else rng)
        before = {name for name in vars(self) if not name.startswith("_")}  # a subclass's: Mesa's start with _
        super().__init__(rng=streams.seed)
        self.seed = streams.seed
        given = "baseline" if scenario is None else scenario
        self.scenario = given if isinstance(given, Scenario) else Scenario.load(given)
        self.world = build_world(self, self.scenario, streams)
        self.world.observables.own = self.own_series
        self.networks = Networks(self.world)
        self._built: dict[str, set[Any]] = {}
        self._built |= attributes(self, self.world)
        self._built["market"] -= before

    # what people ask of a market ----------------------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        """The week about to be simulated, a copy."""
        return copy.copy(self.world.clock)

    @property
    def parameters(self) -> Parameters:
        """The parameters in force this week."""
        return self.world.parameters

    @property
    def observables(self) -> Observables:
        """The record of the run so far."""
        return self.world.observables

    @property
    def labs(self) -> tuple[Lab, ...]:
        """The AI labs, in the order of their table."""
        return tuple(self.world.labs)

    @property
    def hyperscalers(self) -> tuple[Hyperscaler, ...]:
        """The hyperscalers, in the order of their table."""
        return tuple(self.world.hyperscalers)

    @property
    def chip_makers(self) -> tuple[ChipMaker, ...]:
        """The makers of chips, in the order of their table."""
        return tuple(self.world.chip_makers)

    @property
    def power_suppliers(self) -> tuple[PowerSupplier, ...]:
        """The suppliers of power, in the order of their table."""
        return tuple(self.world.power_suppliers)

    @property
    def builders(self) -> tuple[Builder, ...]:
        """The builders of shells, in the order of their table."""
        return tuple(self.world.builders)

    @property
    def phase_seconds(self) -> dict[str, float]:
        """Seconds spent in each phase so far, a copy."""
        return dict(self.world.phase_seconds)

    @classmethod
    def phases(cls) -> tuple[Phase, ...]:
        """Return the phases of the week in order."""
        return cls.week

    def deregister_agent(self, agent: Any) -> None:
        """Mesa's `deregister_agent`; JevonsError for a lab or another firm, which would act on."""
        world = self.world
        firms = (world.labs, world.hyperscalers, world.chip_makers, world.power_suppliers, world.builders)
        if any(agent in group for group in (*firms, world.consultancies)):
            raise JevonsError(f"{agent!r} cannot be removed: a scenario can let a lab enter late, or give it no reach")
        super().deregister_agent(agent)

    # running ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one week. Raises JevonsError when none is left, and where the week before broke off half-way."""
        self._check_whole(self.steps - 1)
        self._begin_week()
        for phase in self.week:
            phase(self.world)
        self.world.clock.advance()
        self.running = not self.world.clock.finished

    def _check_whole(self, weeks: int) -> None:
        """Refuse to simulate where the scenario is over, or where more weeks were begun than finished."""
        clock = self.world.clock
        if weeks != clock.week:
            day = clock.date
            raise JevonsError(f"the week of {day} broke off half-way and cannot go on: load a state, or start anew")
        if clock.finished:
            self.steps = weeks  # Mesa has counted a step that does not take place
            raise JevonsError(f"the scenario ended on {clock.until}: there is no week left to simulate")

    def _begin_week(self) -> None:
        """Put parameters in force that change on a date of this week, and let exogenous growth move on."""
        world = self.world
        if self.scenario.changes:
            due = self.scenario.parameters_at(world.clock.date)
            if due is not world.parameters and due != world.parameters:
                settle(world)
                follow_parameters(world, due)
        if world.clock.week > 0:
            world.exogenous.advance(world.constants.rates)
        follow_growth(world)

    def run(self, until: date | str | None = None, progress: WeekCallback | None = None) -> Self:
        """Simulate up to and including the week that holds `until` (by default the scenario's last); returns itself.

        progress is called with the market after every week. Raises JevonsError for an impossible date.
        """
        last = self.clock.weeks_total
        if until is not None:
            last = self.clock.week_of(parse_date(until, "until")) + 1
        while self.world.clock.week < last:
            self._check_whole(self.steps)  # Mesa 3.5 no longer steps at all after an exception
            self.step()
            if progress is not None:
                progress(self)
        return self

    # saving -------------------------------------------------------------------------------------------------------

    def capture(self) -> State:
        """Return a copy of the state, in memory.

        Raises JevonsError where the latest week broke off half-way, and where a state cannot hold what was added.
        """
        if self.steps != self.clock.week:
            raise JevonsError(
                f"the week of {self.clock.date} broke off half-way: a state is taken between two weeks; "
                "start again from an earlier state"
            )
        check_complete(self._built, self, self.world)
        return capture(self.world, self)

    @classmethod
    def resume(cls, state: State) -> Self:
        """Build a market that goes on from a state, without the `__init__` of a subclass.

        Raises JevonsError where the state does not fit the model, and where it is that of another subclass.
        """
        if state.market not in {base.__qualname__ for base in cls.__mro__}:
            raise JevonsError(
                f"this is a state of a {state.market}, not of {cls.__qualname__}: use {state.market}.load"
            )
        market = cls.__new__(cls)
        InferenceMarket.__init__(market, state.scenario, rng=state.seed)
        restore(market.world, state)
        restore_luck(market, state)
        market.steps = state.week
        market.running = not market.clock.finished
        return market

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle by the state, as `branch` does; attributes that others added to this object are refused.

        Labs' contracts, for example, are views of one table, which copying attribute by attribute would separate.
        """
        return _resume, (type(self), self.capture())

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the state to a file from which `load` goes on bit for bit.

        Raises JevonsError if it cannot be written, and where the file exists unless `overwrite`.
        """
        return write_state(self.capture(), Path(path), overwrite=overwrite)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the market of a saved state, which goes on bit for bit as the saved market would have.

        Raises JevonsError for a file that is missing or damaged, or that another version saved with other parameters.
        """
        state = read_state(Path(path))
        try:
            return cls.resume(state)
        except JevonsError as error:
            raise JevonsError(f"{path}: {error} (this is jevons {version()})") from None

    def branch(self, at: date | str | None = None, changes: Mapping[str, Any] | None = None) -> Self:
        """Return an independent market that goes on from here, once run to the week of `at`, with other parameters.

        Without `at` it branches now; this market itself is run forward to `at`. changes: values by dotted path, which
        hold from that week's Monday on, as a dated change of the branch's scenario. Raises JevonsError, before anything
        is simulated, for a date that is over or not in the scenario and for values that cannot be changed.
        """
        changes = {} if changes is None else changes
        if not isinstance(changes, Mapping):
            raise JevonsError(f"changes = {show(changes)}: give values by path, as in {{'labs.menu_cost': 0.1}}")
        clock = self.clock
        week = clock.week if at is None else clock.week_of(parse_date(at, "at", clock.start, clock.until))
        if week < clock.week:
            allowed = (
                "no date: the scenario is over" if clock.finished else f"a date from {clock.date} to {clock.until}"
            )
            raise JevonsError(f"at = {at}: that week is over, the market is at {clock.date}; allowed is {allowed}")
        scenario = self.scenario
        if changes:
            if week >= clock.weeks_total:
                raise JevonsError(f"the scenario ended on {clock.until}: there is no week left for changes to hold in")
            scenario = scenario.replace(changes=(*scenario.changes, (clock.date_of(week), changes)))
        while self.world.clock.week < week:
            self.step()
        return self.resume(dataclasses.replace(self.capture(), scenario=scenario))


def _resume(cls: type[InferenceMarket], state: State) -> InferenceMarket:
    """Build a market of a class from a state; pickle needs a function."""
    return cls.resume(state)
