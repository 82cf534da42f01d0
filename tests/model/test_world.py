"""The world: every field has the shape that its type states, and a week takes phases of a user's own."""

import typing
from typing import Any

import numpy as np
import pytest
from jaxtyping import jaxtyped

from agents.metered_demand import Offer
from model import InferenceMarket, JevonsError, Scenario, World, insert_phase, phase
from model.constants import Constants
from model.metered_work import MeteredWork
from model.week import PHASES
from tests.model.states import TINY

SCENARIO = Scenario.load("baseline").replace(TINY)


def misfits(owner: Any, kind: type) -> list[str]:
    """The array fields of an object whose shape or type of numbers is not the one they are declared with."""
    return [
        name
        for name, declared in typing.get_type_hints(kind).items()
        if hasattr(declared, "dims") and not isinstance(getattr(owner, name), declared)
    ]


@pytest.mark.parametrize("weeks", [0, 3])
def test_every_array_of_the_world_has_the_shape_that_its_type_states(weeks: int) -> None:
    world = InferenceMarket(SCENARIO, rng=5).run(until="2023-01-20").world if weeks else InferenceMarket(SCENARIO).world
    with jaxtyped("context"):  # one size for each dimension in all of them
        parts = ((world, World), (world.constants, Constants), (world.metered, MeteredWork))
        assert [misfit for part, kind in (*parts, (world.metered.offer, Offer)) for misfit in misfits(part, kind)] == []
        world.contracts = np.zeros((len(world.labs), len(world.hyperscalers) + 1))
        assert misfits(world, World) == ["contracts"]
        world.metered.usd_per_task = world.metered.usd_per_task.T
        assert misfits(world.metered, MeteredWork) == ["usd_per_task"]


@phase(reads="labs", writes="own")
def levy(world: World) -> None:
    """Count the weeks in which a fee is taken."""
    world.own["levied"] = world.own.get("levied", 0) + 1


class Levy(InferenceMarket):
    """A market in which the state takes a fee from labs before anybody else is paid."""

    week = insert_phase(InferenceMarket.week, levy, before="settlement")


def test_a_phase_of_a_user_s_own_takes_its_place_and_branches_keep_it() -> None:
    names = [each.name for each in Levy.phases()]
    assert names.index("levy") == names.index("settlement") - 1
    market = Levy(SCENARIO, rng=5)
    plain = InferenceMarket(SCENARIO, rng=5)
    for each in (market, plain):
        each.step()
    assert (market.world.own, plain.world.own) == ({"levied": 1}, {})
    double = market.branch()
    double.step()
    assert double.world.own == {"levied": 2}
    assert np.array_equal(
        double.observables.series("tokens_served"),
        market.branch().run("2023-01-10").observables.series("tokens_served"),
    )


def test_a_phase_goes_before_or_after_one_that_there_is() -> None:
    new = levy
    assert [each.name for each in insert_phase(PHASES, new, after="record")][-1] == "levy"
    with pytest.raises(JevonsError, match="did you mean 'settlement'"):
        insert_phase(PHASES, new, before="setlement")
    with pytest.raises(JevonsError, match="either before or after"):
        insert_phase(PHASES, new, before="record", after="record")
    with pytest.raises(JevonsError, match="either before or after"):
        insert_phase(PHASES, new)
    with pytest.raises(JevonsError, match="has a phase of this name already"):
        insert_phase(Levy.week, new, before="record")
