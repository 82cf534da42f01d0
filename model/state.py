"""Saving, loading and branching: the closed list of what a market carries from week to week.

A saved state holds the columns of every population, what each class names in its STATE, and the observables; all the
rest (networks, graphs, fixed traits, masks) is built again from the scenario and the seed. Random streams are computed,
not carried along; Mesa's own generators are, for a user who draws from them. So a state is a scenario, a seed, a week,
and arrays by name.
"""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from mesa import Agent
from numpy.typing import NDArray

from agents.columns import ColumnModel
from agents.metered_demand import Offer
from agents.streams import Streams
from model.about import version
from model.allocation import Allocation
from model.atomic_files import write_atomically
from model.build import Market, build_world, follow_growth, follow_parameters
from model.demand import Demand
from model.errors import JevonsError, show
from model.fleet import Delivery, Technology
from model.observables import Name
from model.scenario import Scenario
from model.world import World

FORMAT = 5
META, CHECKSUM = "meta", "checksum"
RECORDED = "observables.values"
BOOKS = ("fleet", "chip_book", "shell_book", "power_book")
BEHAVIOURS = ("users", "developers", "enterprises")
OWN_CLASSES = frozenset(kind for name, kind in vars(Market).items() if name.endswith(("_class", "_behaviour")))
RECORDS: Mapping[str, type] = {kind.__name__: kind for kind in (Allocation, Delivery, Demand, Offer, Technology, dict)}
"""Classes of values that a state may hold besides arrays, numbers, texts and lists."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class State:
    """A market between two weeks: scenario, seed, weeks simulated, and everything that those weeks left behind.

    `values` by holder and name (`lab.openai.shadow_price`): a number, a list, or where to find the array or the parts;
    `arrays` by the same names; `series` the names of the observables.
    """

    scenario: Scenario
    seed: int
    week: int
    values: Mapping[str, Any]
    arrays: Arrays
    series: tuple[Name, ...]
    market: str  # the name of the market's class
    luck: Mapping[str, Any]  # where Mesa's generators are, which the model itself does not use


def holders(world: World) -> Iterator[tuple[str, Any]]:
    """Name every object of a world whose class declares a STATE, the world itself first."""
    yield "world", world
    for kind, agents in (
        ("lab", world.labs),
        ("cloud", world.hyperscalers),
        ("chip", world.chip_makers),
        ("power", world.power_suppliers),
        ("builder", world.builders),
    ):
        for agent in agents:
            yield f"{kind}.{agent.name}", agent
    for firm in world.consultancies:
        yield f"consultancy.{firm.index}", firm
    for name in (
        "exogenous",
        "catalogue",
        "used",
        "metered",
        "menus",
        "plans",
        *BOOKS,
        "ledger",
        "graphs",
        *BEHAVIOURS,
    ):
        if hasattr(owner := getattr(world, name), "STATE"):  # a behaviour has one only where a user gives it one
            yield name, owner


def attributes(market: ColumnModel, world: World) -> dict[str, set[Any]]:
    """Return what there is by holder: the names of attributes, and the kinds of agents with their number."""
    owners = {"market": market, **{name: getattr(world, name) for name in BEHAVIOURS}, **dict(holders(world))}
    agents = {(kind.__name__, len(agents)) for kind, agents in market.agents_by_type.items() if len(agents)}
    return {"agents": agents, **{name: {*vars(owner)} for name, owner in owners.items()}}


@cache
def _attributes_set_by() -> Mapping[type, set[str]]:
    """Return the names of the attributes that each class of the model sets itself: a copy has them from its build."""
    world = build_world(Market(rng=0), Scenario.load("baseline", scale="small"), Streams(0))
    return {type(owner): {*vars(owner)} for owner in _acting(world).values()}


def _acting(world: World) -> dict[str, Any]:
    """Return, by holder, all that a user may give a class of its own."""
    behaviours = {name: getattr(world, name) for name in BEHAVIOURS}
    return behaviours | {name: owner for name, owner in holders(world) if isinstance(owner, Agent)}


def _check_subclasses(world: World) -> None:
    """Refuse an attribute that a user's class sets and no STATE names: a copy would build it anew."""
    for holder, owner in _acting(world).items():
        kind = type(owner)
        if kind in OWN_CLASSES:
            continue
        ours = next((names for base, names in _attributes_set_by().items() if isinstance(owner, base)), set[str]())
        for lost in sorted({*vars(owner)} - ours - {*getattr(kind, "STATE", ())}):
            raise JevonsError(
                f"{holder}.{lost} is not in {kind.__name__}.STATE, and copies, branches and saved states would lose "
                f"its value: name it there, or keep it in market.world.own"
            )


