"""Saving, loading and branching: the closed list of what a market carries from week to week.

A saved state holds the columns of every population, what each class names in its STATE, and the observables; all the
rest (networks, graphs, fixed traits, masks) is built again from the scenario and the seed, and random streams are
computed, not carried along. So a state is a scenario, a seed, a week, and arrays by name.
"""

import dataclasses
import hashlib
import json
import math
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model.about import version
from model.allocation import Allocation
from model.clock import parse_date
from model.demand import Demand
from model.errors import JevonsError, NotFiniteError, show
from model.observables import Name
from model.scenario import Scenario
from model.supply import Delivery, Technology

if TYPE_CHECKING:
    from model.market import InferenceMarket

FORMAT = 1
META, CHECKSUM = "meta", "checksum"
RECORDED = "observables.values"
RECORDS: Mapping[str, type] = {kind.__name__: kind for kind in (Allocation, Delivery, Demand, Technology)}
"""Classes of values that a state may hold besides arrays, numbers and lists of numbers."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class State:
    """A market between two weeks: scenario, seed, weeks simulated, and everything that those weeks left behind.

    `values` by holder and name (`lab.openai.markup`): a number, a list, or where to find the array or the parts;
    `arrays` by the same names; `series` the names of the observables.
    """

    scenario: Scenario
    seed: int
    week: int
    values: Mapping[str, Any]
    arrays: Arrays
    series: tuple[Name, ...]


def holders(market: "InferenceMarket") -> Iterator[tuple[str, Any]]:
    """Name every object of a market whose class declares a STATE, the market itself first."""
    yield "market", market
    for kind, agents in (("lab", market.labs), ("cloud", market.hyperscalers)):
        for agent in agents:
            yield f"{kind}.{agent.name}", agent
    for firm in market.consultancies:
        yield f"consultancy.{firm.index}", firm
    for name in ("progress", "catalogue", "plans", "fleet", "ledger", "graphs"):
        yield name, getattr(market, name)


def capture(market: "InferenceMarket") -> State:
    """Copy the state of a market. Raises JevonsError for one whose latest week broke off half-way."""
    if market.steps != market.clock.week:
        raise JevonsError(
            f"the week of {market.clock.date} broke off half-way: a state is taken between two weeks; "
            "start again from an earlier state"
        )
    arrays: Arrays = {RECORDED: market.observables.values[: market.clock.week].copy()}
    for population in market.populations:
        kind = population.agent_class.__name__
        arrays.update({f"{kind}.{name}": column for name, column in population.state().items()})
    values = {
        f"{holder}.{name}": _encode(f"{holder}.{name}", getattr(owner, name), arrays)
        for holder, owner in holders(market)
        for name in owner.STATE
        if hasattr(owner, name)  # what a phase writes is not there before the first week
    }
    return State(market.scenario, market.seed, market.clock.week, values, arrays, market.observables.names)


def rebuild(cls: "type[InferenceMarket]", state: State) -> "InferenceMarket":
    """Build a market that goes on from a state. Raises JevonsError where the state does not fit the model."""
    market = cls(state.scenario, rng=state.seed)
    market.clock.week = market.steps = state.week
    # Those of the latest week simulated: a change that is due this week is still to come.
    market.parameters = state.scenario.parameters_at(market.clock.date_of(max(state.week - 1, 0)))
    market._follow_parameters()
    named = {f"{holder}.{name}": (owner, name) for holder, owner in holders(market) for name in owner.STATE}
    strange = state.values.keys() - named.keys()
    missing = named.keys() - state.values.keys()
    if strange or (missing and state.week > 0):
        raise JevonsError(f"the state does not fit this version of the model: {min(strange or missing)}")
    for key, coded in state.values.items():
        owner, name = named[key]
        setattr(owner, name, _decode(coded, state.arrays))
    for population in market.populations:
        kind = population.agent_class.__name__ + "."
        columns = {key.removeprefix(kind): array for key, array in state.arrays.items() if key.startswith(kind)}
        lent = population.lent
        try:
            population.restore(columns)
        except ValueError as error:
            raise JevonsError(f"the state does not fit this version of the model: {error}") from None
        population.lent = lent  # restoring hands nothing out, and counts are made anew below
    market.users.forget_counts()
    market.developers.forget_counts()
    market._follow_progress()
    market._follow_plans()
    market.observables.restore(state.series, state.arrays[RECORDED])
    market.running = not market.clock.finished
    return market


def branch(market: "InferenceMarket", at: date | str | None, changes: Mapping[str, Any]) -> "InferenceMarket":
    """Run a market to the week that holds `at`, and return an independent one that goes on with changed parameters.

    The changes hold from that week's Monday on, as a dated change of the branch's scenario. Raises JevonsError, before
    anything is simulated, for a date that is over or not in the scenario and for values that cannot be changed.
    """
    if not isinstance(changes, Mapping):
        raise JevonsError(f"changes = {show(changes)}: give values by path, as in {{'labs.markup_low': 1.5}}")
    clock = market.clock
    week = clock.week if at is None else clock.week_of(parse_date(at, "at", clock.start, clock.until))
    if week < clock.week:
        allowed = "no date: the scenario is over" if clock.finished else f"a date from {clock.date} to {clock.until}"
        raise JevonsError(f"at = {at}: that week is over, the market stands at {clock.date}; allowed is {allowed}")
    scenario = market.scenario
    if changes:
        if week >= clock.weeks_total:
            raise JevonsError(f"the scenario ended on {clock.until}: there is no week left for changes to hold in")
        scenario = scenario.replace(changes=(*scenario.changes, (clock.date_of(week), changes)))
    while clock.week < week:
        market.step()
    return rebuild(type(market), dataclasses.replace(capture(market), scenario=scenario))


def check_finite(market: "InferenceMarket") -> None:
    """Check that labs, hyperscalers, exogenous progress and cash hold no NaN; raises NotFiniteError naming it.

    Phases check what they write to columns and tables; these are many numbers, so they are added up first.
    """
    owners: tuple[Any, ...] = (*market.labs, *market.hyperscalers, market.progress)
    total = sum(sum(_reader(owner.STATE)(owner)) for owner in owners)
    for array in (market.progress.algorithms, market.progress.core_cash, market.ledger.cash):
        total += sum(array.tolist())
    if math.isfinite(total):
        return
    for owner in (*owners, market.ledger):
        for name, value in _numbers((owner,)):
            if not np.isfinite(value).all():
                where = getattr(owner, "name", type(owner).__name__.lower())
                raise NotFiniteError(market.clock.week, "record", f"{where}.{name}")


@cache
def _reader(names: tuple[str, ...]) -> Callable[[Any], tuple[float, ...]]:
    """Return what reads the numbers in a class's STATE; contracts are checked by the phase that writes them."""
    arrays = ("contracts", "algorithms", "core_cash")
    return attrgetter(*(name for name in names if name not in arrays))


