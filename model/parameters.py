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
from agents.parameter_groups import Group, initial, parameter
from agents.workload_parameters import DemandParameters, Workload
from model.errors import JevonsError, nearest, show
from model.tree import Tree

DATA = Path(__file__).resolve().parent.parent / "agents" / "data"

CHOICE = "choice"


def _switch(gloss: str) -> bool:
    """Declare one mechanism, on by default; the gloss says what remains when it is off."""
    switch: bool = parameter(True, unit="switch", prior="fixed", source=CHOICE, gloss=gloss)
    return switch


class Mechanisms(Group):
    """The thirteen mechanisms of the market, each on or off."""

    training_split: bool = _switch(
        "labs split compute between research and serving by marginal return; off: the serving share stays fixed"
    )
    thinking_effort: bool = _switch(
        "workloads and routers choose how many hidden tokens to spend; off: no hidden reasoning"
    )
    consumer_adoption: bool = _switch("consumers adopt, switch and leave; off: who uses chat stays frozen")
    developer_apps: bool = _switch("developers build applications; off: no new ones appear")
    agents: bool = _switch("agent loops and coding agents run; off: neither does, and calls stay single")
    rebound: bool = _switch(
        "workloads run more as tokens get cheaper; off: they decide as if prices stayed at their entry level"
    )
    efficiency: bool = _switch(
        "software and hardware serve more tokens a dollar and more chips a MW each year; off: all three stay frozen"
    )
    enterprise_adoption: bool = _switch("enterprises move from pilot to scale; off: their stages stay frozen")
    sticky_prices: bool = _switch(
        "list prices are reviewed quarterly and at releases, so scarcity shows as rationing; "
        "off: they are revised every week to clear the market"
    )
    cascades: bool = _switch(
        "business events propagate through application graphs; off: they touch only the application where they start"
    )
    coding_recursion: bool = _switch(
        "coding tools raise the productivity of developers and of IT; off: they do not, whatever is spent on them"
    )
    consulting_flywheel: bool = _switch(
        "published surveys raise urgency and consultancies add implementers; off: neither happens"
    )
    supply_limits: bool = _switch("chips, powered shells and capital bound live capacity; off: none of them ever binds")


class Scale(Group):
    """How many rows represent the world; results do not depend on it beyond sampling noise."""

    users: int = initial(
        50_000,
        unit="row",
        low=100,
        high=5_000_000,
        prior="fixed",
        source=CHOICE,
        gloss="rows of consumers; each carries the weight of many people",
    )
    developers: int = initial(
        10_000,
        unit="row",
        low=100,
        high=1_000_000,
        prior="fixed",
        source=CHOICE,
        gloss="rows of developers; each carries the weight of many people",
    )
    enterprises: int = initial(
        300,
        unit="row",
        low=5,
        high=2_000,
        prior="fixed",
        source=CHOICE,
        gloss="rows of enterprises, each with an application graph of its own",
    )
    applications_mean: float = initial(
        3_300.0,
        unit="application/enterprise",
        low=200,
        high=20_000,
        prior="fixed",
        source=CHOICE,
        gloss="mean number of applications in the graph of an enterprise",
    )


class Parameters(Tree):
    """Every parameter of the market by dotted path, for example `mechanisms.thinking_effort` or `scale.users`."""

    mechanisms: Mechanisms
    demand: DemandParameters
    consumers: ConsumerParameters
    developers: DeveloperParameters
    enterprises: EnterpriseParameters
    labs: LabParameters
    hyperscalers: HyperscalerParameters
    consultancies: ConsultancyParameters
    scale: Scale
    lab: dict[str, LabProfile]
    hyperscaler: dict[str, HyperscalerProfile]
    workload: dict[str, Workload]

    TABLES: ClassVar[Mapping[str, Path]] = {
        "lab": DATA / "labs.csv",
        "hyperscaler": DATA / "hyperscalers.csv",
        "workload": DATA / "workloads.csv",
    }

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
