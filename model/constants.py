"""What follows from the parameters alone: names, masks and tables that phases read and nobody writes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from agents.apps import APP_KINDS
from agents.choice import Floats, Ints, Tasks, Tastes
from agents.enterprises import APPLICATION_KINDS
from agents.lab_parameters import LabProfile
from agents.workload_parameters import Workload
from agents.workloads import PAYERS, SEGMENTS, SUBSCRIPTIONS, WorkloadIndex, task_value_factor, tasks_of, tastes_of
from model.dotted import FrozenDict
from model.exogenous_growth import GrowthRates
from model.parameters import Parameters

SURFACES = {"search": "search_date", "messenger": "messenger_date"}
"""Workloads that answer queries of a surface, and the field of a lab's profile with the date of their start."""

REACH = ("reach", "developer_reach", "coding_reach", "enterprise_reach", "surface_queries_per_week",
         "surface_reach_people")  # fmt: skip
"""Fields of labs' profiles that constants hold as arrays."""

STANDING = {"consumer": "reach", "developer": "developer_reach", "enterprise": "enterprise_reach"}
"""Field of a lab's profile with its standing among those who ask, by segment."""

ASKERS = {"apps": APP_KINDS, "coding": ("code-agent",), "applications": APPLICATION_KINDS}
"""Who asks for metered work, and the workloads that they ask for."""

NEVER = 10**6
"""A week that no run reaches."""

Flags = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Constants:
    """Values derived from the parameters. A dated change of parameters makes a new object."""

    lab_names: tuple[str, ...]
    cloud_names: tuple[str, ...]
    index: WorkloadIndex
    rates: GrowthRates

    # labs and hyperscalers
    cloud_of: Float[Floats, "lab cloud"]  # 1 where a lab may hold contracts with a hyperscaler, else 0
    own_cloud: Bool[Flags, "lab cloud"]  # the hyperscaler owns the lab
    big_four: Bool[Flags, " cloud"]  # counts towards the disclosed capital expenditure of the big four
    brings_shell: Float[Floats, " way"]  # 1 where power comes with its shell, else 0
    normal_chip_book: Float[Floats, " maker"]  # weeks of output
    opening_weeks: Mapping[str, Int[Ints, " lab"]]  # by date field of a lab's profile: first week on or after that date
    reach: Float[Floats, " lab"]  # standing of the chat app
    developer_reach: Float[Floats, " lab"]
    coding_reach: Float[Floats, " lab"]
    enterprise_reach: Float[Floats, " lab"]
    surface_queries_per_week: Float[Floats, " lab"]
    surface_reach_people: Float[Floats, " lab"]
    price_factor: Float[Floats, " lab"]  # what the lab charges, over its list prices

    # workloads
    tasks: Tasks
    tastes: Tastes
    discount: Float[Floats, " workload"]  # rebate on list prices
    commitment: Float[Floats, " workload"]  # cost of turning a task away, relative to the gain from serving it
    retention: Float[Floats, " workload"]  # USD per task that keeping the customer is worth
    committed_share: Float[Floats, " workload"]  # of the last year's use, reserved by contract
    patience: Float[Floats, " workload"]  # share of unserved tasks that wait
    metered: Bool[Flags, " workload"]  # pays by the token
    metered_rows: Int[Ints, " metered"]  # the workloads that do: classes of metered work
    metered_tasks: Tasks
    metered_log_value: Float[Floats, "metered bin"]  # ln of a task's value, relative to the reference
    metered_of: Mapping[str, Ints]  # classes of vendors' apps, of developers' agents, of organisations' applications
    agentic: Bool[Flags, " metered"]  # done by agents, whose horizon counts
    quality_weight: Float[Floats, " metered"]  # of ln quality in the worth of an offer
    top_value: Float[Floats, " metered"]  # ln of the most valuable task, relative to the reference
    wage_bill: Float[Floats, " metered"]  # USD a year
    metered_reach: Float[Floats, "metered lab"]  # ln of labs' standing
    metered_opening: Int[Ints, "metered lab"]  # first week in which a lab sells to the class
    paid_mask: Bool[Flags, " workload"]  # brings in money, by the token or by subscription
    unpaid: Float[Floats, " workload"]  # 1 for all other workloads
    all_rows: Int[Ints, " workload"]
    routed_rows: Int[Ints, " routed"]  # workloads that do not pay by the token: their lab chooses the tier
    chat_rows: slice
    surface_rows: slice
    app_rows: slice
    application_rows: slice

    # segments
    payer_table: Float[Floats, "payer workload"]  # workloads of each kind of payer, as 0 and 1
    reporting_masks: Mapping[str, Bool[Flags, " workload"]]  # workloads that observables report together
    reporting_table: Int[Ints, "reported workload"]  # the same, as 0 and 1

    def selling(self, week: int) -> Bool[Flags, "metered lab"]:
        """Return which labs sell to each class of metered work in a week."""
        return self.metered_opening <= week

    @classmethod
    def of(cls, p: Parameters, start: date) -> "Constants":
        """Derive everything from the parameters `p`; weeks count from `start`."""
        labs, clouds, workloads = list(p.lab.values()), list(p.hyperscaler.values()), list(p.workload.values())
        cloud_names, index = tuple(p.hyperscaler), WorkloadIndex.build(p.workload)
        tasks = tasks_of(p.workload, p.demand)
        metered = np.array([w.payer == "metered" for w in workloads])
        metered_rows = np.flatnonzero(metered)
        classes = {name: w for name, w in p.workload.items() if w.payer == "metered"}
        routed_rows = np.flatnonzero(~metered)
        paid = np.array([w.payer == "metered" or name in SUBSCRIPTIONS for name, w in p.workload.items()])
        segments = {s: np.array([w.segment == s for w in workloads]) for s in SEGMENTS}
        reporting = _reporting_masks(index, segments)

        def of_labs(field: str) -> Any:
            return np.array([getattr(lab, field) for lab in labs], dtype=np.float64)

        openings = _opening_weeks(p, start)
        reach, opening = _selling(classes, labs, openings)

        def of_classes(field: str) -> Floats:
            return np.array([getattr(w, field) for w in classes.values()])

        def of_workloads(field: str) -> Floats:
            return np.array([getattr(w, field) for w in workloads])

        constants = cls(
            lab_names=tuple(p.lab),
            cloud_names=cloud_names,
            index=index,
            rates=GrowthRates.of(p),
            cloud_of=np.array([[float(name in lab.clouds.split()) for name in cloud_names] for lab in labs]),
            own_cloud=np.array([[name == lab.parent for name in cloud_names] for lab in labs]),
            big_four=np.array([cloud.big_four for cloud in clouds]),
            brings_shell=np.array([float(one.brings_shell) for one in p.power_supplier.values()]),
            normal_chip_book=np.array([one.normal_book_weeks for one in p.chip_maker.values()]),
            opening_weeks=FrozenDict(openings),
            **{field: of_labs(field) for field in REACH},
            price_factor=of_labs("price_factor"),
            tasks=tasks,
            tastes=tastes_of(p.demand),
            discount=of_workloads("discount"),
            commitment=of_workloads("commitment"),
            retention=np.array([task_value_factor(w, p.demand) * w.value_usd for w in workloads]),
            committed_share=of_workloads("committed_share"),
            patience=of_workloads("patience"),
            metered=metered,
            metered_rows=metered_rows,
            metered_tasks=tasks.of(metered_rows),
            metered_log_value=np.log(tasks.value_usd[metered_rows] / of_classes("value_usd")[:, None]),
            metered_of=FrozenDict({asker: _places(classes, names) for asker, names in ASKERS.items()}),
            agentic=np.array([w.task_class == "agent" for w in classes.values()]),
            quality_weight=of_classes("quality_weight"),
            top_value=of_classes("top_value"),
            wage_bill=of_classes("wage_bill_usd_per_year"),
            metered_reach=reach,
            metered_opening=opening,
            paid_mask=paid,
            unpaid=np.where(paid, 0.0, 1.0),
            all_rows=np.arange(len(workloads)),
            routed_rows=routed_rows,
            chat_rows=index.span(("chat-free", "chat-paid")),
            surface_rows=index.span(SURFACES),
            app_rows=index.span(APP_KINDS),
            application_rows=index.span(APPLICATION_KINDS),
            payer_table=np.array([[float(w.paid_by == payer) for w in workloads] for payer in PAYERS]),
            reporting_masks=FrozenDict(reporting),
            reporting_table=np.array(list(reporting.values()), dtype=np.int64),
        )
        _make_read_only(constants)
        return constants


