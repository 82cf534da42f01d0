"""Populations as structures of arrays whose rows are Mesa agents.

A kind of agent declares its columns once; a `Population` owns one NumPy array for each. Behaviours work on
the arrays. A row becomes an object when it is first requested; the object reads and writes the arrays, so
Mesa's AgentSet, DataCollector and views work, at no cost to a run that does not use them.
"""

import difflib
import operator
from types import SimpleNamespace
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, overload

import mesa  # type: ignore[import-untyped,unused-ignore]
import numpy as np
from numpy.typing import ArrayLike

from agents.rows import Array, Roster, RowSet, write

_RESERVED = frozenset({"model", "unique_id", "pos", "population", "row", "scenario", "from_dataframe"})


class NotANumberError(FloatingPointError):
    """A decision read NaN or infinity from a column; the text is the column's path from the world."""


class Column:
    """One attribute of every row of a population, declared on the agent class.

    `dtype` is a boolean, integer or float type, `unit` and `gloss` say what the number means, `initial` is
    every row's first value (zero or False by default) and `shape` the dimensions of one row's value, () for
    a scalar. Raises TypeError or OverflowError where `initial` does not fit.
    """

    def __init__(
        self, dtype: str, *, unit: str, gloss: str, initial: ArrayLike | None = None, shape: tuple[int, ...] = ()
    ) -> None:
        """Declare a column; its name is the attribute it is assigned to."""
        self.name = ""
        self.dtype = np.dtype(dtype)
        if self.dtype.kind not in "biuf" or self.dtype.itemsize > 8:
            raise TypeError(f"a column of {self.dtype}: columns hold booleans, integers or floats of at most 64 bits")
        self.unit = unit
        self.gloss = gloss
        self.shape = shape
        self.initial: Array = np.zeros(shape, self.dtype)
        if initial is not None:
            write(self.initial, initial, "initial")

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name of the attribute."""
        self.name = name

    @overload
    def __get__(self, agent: None, owner: type) -> Self: ...
    @overload
    def __get__(self, agent: "ColumnAgent", owner: type) -> Any: ...
    def __get__(self, agent: "ColumnAgent | None", owner: type) -> Any:
        """A row's value as a Python scalar, or as a view of the array where the column has a shape."""
        if agent is None:
            return self
        if self.shape:
            return agent.population.columns[self.name][agent.row]
        return getattr(agent.population.own, self.name).item(agent.row)

    def __set__(self, agent: "ColumnAgent", value: ArrayLike) -> None:
        """Write a row's value; a value that does not fit raises TypeError, ValueError or OverflowError."""
        write(agent.population.columns[self.name][agent.row, ...], value, self.name)

    def allocate(self, size: int) -> Array:
        """A new array of `size` rows, all at the initial value."""
        array = np.zeros((size, *self.shape), self.dtype)
        if self.initial.any():
            array[...] = self.initial
        return array


