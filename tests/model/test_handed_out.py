"""What the market hands out is a copy or read-only: writing to it changes neither the record nor the market."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from agents.hyperscalers import Hyperscaler
from agents.labs import Lab
from agents.suppliers import Supplier
from model import (
    SCALES,
    Clock,
    InferenceMarket,
    Observables,
    Parameters,
    Scenario,
    declared_observables,
    declared_series,
    scenario_outlines,
)
from model.observable_table import Observable
from tests.model.states import everything, market_at

HARMLESS = (str, int, float, dt.date, slice, np.generic, Lab, Hyperscaler, Supplier, Observables, type)
"""Values that cannot be changed, the record itself, and agents: a Mesa user writes to these on purpose."""
REFUSALS = (IndexError, TypeError, ValueError, AttributeError, dataclasses.FrozenInstanceError)


def spoil(value: Any) -> None:  # noqa: C901, PLR0912 - a branch a kind
    """Try to write to a value and to all that it holds, as a user might; a refusal is as good as a copy."""
    with contextlib.suppress(*REFUSALS):
        if isinstance(value, np.ndarray):
            value[...] = 0
        elif isinstance(value, pd.DataFrame):
            for column in value:
                spoil(value[column].to_numpy())
            value["value"] = 0.0
        elif isinstance(value, Clock):
            value.week = 0
        elif isinstance(value, BaseModel):
            for name, part in value:
                spoil(part)
                with contextlib.suppress(*REFUSALS):
                    setattr(value, name, 0)
        elif dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                spoil(getattr(value, field.name))
                with contextlib.suppress(*REFUSALS):
                    setattr(value, field.name, 0)
        elif isinstance(value, tuple | list | Mapping):
            for part in value.values() if isinstance(value, Mapping) else value:
                spoil(part)
            with contextlib.suppress(*REFUSALS):
                value[next(iter(value), 0) if isinstance(value, Mapping) else 0] = 0  # type: ignore[index]
            value.clear()  # type: ignore[union-attr]
        elif isinstance(value, nx.Graph):
            for _, attributes in value.nodes(data=True):
                attributes.clear()
            value.graph.clear()
            value.clear()
        else:
            assert value is None or callable(value) or isinstance(value, HARMLESS), (
                f"how would a user write to a {type(value).__name__}?"
            )


def of_market(market: InferenceMarket) -> list[Any]:
    """All that the public attributes and methods of a market hand out."""
    mine, record = vars(InferenceMarket).items(), vars(Observables).items()
    found = [getattr(market, name) for name, it in mine if isinstance(it, property) and not name.startswith("_")]
    found += [getattr(market.observables, name) for name, it in record if isinstance(it, property)]
    found += [market.observables.series("tokens_served"), market.observables.frame(), market.phases(), market.capture()]
    found += [market.networks.supply(), market.networks.applications(1), market.networks.adoption(50)]
    found += [market.networks.enterprise(0), market.scenario, market.world.constants, market.world.lab_names]
    return [*found, market.world.open_since("chat_date")]


def of_module() -> list[Any]:
    """All that functions and constants of the package hand out without a market."""
    parameters = Parameters.load()
    tables = [parameters, parameters.flat(), parameters.table(), parameters.lab, [*parameters.rows()]]
    converted = parameters.convert({"metered.value_tail": 1.1})
    return [SCALES, declared_observables(), declared_series(), scenario_outlines(), *tables, converted]


@pytest.mark.parametrize("weeks", [1, 9])
def test_writing_to_what_a_market_hands_out_leaves_the_market_as_it_is(weeks: int) -> None:
    market, left_alone = market_at(weeks), market_at(weeks)
    _ = left_alone.observables.values, left_alone.capture()
    for value in of_market(market):
        spoil(value)
    before, after = everything(left_alone), everything(market)
    assert [path for path in before if before[path] != after.get(path)] == []
    assert market.observables.frame().equals(left_alone.observables.frame())
    assert [*market.phase_seconds] == [*left_alone.phase_seconds]
    assert (market.clock, market.labs, len(market.agents)) == (
        left_alone.clock,
        tuple(market.world.labs),
        len(left_alone.agents),
    )


@pytest.mark.parametrize("place", range(len(of_module())))
def test_writing_to_what_the_package_hands_out_leaves_the_package_as_it_is(place: int) -> None:
    before = repr(of_module()[place])
    spoil(of_module()[place])
    assert repr(of_module()[place]) == before
    assert Scenario.load("baseline", scale="small").parameters.scale.users == 3_000


def test_writing_to_a_series_does_not_reach_branches_or_saved_states(tmp_path: Path) -> None:
    market = market_at(4)
    tokens = market.observables.series("tokens_served").copy()
    for array in (market.observables.series("tokens_served"), market.observables.values):
        with pytest.raises(ValueError, match="read-only"):
            np.divide(array, 1e12, out=array)
    for other in (market, market.branch(), InferenceMarket.load(market.save(tmp_path / "state"))):
        assert np.array_equal(other.observables.series("tokens_served"), tokens)


def test_a_declared_observable_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        declared_series()["tokens_served", "market", "all"] = Observable("x", "")  # type: ignore[index]
