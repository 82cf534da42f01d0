"""The world: everything that a week reads and writes, grouped by who owns it.

Phases are functions of a `World`. Nothing here imports a phase or the driver, so that all of them can import it.
Dimensions: lab, cloud (hyperscaler), workload, tier, cell (kind and bin of an application's tasks), enterprise (row).
What is not said to be of a year is of a week.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from agents.apps import App
from agents.builders import Builder
from agents.catalogue import Catalogue
from agents.chip_makers import ChipMaker
from agents.choice import Floats, Ints
from agents.columns import Population
from agents.consultancies import Consultancy
from agents.developers import Developers
from agents.enterprises import Enterprises
from agents.hyperscalers import Hyperscaler
from agents.labs import Lab
from agents.power_suppliers import PowerSupplier
from agents.streams import Streams
from agents.users import Users
from model.allocation import Allocation
from model.applications import ApplicationGraphs
from model.clock import Clock
from model.constants import Constants, Flags
from model.demand import Demand
from model.exogenous_growth import ExogenousGrowth
from model.facts import PendingFacts
from model.fleet import Delivery, Fleet, Technology
from model.ledger import Ledger
from model.menu_state import Menus
from model.metered_work import MeteredWork
from model.observables import Observables
from model.order_books import OrderBook
from model.parameters import Parameters
from model.plans import Plans
from model.scenario import Scenario

DOUBLING_WEEKS = 26
"""Weeks over which the growth of serving capacity is measured."""
YEAR_WEEKS = 52
"""Weeks that count as the last twelve months."""


@dataclass
class World:
    """The state of a market. `STATE` names the fields that are saved; the rest is built again or holds its own."""

    STATE = (
        "ranks", "ambition", "hours_per_mtok", "unit_cost",
        "demanded", "backlog", "outcome", "congestion", "committed_hours", "large_share",
        "capacity_hours",
        "application_flows", "wallets", "revenue", "capex_paid", "other_capex", "technology", "rent", "rent_at_start",
        "contract_rent", "served_need", "served_need_at_start", "outside_value", "outside_wanted", "outside_used",
        "outside_rent", "outside_serving_share", "market_value", "common_error", "held_down_by", "delivered",
        "urgency", "implementers", "apps_without_slot",
        "recent_calls", "recent_capacity", "recent_organisation_tokens", "recent_app_tokens", "release_jump", "own",
    )  # fmt: skip

    # the run
    scenario: Scenario
    clock: Clock
    streams: Streams
    parameters: Parameters  # in force this week
    constants: Constants  # derived from them
    exogenous: ExogenousGrowth

    # who acts
    users: Users
    developers: Developers
    apps: Population[App]
    enterprises: Enterprises
    graphs: ApplicationGraphs
    labs: list[Lab]
    hyperscalers: list[Hyperscaler]
    chip_makers: list[ChipMaker]
    power_suppliers: list[PowerSupplier]
    builders: list[Builder]
    consultancies: list[Consultancy]
    populations: list[Population[Any]]  # rows of every population of the market, in order of their ids
    people_per_row: float
    developers_per_row: float

    # labs' products
    catalogue: Catalogue
    used: Catalogue  # what customers of each tier use and pay on average: they move to new models week by week
    plans: Plans
    ranks: Int[Ints, "lab workload"]  # order in which a lab serves when it is short, 0 first
    ambition: Float[Floats, " workload"]  # log10 E by which the tasks in mind are harder than at the start
    hours_per_mtok: Float[Floats, "lab tier"]  # H100e-hours per million output tokens
    unit_cost: Float[Floats, "lab tier"]  # USD per million output tokens, the idle part of GPU-hours included

    metered: MeteredWork
    menus: Menus  # what labs sell by the month

    # traffic
    demanded: Demand  # new this week
    backlog: Demand  # turned away and waiting
    outcome: Allocation
    congestion: Float[Floats, "lab workload"]  # remembered share of GPU-hours asked for that is turned away
    committed_hours: Float[Floats, "lab workload"]  # GPU-hours that contracts reserve
    large_share: Float[Floats, "lab workload"]  # part of organisations' payments that the large ones make
    capacity_hours: Float[Floats, " lab"]  # GPU-hours that may serve
    application_flows: Float[Floats, "enterprise kind"]  # tasks of one organisation of each row
    wallets: Float[Floats, "enterprise lab"]  # part of these that is with each lab

    # money
    ledger: Ledger
    revenue: Float[Floats, "lab workload"]  # USD
    capex_paid: Float[Floats, " cloud"]  # USD for chips, shells and power
    other_capex: Float[Floats, " cloud"]  # USD, for all that is not AI

    # compute
    fleet: Fleet
    chip_book: OrderBook  # H100e, by maker and hyperscaler
    shell_book: OrderBook  # MW, by builder and hyperscaler
    power_book: OrderBook  # MW, by supplier and customer: hyperscalers, and others last
    contracts: Float[Floats, "lab cloud"]  # H100e; a row is the lab's own `contracts`
    technology: Technology
    rent: float  # USD per H100e-hour on the spot market
    rent_at_start: float
    contract_rent: float  # USD per H100e-hour, mean of the contracts in force
    served_need: float  # GPU-hours that labs' customers ask for, as other tenants have seen it
    served_need_at_start: float  # the first that they saw
    outside_value: float  # H100e that other tenants would take at a rent of 1 USD
    outside_wanted: float  # H100e that other tenants want at the rent
    outside_used: Float[Floats, " cloud"]  # H100e that other tenants have
    outside_rent: float  # USD per H100e-hour that they pay on average
    outside_serving_share: float  # part of it that serves and does not train
    market_value: float  # what all tenants would take at a rent of 1 USD, smoothed, H100e
    common_error: float  # of all hyperscalers about the growth of demand, a year
    held_down_by: Int[Ints, " cloud"]  # what holds live capacity down, places in LIMITS
    delivered: Delivery

    # publications
    urgency: float  # raises enterprises' hazards by this part
    implementers: float  # factor of the pace of implementations

    # records
    observables: Observables
    pending: PendingFacts
    apps_without_slot: int  # apps that found no free row, since the start
    recent_calls: Int[Ints, "three lab"]  # API calls asked for in the last weeks
    recent_capacity: Float[Floats, "window lab"]  # H100e that served in the last DOUBLING_WEEKS
    recent_organisation_tokens: Float[Floats, "before organisation"]  # of one organisation, in YEAR_WEEKS - 1 weeks
    recent_app_tokens: Float[Floats, "before lab app"]  # of one vendor's app, in YEAR_WEEKS - 1 weeks
    release_jump: Float[Floats, " lab"]  # latest jump of API calls after a flagship
    phase_seconds: dict[str, float] = field(default_factory=dict)
    own: dict[str, Any] = field(
        default_factory=dict
    )  # a user's own state: numbers, texts, arrays, lists, dicts by name

    @property
    def lab_names(self) -> tuple[str, ...]:
        """Names of the labs, in the order of their axis."""
        return self.constants.lab_names

    @property
    def charged_prices(self) -> Float[Floats, "lab tier"]:
        """List prices times each lab's `price_factor`, USD per million output tokens."""
        return self.catalogue.price * self.constants.price_factor[:, None]

    @property
    def paid_prices(self) -> Float[Floats, "lab tier"]:
        """What customers pay on average for the models in use, without discounts, USD per million output tokens."""
        return self.used.price * self.constants.price_factor[:, None]

    def open_since(self, date_field: str) -> Bool[Flags, " lab"]:
        """Return which labs sell something and have passed the date in a field of their profile."""
        passed = self.constants.opening_weeks[date_field] <= self.clock.week
        return np.asarray(passed & self.catalogue.available.any(axis=1))

    def productivity(self) -> float:
        """Return developers' output relative to one without AI tools; 1 where the recursion is switched off."""
        return self.developers.productivity() if self.parameters.mechanisms.coding_recursion else 1.0
