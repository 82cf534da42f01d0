"""All parameters of the market, gathered from the files that declare them beside each behaviour.

To add a group, add a field to `Parameters`; to add a table of profiles, name its file in `TABLES` too.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, Self

from pydantic import model_validator

from agents.consultancy_parameters import ConsultancyParameters
from agents.consumer_parameters import ConsumerParameters
from agents.developer_parameters import DeveloperParameters
from agents.enterprise_parameters import EnterpriseParameters
from agents.hyperscaler_parameters import HyperscalerParameters, HyperscalerProfile
from agents.lab_parameters import LabParameters, LabProfile
from agents.metered_parameters import MeteredParameters
from agents.parameter_groups import Group, declared
from agents.supplier_parameters import BuilderProfile, ChipMakerProfile, PowerSupplierProfile, SupplierParameters
from agents.workload_parameters import ASKED, DemandParameters, Workload
from model.errors import JevonsError, nearest, show
from model.tree import Tree

MOST_LABS = 100
"""Columns hold the number of a lab in 8 bits."""
DATA = Path(__file__).resolve().parent.parent / "agents" / "data"


class Mechanisms(Group):
    """The mechanisms of the market, each on or off."""

    training_split: bool = declared("mechanisms.training_split")
    thinking_effort: bool = declared("mechanisms.thinking_effort")
    consumer_adoption: bool = declared("mechanisms.consumer_adoption")
    developer_apps: bool = declared("mechanisms.developer_apps")
    agents: bool = declared("mechanisms.agents")
    rebound: bool = declared("mechanisms.rebound")
    efficiency: bool = declared("mechanisms.efficiency")
    enterprise_adoption: bool = declared("mechanisms.enterprise_adoption")
    sticky_prices: bool = declared("mechanisms.sticky_prices")
    cascades: bool = declared("mechanisms.cascades")
    coding_recursion: bool = declared("mechanisms.coding_recursion")
    consulting_flywheel: bool = declared("mechanisms.consulting_flywheel")
    budgets: bool = declared("mechanisms.budgets")
    reputation: bool = declared("mechanisms.reputation")
    commitments: bool = declared("mechanisms.commitments")
    free_entry: bool = declared("mechanisms.free_entry")
    product_line: bool = declared("mechanisms.product_line")
    menus: bool = declared("mechanisms.menus")
    supply_limits: bool = declared("mechanisms.supply_limits")


class Scale(Group):
    """How many rows represent the world; results do not depend on it beyond sampling noise."""

    users: int = declared("scale.users")
    developers: int = declared("scale.developers")
    enterprises: int = declared("scale.enterprises")
    firms: int = declared("scale.firms")
    applications_mean: float = declared("scale.applications_mean")


class Parameters(Tree):
    """Every parameter of the market by dotted path, for example `mechanisms.thinking_effort` or `scale.users`."""

    mechanisms: Mechanisms
    demand: DemandParameters
    metered: MeteredParameters
    consumers: ConsumerParameters
    developers: DeveloperParameters
    enterprises: EnterpriseParameters
    labs: LabParameters
    hyperscalers: HyperscalerParameters
    suppliers: SupplierParameters
    consultancies: ConsultancyParameters
    scale: Scale
    lab: dict[str, LabProfile]
    hyperscaler: dict[str, HyperscalerProfile]
    chip_maker: dict[str, ChipMakerProfile]
    power_supplier: dict[str, PowerSupplierProfile]
    builder: dict[str, BuilderProfile]
    workload: dict[str, Workload]

    TABLES: ClassVar[Mapping[str, Path]] = {
        "lab": DATA / "labs.csv",
        "hyperscaler": DATA / "hyperscalers.csv",
        "chip_maker": DATA / "chip_makers.csv",
        "power_supplier": DATA / "power_suppliers.csv",
        "builder": DATA / "builders.csv",
        "workload": DATA / "workloads.csv",
    }

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        """Refuse labs that sell nothing, workloads that nobody asks for, and names that two would have in a record."""
        names = ["market", *self.lab, *self.hyperscaler, *self.chip_maker, *self.power_supplier, *self.builder]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]}: two would have this name in the record (market is all together)")
        if len(self.lab) > MOST_LABS:
            raise ValueError(f"{len(self.lab)} labs: allowed are at most {MOST_LABS}")
        for name, lab in self.lab.items():
            if not any((lab.chat_date, lab.api_date, lab.coding_date, lab.search_date, lab.messenger_date)):
                raise ValueError(f"lab.{name} never sells anything: state its chat_date, api_date or another date")
        for name, workload in self.workload.items():
            source = workload.asked_with
            if (name in ASKED) == bool(source) or (source and source not in ASKED):
                allowed = (
                    "allowed is empty"
                    if name in ASKED
                    else f"name the one that brings its tasks; {nearest(source, ASKED)}"
                )
                raise ValueError(f"workload.{name}.asked_with = {show(source)}: {allowed}")
        return self

    @model_validator(mode="after")
    def _makers_sell_to_everybody(self) -> Self:
        """Refuse owners that do not exist, and a market in which a hyperscaler finds no maker of chips."""
        for name, maker in self.chip_maker.items():
            if maker.owner and maker.owner not in self.hyperscaler:
                given = f"chip_maker.{name}.owner = {show(maker.owner)}"
                raise ValueError(f"{given}: no such hyperscaler; {nearest(maker.owner, self.hyperscaler)}")
        if not any(maker.standing > 0.0 for maker in self.chip_maker.values()):
            raise ValueError("no chip_maker has a standing above 0: nobody would sell to all hyperscalers")
        return self

    @model_validator(mode="after")
    def _labs_name_hyperscalers(self) -> Self:
        """Refuse labs whose clouds or parent do not exist: they would have no compute, without any error."""
        for name, lab in self.lab.items():
            parent = [lab.parent] if lab.parent else []
            for field, text, names in (("parent", lab.parent, parent), ("clouds", lab.clouds, lab.clouds.split())):
                given = f"lab.{name}.{field} = {show(text)}"
                unknown = next((cloud for cloud in names if cloud not in self.hyperscaler), None)
                if unknown is not None:
                    raise ValueError(f"{given}: no such hyperscaler; {nearest(unknown, self.hyperscaler)}")
                if field == "clouds" and not names:
                    raise ValueError(f"{given}: a lab needs a hyperscaler; {nearest(text, self.hyperscaler)}")
        return self


def parse_assignments(texts: Iterable[str], flag: str = "--set") -> dict[str, str]:
    """Return values by path from the `PATH=VALUE` of a flag on the command line, as text.

    Raises `JevonsError`, which names the flag, for another form or a path given twice.
    """
    values: dict[str, str] = {}
    for text in texts:
        path, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not path:
            raise JevonsError(f"{flag} {show(text)} is not PATH=VALUE: an example is {flag} scale.users=20000")
        if path in values:
            raise JevonsError(f"{flag}: {path} is given twice, as {show(values[path])} and {show(value)}")
        values[path] = value
    return values
