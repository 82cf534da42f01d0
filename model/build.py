"""Building a world from a scenario and a seed, and keeping what is derived from parameters up to date."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from agents.apps import APP_KINDS, App
from agents.builders import Builder
from agents.catalogue import TIERS, Catalogue
from agents.chip_makers import ChipMaker
from agents.choice import Floats
from agents.columns import ColumnModel, Population
from agents.consultancies import Consultancy
from agents.developers import Developer, Developers
from agents.enterprises import Enterprise, Enterprises
from agents.hyperscalers import Hyperscaler
from agents.labs import Lab
from agents.parameter_groups import Group
from agents.power_suppliers import PowerSupplier
from agents.streams import Streams
from agents.suppliers import Supplier
from agents.users import User, Users
from model import opening_books
from model.allocation import Allocation
from model.applications import KINDS, ApplicationGraphs
from model.capacity import fit_contracts
from model.clock import Clock
from model.constants import Constants
from model.demand import Demand
from model.errors import JevonsError, nearest
from model.exogenous_growth import ExogenousGrowth
from model.facts import PendingFacts
from model.fleet import Delivery, Fleet, technology
from model.ledger import Ledger
from model.menu_state import Menus
from model.metered_work import MeteredWork
from model.observables import Observables
from model.parameters import Parameters
from model.plans import Plans
from model.product_line import hours_per_mtok
from model.record import settle
from model.scenario import Scenario
from model.world import DOUBLING_WEEKS, YEAR_WEEKS, World

APP_SLOTS_PER_DEVELOPER = 2


class Market(ColumnModel):
    """A Mesa model with the classes that act in it; a market with other behaviour names classes of its own."""

    user_behaviour: type[Users] = Users
    developer_behaviour: type[Developers] = Developers
    enterprise_behaviour: type[Enterprises] = Enterprises
    lab_class: type[Lab] = Lab
    hyperscaler_class: type[Hyperscaler] = Hyperscaler
    chip_maker_class: type[ChipMaker] = ChipMaker
    power_supplier_class: type[PowerSupplier] = PowerSupplier
    builder_class: type[Builder] = Builder
    consultancy_class: type[Consultancy] = Consultancy

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Refuse a class under a name that nobody reads: it would never act. Raises JevonsError."""
        own = vars(cls).get("observables")
        super().__init_subclass__(**arguments)
        if own is not None:  # Mesa 3.5 puts a table of its signals under this name
            cls.observables = own
        elif "observables" in vars(cls):
            del cls.observables
        known = [name for name in vars(Market) if name.endswith(("_behaviour", "_class"))]
        for name in vars(cls):
            if name.endswith(("_behaviour", "_behavior", "_class")) and name not in known:
                raise JevonsError(f"{cls.__name__}.{name}: a market reads no such class; {nearest(name, known)}")


