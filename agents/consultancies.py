"""Consultancies: they survey adoption, publish with a lag, raise urgency, and staff implementations."""

import math
from typing import Any, ClassVar, NamedTuple

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.consultancy_parameters import ConsultancyParameters
from agents.enterprises import NO_USE, PRODUCTION, THREE_FUNCTIONS
from agents.streams import Streams


class Survey(NamedTuple):
    """What a survey found: week, share with any use, share in three functions, leaders' growth to laggards'."""

    week: int
    any_use: float
    three_functions: float
    advantage: float


class Consultancy(mesa.Agent):
    """A consultancy with its surveys awaiting publication, the latest published one, and its implementers."""

    STATE: ClassVar[tuple[str, ...]] = ("pending", "published", "staffed")

    def __init__(self, model: Any, index: int) -> None:
        super().__init__(model)
        self.index = index
        self.pending: list[list[float]] = []
        self.published: list[float] = []
        self.staffed = 0.0

    def surveys_now(self, parameters: ConsultancyParameters, week: int) -> bool:
        """Say whether this is a survey week of this firm; firms take turns."""
        offset = self.index * parameters.survey_weeks // max(parameters.firms, 1)
        return week % parameters.survey_weeks == offset

    def survey(
        self,
        parameters: ConsultancyParameters,
        streams: Streams,
        week: int,
        stage: NDArray[np.int8],
        ability: NDArray[np.floating],
        weight: NDArray[np.floating],
        output: NDArray[np.floating],
    ) -> Survey:
        """Ask a random sample of organisations; all arrays (n,) over enterprise rows.

        The growth that they report is their output since the start x ability^selection: able ones would lead anyway.
        """
        p = parameters
        uniform = streams.uniform(f"consultancy.{self.index}.survey", week, p.sample)
        bounds = np.cumsum(weight.astype(np.float64))
        asked = np.minimum(np.searchsorted(bounds, uniform * bounds[-1], side="right"), len(weight) - 1)
        answers = np.bincount(asked, minlength=len(weight)).astype(np.float64)  # of each row
        leads = stage >= PRODUCTION
        leaders, laggards = answers * leads, answers * ~leads
        growth = output * np.maximum(ability, 1e-9) ** p.selection
        both = leaders.any() and laggards.any()
        advantage = growth @ leaders / leaders.sum() / (growth @ laggards / laggards.sum()) if both else 1.0
        any_use, three = (float(answers @ reached) / p.sample for reached in (stage > NO_USE, stage == THREE_FUNCTIONS))
        return Survey(week, any_use, three, float(advantage))

    def publish(self, parameters: ConsultancyParameters, week: int) -> None:
        """Publish every survey whose lag is over."""
        ready = [s for s in self.pending if week - s[0] >= parameters.publication_lag_weeks]
        if ready:
            self.pending = [s for s in self.pending if s not in ready]
            latest = ready[-1]
            shown = [min(parameters.inflation * latest[1], 1.0), min(parameters.inflation * latest[2], 1.0)]
            self.published = [float(week), *shown, latest[3]]

    def urgency(self, parameters: ConsultancyParameters, week: int) -> float:
        """Return the urgency that the latest publication still causes."""
        if not self.published:
            return 0.0
        p = parameters
        at, any_use, _, advantage = self.published
        raised = p.urgency_weight * any_use + p.return_weight * max(math.log(max(advantage, 1e-9)), 0.0)
        return raised * 0.5 ** ((week - at) / p.urgency_half_life_weeks)

    def staff(self, parameters: ConsultancyParameters, wanted: float) -> None:
        """Hire implementers towards the organisations that want one (this firm's part)."""
        self.staffed += parameters.staff_speed_per_week * (wanted / parameters.firms - self.staffed)


def speedup(parameters: ConsultancyParameters, staffed: float, wanted: float) -> float:
    """Return how much faster implementations go with `staffed` implementers for `wanted` organisations."""
    return 1.0 + parameters.staff_effect * min(staffed / max(wanted, 1e-9), 1.0) if wanted > 0.0 else 1.0