def _places(classes: Mapping[str, Workload], names: Collection[str]) -> Ints:
    """Return the places of some classes among all."""
    return np.array([list(classes).index(name) for name in names])


def _selling(
    classes: Mapping[str, Workload], labs: list[LabProfile], openings: Mapping[str, Ints]
) -> tuple[Floats, Ints]:
    """Return ln of labs' standing with each class of metered work, and the week in which they begin to sell to it."""
    reach, opening = [], []
    for name, work in classes.items():
        coding = name.startswith("code")
        field = "coding_reach" if coding else STANDING[work.segment]
        standing = np.array([getattr(lab, field) for lab in labs])
        weeks = openings["coding_date" if coding else "api_date"]
        reach.append(np.log(np.maximum(standing, 1e-9)))
        opening.append(np.where(standing > 0.0, weeks, NEVER))
    return np.array(reach), np.array(opening)


def _make_read_only(value: Any) -> None:
    """Make all arrays in an object, a tuple or a mapping read-only: a phase that writes to one breaks the next week."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, tuple | Mapping) or is_dataclass(value):
        parts = value if isinstance(value, tuple) else (value if isinstance(value, Mapping) else vars(value)).values()
        for part in parts:
            _make_read_only(part)


def _opening_weeks(p: Parameters, start: date) -> dict[str, Ints]:
    """Return, by date field of a lab's profile, the first week on or after each lab's date (L,)."""
    fields = [name for name in type(next(iter(p.lab.values()))).model_fields if name.endswith("_date")]
    dates = {name: [getattr(lab, name) or date.max for lab in p.lab.values()] for name in fields}
    return {name: np.array([-((start - day).days // 7) for day in days]) for name, days in dates.items()}


def _reporting_masks(index: WorkloadIndex, segments: Mapping[str, Flags]) -> dict[str, Flags]:
    """Return workloads by the segment name under which observables report them."""
    classes, payers, names = np.array(index.task_class), np.array(index.payer), index.names
    masks = {
        "all": np.ones(len(names), dtype=np.bool_),
        "api": payers == "metered",
        "embedded": payers == "surface",
        "chat": np.array([name.startswith("chat") for name in names]),
        "coding": np.array([name.startswith("code") for name in names]),
        "agent": classes == "agent",
        **segments,
    }
    return masks | {"consumer": segments["consumer"] & (payers != "surface")}