def build_world(model: Market, scenario: Scenario, streams: Streams) -> World:
    """Build the world of a scenario before its first week; its agents are registered with the Mesa `model`."""
    clock = Clock(scenario.start, scenario.until)
    p = scenario.parameters_at(clock.date)
    k = Constants.of(p, clock.start)
    exogenous = ExogenousGrowth.start(len(p.lab), len(p.hyperscaler))
    tech, rent = technology(p.hyperscalers, p.suppliers, exogenous), p.hyperscalers.rent_at_start

    clouds = [model.hyperscaler_class(model, i, name, h) for i, (name, h) in enumerate(p.hyperscaler.items())]
    makers, suppliers, builders = _build_suppliers(model, p)
    labs, contracts = _build_labs(model, p, k, model.lab_class, rent)
    consultancies = [model.consultancy_class(model, i) for i in range(p.consultancies.firms)]
    users, developers, apps, enterprises = _build_populations(model, p, streams)
    graphs = ApplicationGraphs.draw(
        enterprises.columns.applications, p.enterprises, streams, cascade=p.mechanisms.cascades
    )

    n_labs, n_clouds, n_workloads, n_tiers = len(labs), len(clouds), len(k.index.names), len(TIERS)
    n_classes = len(k.metered_rows)
    nothing, by_tier = Demand.zeros(n_labs, n_workloads, n_tiers), np.zeros((n_labs, n_workloads, n_tiers))
    world = World(
        scenario=scenario, clock=clock, streams=streams, parameters=p, constants=k, exogenous=exogenous,
        users=users, developers=developers, apps=apps, enterprises=enterprises, graphs=graphs,
        labs=labs, hyperscalers=clouds, chip_makers=makers, power_suppliers=suppliers, builders=builders,
        consultancies=consultancies,
        people_per_row=0.0, developers_per_row=0.0, populations=model.populations,
        catalogue=Catalogue.empty(n_labs),
        plans=Plans.empty(n_labs, n_workloads),
        ranks=np.zeros((n_labs, n_workloads), dtype=np.int64),
        ambition=np.zeros(n_workloads),
        hours_per_mtok=np.zeros((n_labs, n_tiers)),
        unit_cost=np.zeros((n_labs, n_tiers)),
        used=Catalogue.empty(n_labs),
        menus=Menus.start(n_labs),
        metered=MeteredWork.start(n_classes, first_seller(p, n_labs), p.metered),
        demanded=nothing, backlog=nothing,
        outcome=Allocation(nothing, nothing, nothing, nothing, by_tier, by_tier, np.ones((n_labs, n_workloads))),
        congestion=np.zeros((n_labs, n_workloads)), committed_hours=np.zeros((n_labs, n_workloads)),
        large_share=np.ones((n_labs, n_workloads)),
        capacity_hours=np.zeros(n_labs),
        application_flows=np.zeros((len(enterprises.columns), KINDS)),
        wallets=np.zeros((len(enterprises.columns), n_labs)),
        ledger=Ledger(
            k.lab_names,
            k.cloud_names,
            {
                "chip_makers": tuple(p.chip_maker),
                "power_suppliers": tuple(p.power_supplier),
                "builders": tuple(p.builder),
            },
        ),
        revenue=np.zeros((n_labs, n_workloads)),
        capex_paid=np.zeros(n_clouds), other_capex=np.zeros(n_clouds),
        fleet=Fleet.build(list(p.hyperscaler.values()), p.hyperscalers),
        chip_book=opening_books.chip_book(p), shell_book=opening_books.shell_book(p),
        power_book=opening_books.power_book(p),
        contracts=contracts,
        technology=tech, rent=rent, rent_at_start=rent, contract_rent=rent,
        served_need=0.0, served_need_at_start=0.0, outside_value=0.0,
        outside_wanted=0.0, outside_used=np.zeros(n_clouds), outside_rent=rent, outside_serving_share=0.0,
        market_value=0.0, common_error=0.0, held_down_by=np.zeros(n_clouds, dtype=np.int64),
        delivered=no_delivery(len(makers), len(builders), len(suppliers), n_clouds),
        urgency=0.0, implementers=1.0,
        observables=Observables(clock), pending=PendingFacts(),
        apps_without_slot=0,
        recent_calls=np.zeros((3, n_labs), dtype=np.int64),
        recent_capacity=np.zeros((DOUBLING_WEEKS, n_labs)),
        recent_organisation_tokens=np.zeros((YEAR_WEEKS - 1, len(enterprises.columns))),
        recent_app_tokens=np.zeros((YEAR_WEEKS - 1, n_labs, len(APP_KINDS))),
        release_jump=np.ones(n_labs),
    )  # fmt: skip
    world.observables.before_reading = partial(settle, world)
    world.hours_per_mtok = hours_per_mtok(world, world.used.flop)
    fit_contracts(world, world.fleet.live())
    follow_growth(world)
    return world


def _build_labs(
    model: ColumnModel, p: Parameters, k: Constants, lab_class: type[Lab], rent: float
) -> tuple[list[Lab], Floats]:
    """Return the labs and the table of their contracts (L, H): compute is spread over their clouds by stock."""
    stock = np.array([h.installed_at_start_h100e for h in p.hyperscaler.values()])
    weights = k.cloud_of * stock
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    labs = [lab_class(model, i, name, profile, weights[i]) for i, (name, profile) in enumerate(p.lab.items())]
    contracts = np.zeros((len(labs), len(stock)))
    for lab in labs:
        lab.keep_contracts_in(contracts)
        lab.rent = rent
    return labs, contracts


