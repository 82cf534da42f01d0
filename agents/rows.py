"""Rows as Mesa agent sets: the objects are made only when something needs them.

A `Roster` says who belongs to a set; a `RowSet` is Mesa's AgentSet over it, which answers questions about
whole columns from the arrays.
"""

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from mesa.agent import AgentSet  # type: ignore[import-untyped,unused-ignore]
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


class Rows(Protocol):
    """What a set needs of a population: its size, its columns by name and the agent of each row."""

    @property
    def columns(self) -> dict[str, Array]:
        """The columns by name."""
        ...

    def __len__(self) -> int:
        """The number of rows."""
        ...

    def row(self, index: int, /) -> Any:
        """The agent of a row."""
        ...


@dataclass(frozen=True, slots=True)
class Roster:
    """Who belongs to a set, before anybody is made: whole populations, then ordinary agents."""

    populations: tuple[Rows, ...]
    others: Iterable[Any] = ()

    def __iter__(self) -> Iterator[Any]:
        """Every agent, rows first; a row object is made when its turn comes."""
        for population in self.populations:
            for index in range(len(population)):
                yield population.row(index)
        yield from tuple(self.others)

    def __len__(self) -> int:
        """The number of agents."""
        return sum(map(len, self.populations)) + len(tuple(self.others))

    def __contains__(self, agent: object) -> bool:
        """Whether the agent is in one of the populations or among the others."""
        home = getattr(agent, "population", None)
        return any(home is population for population in self.populations) or agent in tuple(self.others)

    def arrays(self, name: str) -> list[Array] | None:
        """The column of every population, or None unless everybody has it with one type and shape."""
        if any(True for _ in self.others) or not all(name in population.columns for population in self.populations):
            return None
        arrays = [population.columns[name] for population in self.populations]
        return arrays if len({(array.dtype, array.shape[1:]) for array in arrays}) == 1 else None


class RowSet(AgentSet):  # type: ignore[misc,unused-ignore]
    """A Mesa AgentSet of whole populations.

    As long as nothing needs the agents themselves, `len`, `get`, `set` and `agg` of a column go to the
    arrays; after that the set is an ordinary AgentSet. The results are the same either way.
    """

    _roster: Roster | None = None
    _made: Any = None

    def __init__(self, agents: Iterable[Any], random: Any = None) -> None:
        """Hold a `Roster` back until it is needed; any other agents are held as Mesa does."""
        if isinstance(agents, Roster):
            self._roster = agents
            self.random = random
        else:
            super().__init__(agents, random)

    @property
    def _agents(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        if self._roster is not None:
            self._agents = weakref.WeakKeyDictionary(dict.fromkeys(self._roster))
        return self._made

    @_agents.setter
    def _agents(self, made: Any) -> None:
        self._made = made
        self._roster = None

    def __len__(self) -> int:
        """The number of agents."""
        return super().__len__() if self._roster is None else len(self._roster)

    def __iter__(self) -> Iterator[Any]:
        """Every agent in order."""
        return super().__iter__() if self._roster is None else iter(self._roster)

    def __contains__(self, agent: Any) -> bool:
        """Whether the agent is in the set."""
        return super().__contains__(agent) if self._roster is None else agent in self._roster

    def copy(self) -> "RowSet":
        """Another set of the same agents."""
        return RowSet(self if self._roster is None else self._roster, self.random)

    __copy__ = copy

    def get(self, attr_names: Any, handle_missing: Any = "error", default_value: Any = None) -> list[Any]:
        """Mesa's `get`: the values of one attribute, or a list of values per agent."""
        names = [attr_names] if isinstance(attr_names, str) else list(attr_names)
        columns = [self._arrays(name) for name in names]
        if not columns or handle_missing not in ("error", "default") or any(arrays is None for arrays in columns):
            found: list[Any] = super().get(attr_names, handle_missing, default_value)
            return found
        values = [_values(arrays) for arrays in columns if arrays is not None]
        return values[0] if isinstance(attr_names, str) else [list(row) for row in zip(*values, strict=True)]

    def set(self, attr_name: str, value: Any) -> Self:
        """Mesa's `set`: give every agent the same value."""
        arrays = self._arrays(attr_name)
        if arrays is None or np.ndim(value) >= arrays[0].ndim:
            super().set(attr_name, value)
            return self
        for array in arrays:
            write(array, value, attr_name)
        return self

    def agg(self, attribute: str, func: Callable[..., Any] | Iterable[Callable[..., Any]]) -> Any:
        """Mesa's `agg`: one or several functions of all values; NumPy's functions are given an array."""
        functions: Sequence[Any] = (func,) if callable(func) else tuple(func)
        if (arrays := self._arrays(attribute)) is None or not all(map(_is_numpy, functions)):
            values: Any = self.get(attribute)
        else:
            values = _wide(arrays)
        results = [function(values) for function in functions]
        return results[0] if callable(func) else results

    def _arrays(self, name: str) -> list[Array] | None:
        return None if self._roster is None else self._roster.arrays(name)


def write(target: Array, value: ArrayLike, name: str) -> None:
    """Assign in place, but refuse what NumPy would truncate or wrap around in silence."""
    values = np.asarray(value)
    allowed = {"b": "b", "i": "biu", "u": "biu", "f": "biuf"}[target.dtype.kind]
    if values.dtype.kind not in allowed:
        raise TypeError(f"{name} holds {target.dtype}: {values.dtype} values do not fit")
    if allowed == "biu" and values.size and not np.can_cast(values.dtype, target.dtype):
        limits = np.iinfo(target.dtype)
        if values.min() < limits.min or values.max() > limits.max:
            raise OverflowError(f"{name} holds {target.dtype}: values lie in {values.min()} to {values.max()}")
    target[...] = values


def _values(arrays: list[Array]) -> list[Any]:
    """What the rows' attributes would read."""
    return [value for array in arrays for value in (array.tolist() if array.ndim == 1 else array)]


def _wide(arrays: list[Array]) -> Array:
    """The array NumPy would make of the values as Python numbers: a copy, so that nothing overflows."""
    array = arrays[0]
    if array.ndim > 1 or array.dtype in (np.bool_, np.uint64):
        return np.concatenate(arrays)
    return np.concatenate(arrays, dtype=np.float64 if array.dtype.kind == "f" else np.int64)


def _is_numpy(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    return isinstance(function, np.ufunc) or module.partition(".")[0] == "numpy"
