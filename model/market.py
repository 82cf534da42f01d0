"""The market: agents wired into a week, and the weeks into a run."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.apps import APP_KINDS, App
from agents.catalogue import TIERS, Catalogue
from agents.choice import Floats, Ints, Tasks, Tastes
from agents.columns import ColumnModel, Population
from agents.consultancies import Consultancy
from agents.developers import Developer, Developers
from agents.enterprises import APPLICATION_KINDS, Enterprise, Enterprises
from agents.hyperscalers import Hyperscaler, cost_per_gpu_hour
from agents.labs import Lab
from agents.streams import Streams
from agents.users import User, Users
from agents.workloads import SEGMENTS, SUBSCRIPTIONS, WorkloadIndex, task_value_factor, tasks_of, tastes_of
from model.allocation import Allocation
from model.applications import CELLS, ApplicationGraphs
from model.capacity import delivery, fit_contracts, investment
from model.clock import Clock, parse_date
from model.demand import Demand
from model.derive import DOUBLING_WEEKS
from model.errors import JevonsError
from model.exogenous_growth import Progress, Rates
from model.ledger import Ledger
from model.networks import Networks
from model.observables import Observables
from model.parameters import Parameters
from model.phase import Phase
from model.plans import Plans
from model.products import expect_of_applications, gpu_hours_per_mtok, pricing, research
from model.record import Recorder, record
from model.scenario import Scenario
from model.settlement import publication, settlement
from model.supply import Delivery, Fleet, Technology, technology
from model.traffic import allocation, demand
from model.uptake import SURFACES, adoption

PHASES = (research, pricing, adoption, demand, allocation, settlement, investment, delivery, publication, record)
APP_SLOTS_PER_DEVELOPER = 2

WeekCallback = Callable[["InferenceMarket"], None]


def _streams(seed: int) -> Streams:
    try:
        return Streams(seed)
    except ValueError as error:
        raise JevonsError(str(error)) from None


class InferenceMarket(ColumnModel):
    """The AI inference market as a Mesa model; one step is one week.

    scenario: a `Scenario` or the name of one; rng: the seed of every random stream (a non-negative integer).
    Raises JevonsError for a scenario that does not exist or is not valid.

    Who wants other behaviour derives a market whose `enterprise_behaviour`, say, is a class derived from `Enterprises`.
    Shapes below are over labs L, hyperscalers H, workloads W, tiers T. What is not said to be of a year is of a week.
    """

    user_behaviour: type[Users] = Users
    developer_behaviour: type[Developers] = Developers
    enterprise_behaviour: type[Enterprises] = Enterprises
    lab_class: type[Lab] = Lab
    hyperscaler_class: type[Hyperscaler] = Hyperscaler
    consultancy_class: type[Consultancy] = Consultancy

    STATE = (
        "backlog", "congestion", "planned", "ranks", "ambition", "app_routing", "agent_routing", "hours_per_mtok",
        "unit_cost", "capacity_hours", "revenue", "technology", "cost_per_hour", "rent", "rent_at_start",
        "outside_wanted", "outside_used", "capex_paid", "urgency", "implementers", "apps_without_slot", "recent_calls",
        "recent_capacity",
        "release_jump",
        "demanded", "outcome", "application_flows", "delivered",  # of the latest week, for those who look at it
    )  # fmt: skip

    # Derived from profiles.
    cloud_of: Floats  # (L, H) one where a lab may hold contracts with a hyperscaler, else zero
    own_cloud: NDArray[np.bool_]  # (L, H) whether the hyperscaler owns the lab
    big_four: NDArray[np.bool_]  # (H,) whose capital expenditure is disclosed as that of the big four

    # Carried from week to week.
    contracts: Floats  # (L, H) H100e; a row is the lab's own `contracts`
    backlog: Demand  # turned away and waiting
    congestion: Floats  # (L, W) share of GPU-hours asked for that is turned away, as remembered
    planned: Ints  # (L,) version of the catalogue that plans were made for; -1 for none
    ranks: Ints  # (L, W) order in which a lab serves when it is short, 0 first
    ambition: Floats  # (W,) log10 E by which the tasks in mind are harder than at the start
    app_routing: Floats  # (L,) share of each API in the traffic of apps that use several
    agent_routing: Floats  # (L,) likewise of coding agents
    technology: Technology
    cost_per_hour: float  # USD per H100e-hour of a new chip, its shell and power
    rent: float  # USD per H100e-hour on the spot
    rent_at_start: float
    outside_wanted: float  # H100e that other tenants want at the rent
    outside_used: Floats  # (H,) H100e that they have
    capex_paid: Floats  # (H,) USD for chips and shells
    urgency: float  # raises enterprises' hazards by this part
    implementers: float  # factor of the pace of implementations
    apps_without_slot: int  # apps that found no free row, since the start
    recent_calls: Ints  # (3, L) API calls asked for in the last weeks
    recent_capacity: Floats  # (26, L) H100e that served in the last weeks
    release_jump: Floats  # (L,) latest jump of API calls after a flagship

    # Of this week.
    hours_per_mtok: Floats  # (L, T) H100e-hours per million output tokens
    unit_cost: Floats  # (L, T) USD per million output tokens, the idle part of GPU-hours included
    application_tokens: Floats  # (L, CELLS) tokens of an application's task as planned, by kind and bin
    application_usd: Floats  # (L, CELLS) USD of it after the discount
    application_flows: Floats  # (enterprises, CELLS) tasks of one organisation of each row
    demanded: Demand  # new this week
    capacity_hours: Floats  # (L,) GPU-hours that may serve
    outcome: Allocation
    revenue: Floats  # (L, W) USD
    delivered: Delivery
    people_per_row: float
    developers_per_row: float

    # Derived from parameters.
    tasks: Tasks
    tastes: Tastes
    discount: Floats  # (W,) rebate on list prices
    commitment: Floats  # (W,) what turning a task away costs, to what serving it earns
    retention: Floats  # (W,) USD a task that keeping its customer is worth
    patience: Floats  # (W,) share of unserved tasks that wait
    metered: NDArray[np.bool_]  # (W,) pays by the token
    paid_mask: NDArray[np.bool_]  # (W,) brings in money, by the token or by subscription
    unpaid: Floats  # (W,) one for the others
    all_rows: Ints  # workloads
    routed_rows: Ints  # workloads that their lab routes, since they do not pay by the token
    routed_tasks: Tasks
    segment_masks: dict[str, NDArray[np.bool_]]  # workloads of a segment
    segment_table: Floats  # (segments, W), the same
    reporting_masks: dict[str, NDArray[np.bool_]]  # workloads that observables report together
    reporting_table: Ints  # (reported, W), the same
    opening_weeks: dict[str, Ints]  # by date field of a lab's profile (L,): first week that starts on or after it

    def __init__(self, scenario: Scenario | str | None = None, rng: int = 7) -> None:
        streams = _streams(rng)
        super().__init__(rng=rng)
        given = "baseline" if scenario is None else scenario
        self.scenario = given if isinstance(given, Scenario) else Scenario.load(given)
        self.seed = streams.seed
        self.streams = streams
        self.clock = Clock(self.scenario.start, self.scenario.until)
        self.parameters: Parameters = self.scenario.parameters_at(self.clock.date)
        self.phase_seconds: dict[str, float] = {}
        self.recorder = Recorder(self)
        self.observables = Observables(self.clock, self.recorder.settle)
        self.networks = Networks(self)
        self._open: dict[str, NDArray[np.bool_]] = {}
        self._build_strategic_actors()
        self._build_populations()
        self._build_week()
        self._follow_parameters()
        self._follow_progress()

    # building -----------------------------------------------------------------------------------------------------

    def _build_strategic_actors(self) -> None:
        p = self.parameters
        self.cloud_names = tuple(p.hyperscaler)
        self.lab_names = tuple(p.lab)
        self.hyperscalers = [self.hyperscaler_class(self, i, n, h) for i, (n, h) in enumerate(p.hyperscaler.items())]
        profiles = list(p.hyperscaler.values())
        self.fleet = Fleet.build(profiles, p.hyperscalers)
        self.big_four = np.array([h.big_four for h in profiles])
        listed = [lab.clouds.split() for lab in p.lab.values()]
        self.cloud_of = np.array([[float(name in names) for name in self.cloud_names] for names in listed])
        self.own_cloud = np.array([[name == lab.parent for name in self.cloud_names] for lab in p.lab.values()])
        stock = np.array([h.installed_at_start_h100e for h in profiles])
        weights = self.cloud_of * stock
        weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
        self.labs = [self.lab_class(self, i, n, lab, weights[i]) for i, (n, lab) in enumerate(p.lab.items())]
        self.contracts = np.zeros((len(self.labs), len(self.hyperscalers)))
        for lab in self.labs:
            lab.keep_contracts_in(self.contracts)
        self.consultancies = [self.consultancy_class(self, i) for i in range(p.consultancies.firms)]
        self.progress = Progress.start(len(self.labs), len(self.hyperscalers))
        self.ledger = Ledger(self.lab_names, self.cloud_names)
        self.catalogue = Catalogue.empty(len(self.labs))

    def _build_populations(self) -> None:
        p, scale, streams = self.parameters, self.parameters.scale, self.streams
        users = self.add_population(Population(self, User, scale.users))
        developers = self.add_population(Population(self, Developer, scale.developers))
        self.apps = self.add_population(Population(self, App, APP_SLOTS_PER_DEVELOPER * scale.developers))
        enterprises = self.add_population(Population(self, Enterprise, scale.enterprises))
        self.users = self.user_behaviour(users, p.consumers, streams, self._first("chat_date"))
        first = self._first("coding_date"), self._first("api_date")
        self.developers = self.developer_behaviour(developers, self.apps, p.developers, streams, first)
        self.enterprises = self.enterprise_behaviour(enterprises, p.enterprises, scale.applications_mean, streams)
        cascades = p.mechanisms.cascades
        self.graphs = ApplicationGraphs.draw(enterprises.applications, p.enterprises, streams, cascades)

    def _first(self, field: str) -> int:
        """Return the lab whose date in a field of its profile comes first."""
        dates = [getattr(lab.profile, field) or date.max for lab in self.labs]
        return dates.index(min(dates))

    def _build_week(self) -> None:
        """Set up what one week leaves to the next."""
        p, labs = self.parameters, len(self.labs)
        self.index = WorkloadIndex.build(p.workload)
        workloads = len(self.index.names)
        self.plans = Plans.empty(labs, workloads)
        self.planned = np.full(labs, -1, dtype=np.int64)
        self.chat_rows, self.surface_rows, self.app_rows, self.application_rows = (
            self.index.span(names) for names in (("chat-free", "chat-paid"), SURFACES, APP_KINDS, APPLICATION_KINDS)
        )
        self.application_tokens, self.application_usd = np.zeros((labs, CELLS)), np.zeros((labs, CELLS))
        self.backlog = Demand.zeros(labs, workloads, len(TIERS))
        self.demanded = self.backlog
        self.congestion = np.zeros((labs, workloads))
        self.ranks = np.zeros((labs, workloads), dtype=np.int64)
        self.ambition = np.zeros(workloads)
        self.app_routing, self.agent_routing = np.zeros(labs), np.zeros(labs)
        self.technology = technology(p.hyperscalers, self.progress)
        self.cost_per_hour = cost_per_gpu_hour(p.hyperscalers, self.technology.chip_price_usd, self.technology.density)
        self.rent = self.cost_per_hour * (1.0 + p.hyperscalers.cloud_margin)
        self.rent_at_start = self.rent
        for lab in self.labs:
            lab.rent = self.rent
        self.outside_wanted = 0.0
        self.outside_used = np.zeros(len(self.hyperscalers))
        self.capex_paid = np.zeros(len(self.hyperscalers))
        self.urgency = 0.0
        self.implementers = 1.0
        self.apps_without_slot = 0
        self.recent_calls = np.zeros((3, labs), dtype=np.int64)
        self.recent_capacity = np.zeros((DOUBLING_WEEKS, labs))
        self.release_jump = np.ones(labs)
        self.revenue = np.zeros((labs, workloads))
        self.hours_per_mtok = gpu_hours_per_mtok(self)
        self.capacity_hours = np.zeros(labs)
        fit_contracts(self, self.fleet.live())

    def _follow_parameters(self) -> None:
        """Derive what depends on parameters alone; done again when a dated change alters them."""
        p = self.parameters
        self.rates = Rates.of(p)
        self.users.parameters = p.consumers
        self.developers.parameters = p.developers
        self.enterprises.parameters = p.enterprises
        for lab, profile in zip(self.labs, p.lab.values(), strict=True):
            lab.profile = profile
        for cloud, owner in zip(self.hyperscalers, p.hyperscaler.values(), strict=True):
            cloud.profile = owner
        workloads = list(p.workload.values())
        self.tasks = tasks_of(p.workload, p.demand)
        self.tastes = tastes_of(p.demand, thinking=p.mechanisms.thinking_effort)
        self.discount = np.array([w.discount for w in workloads])
        self.commitment = np.array([w.commitment for w in workloads])
        self.retention = np.array([task_value_factor(w, p.demand) * w.value_usd for w in workloads])
        self.patience = np.array([w.patience for w in workloads])
        self.metered = np.array([w.payer == "metered" for w in workloads])
        self.all_rows, self.routed_rows = np.arange(len(workloads)), np.flatnonzero(~self.metered)
        self.routed_tasks = self.tasks.of(self.routed_rows)
        self.paid_mask = np.array([w.payer == "metered" or name in SUBSCRIPTIONS for name, w in p.workload.items()])
        self.unpaid = np.where(self.paid_mask, 0.0, 1.0)
        self.segment_masks = {s: np.array([w.segment == s for w in workloads]) for s in SEGMENTS}
        self.segment_table = np.array(list(self.segment_masks.values()), dtype=np.float64)
        self.reporting_masks = self._reporting_masks()
        self.reporting_table = np.array(list(self.reporting_masks.values()), dtype=np.int64)
        self.planned[:] = -1
        self._profile_arrays = self._arrays_of_profiles()
        self.opening_weeks = self._weeks_of_opening()
        self._opening_table = np.array(list(self.opening_weeks.values()))

    def _reporting_masks(self) -> dict[str, NDArray[np.bool_]]:
        """Return workloads by the segment name under which observables report them."""
        classes, payers, names = np.array(self.index.task_class), np.array(self.index.payer), self.index.names
        coding = np.array([name.startswith("code") for name in names])
        masks = {
            "all": np.ones(len(names), dtype=np.bool_),
            "api": payers == "metered",
            "embedded": payers == "surface",
            "chat": np.array([name.startswith("chat") for name in names]),
            "coding": coding,
            "agent": classes == "agent",
            **self.segment_masks,
        }
        return masks | {"consumer": self.segment_masks["consumer"] & (payers != "surface")}

    def _follow_plans(self) -> None:
        """Derive what depends on plans and prices alone."""
        for lab in range(len(self.labs)):
            expect_of_applications(self, lab)

    # what phases ask ------------------------------------------------------------------------------------------------

    def _arrays_of_profiles(self) -> dict[str, Floats]:
        fields = ("reach", "developer_reach", "coding_reach", "enterprise_reach", "surface_queries_per_week",
                  "surface_reach_people")  # fmt: skip
        arrays = {
            name: np.array([getattr(lab.profile, name) for lab in self.labs], dtype=np.float64) for name in fields
        }
        for array in arrays.values():
            array.flags.writeable = False
        return arrays

    def profile_array(self, field: str) -> Floats:
        """Return a field of the labs' profiles as an array (L,), not to be written."""
        return self._profile_arrays[field]

    def _weeks_of_opening(self) -> dict[str, Ints]:
        """Return `opening_weeks`; the end of time stands for no date."""
        fields = [name for name in type(self.labs[0].profile).model_fields if name.endswith("_date")]
        dates = {name: [getattr(lab.profile, name) or date.max for lab in self.labs] for name in fields}
        start = self.clock.start
        return {name: np.array([-((start - day).days // 7) for day in days]) for name, days in dates.items()}

    def open_since(self, field: str) -> NDArray[np.bool_]:
        """Return which labs sell something and have passed the date in a field of their profile (L,)."""
        if not self._open:
            passed = self._opening_table <= self.clock.week
            passed &= np.logical_or.reduce(self.catalogue.available, axis=1)
            passed.flags.writeable = False
            self._open = dict(zip(self.opening_weeks, passed, strict=True))
        return self._open[field]

    def catalogue_changed(self) -> None:
        """Forget what was open: call it when a week begins and when something comes on sale."""
        self._open = {}

    def productivity(self) -> float:
        """Return developers' output relative to one without AI tools; one where the recursion is switched off."""
        return self.developers.productivity() if self.parameters.mechanisms.coding_recursion else 1.0

    # running --------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one week. Raises JevonsError when none is left, and where the week before broke off half-way."""
        self._check_whole(self.steps - 1)
        self._begin_week()
        research(self)
        pricing(self)
        adoption(self)
        demand(self)
        allocation(self)
        settlement(self)
        investment(self)
        delivery(self)
        publication(self)
        record(self)
        self.clock.advance()
        self.running = not self.clock.finished

    def _check_whole(self, weeks: int) -> None:
        """Refuse to simulate where the scenario is over, or where more weeks were begun than finished."""
        if weeks != self.clock.week:
            day = self.clock.date
            raise JevonsError(f"the week of {day} broke off half-way and cannot go on: load a state, or start anew")
        if self.clock.finished:
            self.steps = weeks  # Mesa has counted a step that does not take place
            raise JevonsError(f"the scenario ended on {self.clock.until}: there is no week left to simulate")

    def _begin_week(self) -> None:
        """Take up parameters that change on a date of this week, and let exogenous progress move on."""
        self.catalogue_changed()
        due = self.scenario.parameters_at(self.clock.date) if self.scenario.changes else self.parameters
        if due is not self.parameters and due != self.parameters:
            self.recorder.settle()
            self.parameters = due
            self._follow_parameters()
        if self.clock.week > 0:
            self.progress.advance(self.rates)
        self._follow_progress()

    def _follow_progress(self) -> None:
        """Derive what depends on exogenous progress alone."""
        self.people_per_row = self.users.people_per_row(self.progress.people)
        self.developers_per_row = self.developers.people_per_row(self.progress.developers)
        for cloud, growth in zip(self.hyperscalers, np.exp(self.progress.core_cash).tolist(), strict=True):
            cloud.core_cash_per_year = cloud.profile.core_cash_flow_usd_per_year * growth

    def run(self, until: date | str | None = None, progress: WeekCallback | None = None) -> "InferenceMarket":
        """Simulate up to and including the week that holds `until` (by default the scenario's last); returns itself.

        progress is called with the market after every week. Raises JevonsError for an impossible date.
        """
        last = self.clock.weeks_total
        if until is not None:
            last = self.clock.week_of(parse_date(until, "until")) + 1
        while self.clock.week < last:
            self._check_whole(self.steps)  # Mesa 3.5 no longer steps at all after an exception
            self.step()
            if progress is not None:
                progress(self)
        return self

    @staticmethod
    def phases() -> tuple[Phase, ...]:
        """Return the phases of the week in order."""
        return PHASES

    # saving ---------------------------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle by the state, as `branch` does; what others have hung on this object is left behind.

        Labs' contracts are views of one table, for example, which copying attribute by attribute would tear apart.
        """
        from model.state import capture, rebuild

        return rebuild, (type(self), capture(self))

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the state to a file from which `load` goes on bit for bit.

        Raises JevonsError if it cannot be written, and where the file exists unless `overwrite`.
        """
        from model.state import save

        return save(self, Path(path), overwrite=overwrite)

    @classmethod
    def load(cls, path: str | Path) -> "InferenceMarket":
        """Return the market of a saved state. Raises JevonsError for a file that is missing or damaged."""
        from model.state import load

        return load(cls, Path(path))

    def branch(self, at: date | str | None = None, changes: dict[str, Any] | None = None) -> "InferenceMarket":
        """Return an independent market that goes on from here, once run to the week of `at`, with other parameters.

        Without `at` it branches now; this market itself is run forward to `at`. changes: values by dotted path.
        """
        from model.state import branch

        return branch(self, at, changes or {})