def no_delivery(makers: int, builders: int, ways: int, clouds: int) -> Delivery:
    """Return a week in which nothing came."""
    chips, shells, power = (np.zeros((many, clouds)) for many in (makers, builders, ways))
    return Delivery(chips, np.zeros(clouds), shells, power, chips, shells, power)


def _build_suppliers(model: Market, p: Parameters) -> tuple[list[ChipMaker], list[PowerSupplier], list[Builder]]:
    """Return those who make chips, supply power and build shells."""
    makers = [
        model.chip_maker_class(model, i, name, one, p.suppliers, opening_books.BOOK_AT_START * one.normal_book_weeks)
        for i, (name, one) in enumerate(p.chip_maker.items())
    ]
    suppliers = [
        model.power_supplier_class(model, i, name, one) for i, (name, one) in enumerate(p.power_supplier.items())
    ]
    builders = [model.builder_class(model, i, name, one) for i, (name, one) in enumerate(p.builder.items())]
    return makers, suppliers, builders


def _build_populations(
    model: Market, p: Parameters, streams: Streams
) -> tuple[Users, Developers, Population[App], Enterprises]:
    """Allocate the rows and settle them: the first customers belong to the labs that open first."""

    def first(field: str) -> int:
        dates = [getattr(lab, field) or date.max for lab in p.lab.values()]
        return dates.index(min(dates))

    user_rows = model.add_population(Population(model, User, p.scale.users))
    developer_rows = model.add_population(Population(model, Developer, p.scale.developers))
    apps = model.add_population(Population(model, App, APP_SLOTS_PER_DEVELOPER * p.scale.developers))
    enterprise_rows = model.add_population(Population(model, Enterprise, p.scale.enterprises + p.scale.firms))
    users = model.user_behaviour(user_rows, p.consumers, streams, first("chat_date"))
    first_sellers = first("coding_date"), first("api_date")
    developers = model.developer_behaviour(developer_rows, apps, p.developers, streams, first_sellers)
    enterprises = model.enterprise_behaviour(
        enterprise_rows, p.enterprises, p.scale.applications_mean, streams, p.scale.firms
    )
    return users, developers, apps, enterprises


def first_seller(p: Parameters, labs: int) -> Floats:
    """Return shares of metered revenue before there is any (L,): all to the lab that opens its API first."""
    dates = [lab.api_date or date.max for lab in p.lab.values()]
    return (np.arange(labs) == dates.index(min(dates))).astype(np.float64)


def follow_parameters(world: World, parameters: Parameters) -> None:
    """Put other parameters in force, and derive again what depends on them alone."""
    p = world.parameters = parameters
    world.constants = Constants.of(p, world.clock.start)
    world.users.parameters, world.developers.parameters = p.consumers, p.developers
    world.enterprises.parameters = p.enterprises
    for lab, profile in zip(world.labs, p.lab.values(), strict=True):
        lab.profile = profile
    for cloud, owner in zip(world.hyperscalers, p.hyperscaler.values(), strict=True):
        cloud.profile = owner
    suppliers: tuple[tuple[Sequence[Supplier], Mapping[str, Group]], ...] = (
        (world.chip_makers, p.chip_maker),
        (world.power_suppliers, p.power_supplier),
        (world.builders, p.builder),
    )
    for firms, profiles in suppliers:
        for firm, one in zip(firms, profiles.values(), strict=True):
            firm.profile = one


def follow_growth(world: World) -> None:
    """Derive what depends on exogenous growth alone."""
    world.people_per_row = world.users.people_per_row(world.exogenous.people)
    world.developers_per_row = world.developers.people_per_row(world.exogenous.developers)
    for cloud, growth in zip(world.hyperscalers, np.exp(world.exogenous.core_cash).tolist(), strict=True):
        cloud.core_cash_per_year = cloud.profile.core_cash_flow_usd_per_year * growth
