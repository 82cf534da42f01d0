"""The order of rationing follows what a GPU-hour is worth to a lab."""

import dataclasses
from functools import cache
from typing import Any

import numpy as np

from model import InferenceMarket, Scenario
from model.products import rank_workloads

TINY = {"scale.users": 600, "scale.developers": 300, "scale.enterprises": 8, "scale.applications_mean": 200.0}


@cache
def market() -> InferenceMarket:
    """A market in which all products of the first lab are on sale."""
    return InferenceMarket(Scenario.load("baseline").replace(TINY), rng=3).run(until="2024-06-30")


def rank(changed: str = "", factor: float = 1.0, column: str = "retention") -> Any:
    """Ranks of the first lab by workload, with one workload's column scaled."""
    constants = market().world.constants
    values = getattr(constants, column).copy()
    if changed:
        values[constants.index.of[changed]] *= factor
    scaled: dict[str, Any] = {column: values}
    found = rank_workloads(dataclasses.replace(market().world, constants=dataclasses.replace(constants, **scaled)), 0)
    return dict(zip(constants.index.names, found.tolist(), strict=True))


def test_ranks_are_an_order_of_all_workloads() -> None:
    assert sorted(rank().values()) == list(range(len(market().world.constants.index.names)))


def test_a_lab_that_loses_more_with_a_free_user_serves_free_chat_earlier() -> None:
    worthless, precious = rank("chat-free", 1e-6), rank("chat-free", 1e6)
    assert worthless["chat-free"] > rank()["chat-free"] > precious["chat-free"]
    assert precious["chat-free"] == 0


def test_what_binds_by_contract_goes_before_what_does_not() -> None:
    bound = rank("app-api", 1e6, column="commitment")
    assert bound["app-api"] == 0
    others = [name for name in bound if name != "app-api"]
    before = rank()
    assert sorted(others, key=bound.__getitem__) == sorted(others, key=before.__getitem__)


def test_retention_says_nothing_about_metered_work() -> None:
    here = market()
    metered = [
        name
        for name, each in zip(here.world.constants.index.names, here.world.constants.metered.tolist(), strict=True)
        if each
    ]
    assert all(rank(name, 1e6) == rank() for name in metered)


def test_a_class_that_brings_in_more_goes_earlier_and_no_other_work_changes_places() -> None:
    """A million dollars a task more for retrieval: what an average task is billed counts, of this class alone."""
    world, before = market().world, rank()
    usd = world.metered.usd_per_task.copy()
    usd[[world.constants.index.names[w] for w in world.constants.metered_rows].index("app-rag")] += 1e6
    metered = dataclasses.replace(world.metered, usd_per_task=usd)
    ranks = rank_workloads(dataclasses.replace(world, metered=metered), 0).tolist()
    found = dict(zip(world.constants.index.names, ranks, strict=True))
    assert found["app-rag"] == 0 < before["app-rag"]
    others = [name for name in found if name != "app-rag"]
    assert sorted(others, key=found.__getitem__) == sorted(others, key=before.__getitem__)


def test_ranks_are_kept_between_reviews_and_made_anew_at_them() -> None:
    here = InferenceMarket(Scenario.load("baseline").replace(TINY), rng=3).run(until="2023-12-31")
    changes = []
    for _ in range(12):
        before, week = here.world.ranks.copy(), here.clock.week
        constants = here.world.constants  # turned over, so that every review finds another order
        here.world.constants = dataclasses.replace(constants, retention=constants.retention[::-1])
        here.step()
        due = [(week + lab) % here.parameters.labs.policy_weeks == 0 for lab in range(len(here.labs))]
        changed = (here.world.ranks != before).any(axis=1)
        assert not (changed & ~np.array(due)).any()
        changes.append(changed)
    assert np.any(changes)