def _numbers(owners: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Return the numbers and arrays that `owners` name in their STATE."""
    return ((name, getattr(owner, name)) for owner in owners for name in owner.STATE)


# files ----------------------------------------------------------------------------------------------------------------


def save(market: "InferenceMarket", path: Path, *, overwrite: bool = False) -> Path:
    """Write the state of a market to one file (NumPy's .npz with metadata and a checksum), whole or not at all.

    Raises JevonsError where the file exists (unless `overwrite`) or cannot be written.
    """
    path = Path(path)
    state = capture(market)
    if path.is_dir() or (path.exists() and not overwrite):
        raise JevonsError(f"{path}: exists already and is left as it is; give another path, or overwrite=True")
    meta = {
        "format": FORMAT,
        "jevons": version(),
        "scenario": state.scenario.as_toml(),
        "parameters": _parameters(state.scenario),
        "seed": state.seed,
        "week": state.week,
        "values": state.values,
        "series": [list(name) for name in state.series],
    }
    arrays = {**state.arrays, META: np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)}
    arrays[CHECKSUM] = _checksum(arrays)
    partial: str | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            partial = file.name
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        partial = None
    except OSError as error:
        raise JevonsError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        if partial is not None:
            Path(partial).unlink(missing_ok=True)
    return path


def load(cls: "type[InferenceMarket]", path: Path) -> "InferenceMarket":
    """Return the market of a saved state, which goes on bit for bit as the saved one would have.

    Raises JevonsError for a file that is missing, damaged or none of ours, and for one that was saved by a version
    with other state or other parameter values.
    """
    path = Path(path)
    meta, arrays = _read(path)
    try:
        scenario = Scenario.parse(meta["scenario"])
        _check_parameters(meta["parameters"], _parameters(scenario))
        series = tuple(Name(*name) for name in meta["series"])
        return rebuild(cls, State(scenario, meta["seed"], meta["week"], meta["values"], arrays, series))
    except JevonsError as error:
        raise JevonsError(f"{path}: {error} (saved by jevons {meta['jevons']}, this is {version()})") from None


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
    """Put a value's arrays among `arrays` and return what JSON can hold; TypeError for what a state cannot hold."""
    if value is None or isinstance(value, bool | int) or type(value) is float:
        return value
    if isinstance(value, np.ndarray | np.generic):
        arrays[key] = np.array(value)
        return {"array" if isinstance(value, np.ndarray) else "scalar": key}
    if isinstance(value, list):
        return [_encode(f"{key}.{i}", item, arrays) for i, item in enumerate(value)]
    if type(value).__name__ in RECORDS:
        parts = value._asdict().items()
        return {type(value).__name__: {name: _encode(f"{key}.{name}", part, arrays) for name, part in parts}}
    raise TypeError(f"{key}: a state cannot hold a {type(value).__name__}")


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