class ColumnAgent(mesa.Agent):  # type: ignore[misc,unused-ignore]
    """A row of a population as a Mesa agent: its declared columns live in `population.columns`."""

    __slots__ = ("population", "row")

    declared_columns: ClassVar[dict[str, Column]] = {}
    population: "Population[Any]"
    row: int
    pos: Any = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Gather the columns of the class and its bases; a name that is taken raises TypeError."""
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Column)}
        for name in own:
            taken = name in _RESERVED or hasattr(mesa.Agent, name) or hasattr(Population, name)
            if taken or name.startswith("_"):
                raise TypeError(f"{cls.__name__}.{name}: a column cannot have this name, it means something else")
        cls.declared_columns = {**cls.declared_columns, **own}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: rows are made by their population (TypeError)."""
        raise TypeError(f"a {type(self).__name__} is a row of a population: ask the population for row(i)")

    @property
    def model(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The model of the row's population."""
        return self.population.model

    @property
    def unique_id(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The agent's number in the model: the population's first one plus the row."""
        return self.population.first_id + self.row

    def remove(self) -> NoReturn:
        """Refuse: a population keeps its rows (RuntimeError)."""
        raise RuntimeError(f"{self!r} cannot be removed: a population keeps its rows")

    def __repr__(self) -> str:
        """The class and the row."""
        return f"<{type(self).__name__} row {self.row}>"


A = TypeVar("A", bound=ColumnAgent)


class Population(Generic[A]):
    """All agents of one class as one array per declared column.

    `users.app` is the array itself; `users.app[mask] = 3` is the way to write it, and `users.app = values`
    writes in place too. Any other attribute is refused.

    Reading `users.app` hands out the array, and other code may then change it: `externally_writable` becomes True,
    and totals are recomputed from all rows each week. Behaviour uses `own`, the same arrays, and reports its changes
    to `agents.totals`, which are updated row by row as long as no array was handed out.
    """

    # The instance's dictionary holds the arrays handed out, so that reading one is as fast as any attribute.
    __slots__ = (
        "__dict__", "__weakref__", "_first_id", "_rows", "_size", "agent_class", "externally_writable", "model", "own",
    )  # fmt: skip

    model: Any
    agent_class: type[A]
    own: Any
    externally_writable: bool

    def __init__(self, model: Any, agent_class: type[A], size: int) -> None:
        """Allocate `size` rows of `agent_class` for `model`; a negative size raises ValueError."""
        if size < 0:
            raise ValueError(f"a population of {size} rows of {agent_class.__name__}")
        self.model = model
        self.agent_class = agent_class
        self.own = SimpleNamespace(
            **{name: column.allocate(size) for name, column in agent_class.declared_columns.items()}
        )
        self.externally_writable = False
        self._size = size
        self._first_id: int | None = None
        self._rows: dict[int, A] = {}

    def __len__(self) -> int:
        """The number of rows."""
        return self._size

    @property
    def columns(self) -> dict[str, Array]:
        """The arrays by name, for outside use: sets `externally_writable`."""
        self.externally_writable = True
        return vars(self.own)

    def __getattr__(self, name: str) -> Array:
        """The array of a column, shape (rows, *column shape), for outside use: sets `externally_writable`."""
        if name in Population.__slots__ or name.startswith("__"):  # unpickling looks before anything is there
            raise AttributeError(name)
        try:
            array: Array = self.columns[name]
        except KeyError:
            raise AttributeError(self._unknown(name)) from None
        self.__dict__[name] = array
        return array

    def __setattr__(self, name: str, value: Any) -> None:
        """Write a whole column in place, broadcasting `value` over its rows."""
        if name in Population.__slots__:
            object.__setattr__(self, name, value)
        elif name not in self.columns:
            raise AttributeError(self._unknown(name))
        elif value is not (array := self.columns[name]):  # as it is after `users.tokens += 1`
            write(array, value, name)

    def __dir__(self) -> list[str]:
        """The attributes, columns included."""
        return [*super().__dir__(), *vars(self.own)]

    def __repr__(self) -> str:
        """The size, class and columns."""
        return f"<Population of {self._size} {self.agent_class.__name__} rows: {', '.join(vars(self.own))}>"

    @property
    def first_id(self) -> int:
        """The unique_id of row 0; RuntimeError before the population is added to its model."""
        if self._first_id is None:
            raise RuntimeError(f"{self!r} has no ids yet: give it to its model's add_population")
        return self._first_id

    def row(self, index: int) -> A:
        """The agent of a row, the same object at every call; IndexError outside 0 ... rows - 1."""
        agent = self._rows.get(index)
        if agent is None:
            index = operator.index(index)
            if not 0 <= index < self._size:
                raise IndexError(f"row {index} of {self._size} {self.agent_class.__name__} rows")
            agent = self.agent_class.__new__(self.agent_class)
            agent.population = self
            agent.row = index
            self._rows[index] = agent
        return agent

    def agents(self) -> "RowSet":
        """All rows as a Mesa AgentSet, which makes the row objects when it needs them."""
        return RowSet(Roster((self,)), self.model.random)

    def state(self) -> dict[str, Array]:
        """A copy of every column by name."""
        return {name: array.copy() for name, array in vars(self.own).items()}

    def restore(self, state: dict[str, Array]) -> None:
        """Write back what `state` returned. Sets `externally_writable`.

        Raises ValueError, and writes nothing, unless names, types and shapes agree.
        """
        kind = self.agent_class.__name__
        columns = self.columns
        if state.keys() != columns.keys():
            raise ValueError(f"columns of {kind} that do not match: {sorted(state.keys() ^ columns.keys())}")
        for name, array in columns.items():
            if (found := state[name]).dtype != array.dtype or found.shape != array.shape:
                raise ValueError(
                    f"column {kind}.{name} is {array.dtype} {array.shape}, not {found.dtype} {found.shape}"
                )
        for name, array in columns.items():
            array[...] = state[name]

    def describe(self) -> list[tuple[str, str, str, str]]:
        """A (name, dtype, unit, gloss) for every column, in the order of declaration."""
        declared = self.agent_class.declared_columns.values()
        return [(column.name, str(column.dtype), column.unit, column.gloss) for column in declared]

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, vars(self.own), n=3, cutoff=0.4) or list(vars(self.own))
        return f"{self.agent_class.__name__} has no column {name!r}: there is {', '.join(near) or 'none'}"


class ColumnModel(mesa.Model):  # type: ignore[misc,unused-ignore]
    """A Mesa model whose agents are populations of rows and ordinary agents.

    `agents` and `agents_by_type` are made at each access, rows first; hold the set if its order matters.
    """

    scenario: Any = None  # a plain attribute: Mesa 3.5's property would write a `model` into the scenario

    def __init__(self, *args: Any, rng: Any = None, **kwargs: Any) -> None:
        """Start Mesa's model; `rng` is its seed or generator."""
        self.populations: list[Population[Any]] = []
        self.agent_id_counter = 1
        super().__init__(*args, rng=rng, **kwargs)

    def add_population(self, population: Population[A]) -> Population[A]:
        """Make the rows agents of this model, with the next unique_ids; ValueError if they belong elsewhere."""
        if population.model is not self or population._first_id is not None:
            raise ValueError(f"{population!r} belongs to another model or has been added already")
        population._first_id = self.agent_id_counter
        self.agent_id_counter += len(population)
        self.populations.append(population)
        return population

    def register_agent(self, agent: Any) -> None:
        """Register an ordinary agent, with the next unique_id."""
        unique_id = self.agent_id_counter
        super().register_agent(agent)
        agent.unique_id = unique_id
        self.agent_id_counter = unique_id + 1
        counters: dict[Any, Any] = getattr(mesa.Agent, "_ids", {})
        counters.pop(self, None)  # Mesa 3.3 would keep every model alive in this class-level dict

    @property
    def agents(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """All agents: the rows of every population, then the ordinary agents."""
        return RowSet(Roster(tuple(self.populations), super().agents), self.random)

    @agents.setter
    def agents(self, agents: Any) -> NoReturn:
        raise AttributeError("model.agents is Mesa's: add_population, or make an Agent, to add to it")

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """The agents of each class."""
        by_class: dict[type, tuple[Population[Any], ...]] = {}
        for population in self.populations:
            by_class[population.agent_class] = (*by_class.get(population.agent_class, ()), population)
        rows = {kind: RowSet(Roster(populations), self.random) for kind, populations in by_class.items()}
        return {**rows, **super().agents_by_type}

    @property
    def agent_types(self) -> list[type]:
        """The classes of agents."""
        return list(self.agents_by_type)

    def remove_all_agents(self) -> None:
        """Mesa's `remove_all_agents`; RuntimeError where there are populations, which keep their rows."""
        if self.populations:
            raise RuntimeError("a model with populations keeps its agents: build a new model instead")
        super().remove_all_agents()