def check_complete(built: Mapping[str, set[Any]], market: ColumnModel, world: World) -> None:
    """Refuse a market with agents or attributes that it was not built with and no STATE names: they would be lost."""
    _check_subclasses(world)
    states = {name: {*owner.STATE} for name, owner in holders(world)}
    for holder, now in attributes(market, world).items():
        for lost in sorted(now - built[holder] - states.get(holder, set())):
            what = f"{holder}.{lost}" if isinstance(lost, str) else f"the market has {lost[1]} agents {lost[0]}: this"
            raise JevonsError(
                f"{what} was added after the market was built, and copies, branches and saved states would lose it: "
                f"keep your own numbers, arrays, texts and lists in market.world.own instead"
            )


def capture(world: World, market: ColumnModel) -> State:
    """Copy the state of a market between two weeks."""
    arrays: Arrays = {RECORDED: world.observables.values[: world.clock.week].copy()}
    for population in world.populations:
        kind = population.agent_class.__name__
        arrays.update({f"{kind}.{name}": column for name, column in population.state().items()})
    values = {
        f"{holder}.{name}": _encode(f"{holder}.{name}", getattr(owner, name), arrays)
        for holder, owner in holders(world)
        for name in owner.STATE
    }
    name, series = type(market).__qualname__, world.observables.names
    return State(world.scenario, world.streams.seed, world.clock.week, values, arrays, series, name, _luck(market))


def _luck(market: ColumnModel) -> Mapping[str, Any]:
    """Return where Mesa's `random` and `rng` are; raises JevonsError for generators of another kind."""
    for name, found, usual in (("random", market.random, Random), ("rng", market.rng.bit_generator, np.random.PCG64)):
        if type(found) is not usual:
            raise JevonsError(
                f"market.{name} is a {type(found).__name__}, which a state cannot hold: leave it as Mesa made it, or "
                "seed a generator of your own from market.seed and the week"
            )
    return {"random": market.random.getstate(), "rng": market.rng.bit_generator.state}


def restore_luck(market: ColumnModel, state: State) -> None:
    """Let Mesa's generators go on from where they were."""
    version, words, spare = state.luck["random"]
    market.random.setstate((version, tuple(words), spare))
    market.rng.bit_generator.state = state.luck["rng"]


def restore(world: World, state: State) -> None:
    """Give a world, newly built from the scenario and seed of a state, all that its weeks left behind.

    Raises JevonsError where the state does not fit the model.
    """
    world.clock.week = state.week
    # The parameters of the latest simulated week: a change that is due this week is still to come.
    follow_parameters(world, state.scenario.parameters_at(world.clock.date_of(max(state.week - 1, 0))))
    named = {f"{holder}.{name}": (owner, name) for holder, owner in holders(world) for name in owner.STATE}
    if mismatch := state.values.keys() ^ named.keys():
        raise JevonsError(f"the state does not fit this version of the model: {min(mismatch)}")
    for key, coded in state.values.items():
        owner, name = named[key]
        setattr(owner, name, _decode(coded, state.arrays))
    for population in world.populations:
        kind = population.agent_class.__name__ + "."
        columns = {key.removeprefix(kind): array for key, array in state.arrays.items() if key.startswith(kind)}
        writable = population.externally_writable
        try:
            population.restore(columns)
        except ValueError as error:
            raise JevonsError(f"the state does not fit this version of the model: {error}") from None
        population.externally_writable = writable  # restoring hands out no array; counts are invalidated below
    world.users.forget_counts()
    world.developers.forget_counts()
    follow_growth(world)
    world.observables.restore(state.series, state.arrays[RECORDED])


# files ----------------------------------------------------------------------------------------------------------------


def write_state(state: State, path: Path, *, overwrite: bool = False) -> Path:
    """Write a state to one file (NumPy's .npz with metadata and a checksum), whole or not at all.

    Raises JevonsError where the file exists (unless `overwrite`) or cannot be written.
    """
    meta = {
        "format": FORMAT,
        "jevons": version(),
        "scenario": state.scenario.as_toml(),
        "parameters": _parameters(state.scenario),
        "seed": state.seed,
        "week": state.week,
        "values": state.values,
        "series": [list(name) for name in state.series],
        "market": state.market,
        "luck": state.luck,
    }
    arrays = {**state.arrays, META: np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)}
    arrays[CHECKSUM] = _checksum(arrays)
    return write_atomically(path, lambda file: np.savez(file, allow_pickle=False, **arrays), overwrite=overwrite)


def read_state(path: Path) -> State:
    """Read a saved state.

    Raises JevonsError for a file that is missing, damaged or not a saved state, and for one that was saved by a version
    with other parameter values.
    """
    meta, arrays = _read(path)
    try:
        scenario = Scenario.parse(meta["scenario"])
        _check_parameters(meta["parameters"], _parameters(scenario))
    except JevonsError as error:
        raise JevonsError(f"{path}: {error} (saved by jevons {meta['jevons']}, this is {version()})") from None
    series = tuple(Name(*name) for name in meta["series"])
    return State(scenario, meta["seed"], meta["week"], meta["values"], arrays, series, meta["market"], meta["luck"])


def _read(path: Path) -> tuple[dict[str, Any], Arrays]:
    """Read a file and check that it is whole."""
    try:
        with path.open("rb") as file:
            with zipfile.ZipFile(file) as parts:
                if (broken := parts.testzip()) is not None:
                    raise JevonsError(f"{path}: is damaged: {broken} does not match its checksum")
            file.seek(0)
            with np.load(file, allow_pickle=False) as content:
                arrays: Arrays = {name: content[name] for name in content.files}
        checksum = arrays.pop(CHECKSUM)
        meta = json.loads(arrays[META].tobytes())
        found = meta["format"]
    except OSError as error:
        raise JevonsError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, TypeError, LookupError, EOFError, RuntimeError):
        raise JevonsError(f"{path}: is not a saved state of a market, or is damaged") from None
    if found != FORMAT:
        raise JevonsError(f"{path}: has format {show(found)}, this version reads format {FORMAT}")
    if not np.array_equal(checksum, _checksum(arrays)):
        raise JevonsError(f"{path}: is damaged: its checksum does not match its content")
    del arrays[META]
    return meta, arrays


def _checksum(arrays: Arrays) -> NDArray[np.uint8]:
    """Return the SHA-256 of all arrays with their names, types and shapes."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {arrays[name].shape}\n".encode())
        digest.update(array.tobytes())
    return np.frombuffer(digest.digest(), dtype=np.uint8)


def _parameters(scenario: Scenario) -> dict[str, str]:
    """Return every parameter of a scenario as text, so that changed defaults are noticed."""
    return {path: show(value) for path, value in scenario.parameters.flat().items()}


def _check_parameters(saved: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Refuse a state whose parameters had other values than the same scenario gives now."""
    changed = sorted(path for path in {**saved, **now} if saved.get(path) != now.get(path))
    if changed:
        path, more = changed[0], f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        before, after = saved.get(path, "not there"), now.get(path, "not there")
        raise JevonsError(
            f"{path} was {before} when the state was saved and is {after} now{more}: it would go on otherwise"
        )


# values ---------------------------------------------------------------------------------------------------------------


def _encode(key: str, value: Any, arrays: Arrays) -> Any:
    """Put a value's arrays among `arrays` and return what JSON can hold; JevonsError for what a state cannot hold."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if (type(value) is np.ndarray or isinstance(value, np.generic)) and value.dtype.kind in "biufU":
        arrays[key] = np.array(value)
        return {"array" if isinstance(value, np.ndarray) else "scalar": key}
    if type(value) is list:
        return [_encode(f"{key}.{i}", item, arrays) for i, item in enumerate(value)]
    if type(value) in RECORDS.values():
        record: Any = value
        parts = record if isinstance(record, dict) else record._asdict()
        if all(isinstance(name, str) and name.isidentifier() for name in parts):
            coded = {name: _encode(f"{key}.{name}", part, arrays) for name, part in parts.items()}
            return {type(value).__name__: coded}
    raise JevonsError(
        f"{key}: a state cannot hold this {type(value).__name__}: allowed are numbers, texts, arrays of them, lists, "
        "and dicts whose keys are Python names"
    )


def _decode(coded: Any, arrays: Arrays) -> Any:
    """Return the value that `_encode` took apart."""
    if isinstance(coded, list):
        return [_decode(item, arrays) for item in coded]
    if not isinstance(coded, dict):
        return coded
    ((kind, content),) = coded.items()
    if kind == "array":
        return arrays[content].copy(order="K")
    if kind == "scalar":
        return arrays[content][()]
    return RECORDS[kind](**{name: _decode(part, arrays) for name, part in content.items()})
