"""The laws of populations: arrays first, Mesa agents on demand."""

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import mesa  # type: ignore[import-untyped,unused-ignore]
import numpy as np
import pytest

from agents.columns import Column, ColumnAgent, ColumnModel, Population


class User(ColumnAgent):
    """A row for the tests."""

    app = Column("int8", unit="lab index", gloss="chat app used, -1 for none", initial=-1)
    requests = Column("float32", unit="requests/day", gloss="requests made")
    paid = Column("bool", unit="flag", gloss="pays a subscription")
    seats = Column("uint16", unit="people", gloss="people behind the row", initial=3)
    mix = Column("float32", unit="share", gloss="share by class", shape=(2,), initial=(0.25, 0.75))

    def upgrade(self, amount: float = 1.0) -> None:
        """Ask for more."""
        self.requests += amount


class Developer(ColumnAgent):
    """Another kind of row."""

    tools = Column("int8", unit="count", gloss="tools used", initial=2)


class Lab(mesa.Agent):  # type: ignore[misc,unused-ignore]
    """An ordinary agent."""

    def __init__(self, model: Any, cash: float) -> None:
        super().__init__(model)
        self.cash = cash
        self.requests = 100.0


class Market(ColumnModel):
    """A small model of two populations between two labs."""

    def __init__(self, users: int = 6, rng: int = 7) -> None:
        super().__init__(rng=rng)
        self.first = Lab(self, 1.0)
        self.users = self.add_population(Population(self, User, users))
        self.developers = self.add_population(Population(self, Developer, 4))
        self.second = Lab(self, 2.0)
        self.worked = 0

    def step(self) -> None:
        """Count."""
        self.worked += 1


@pytest.fixture
def market() -> Market:
    """A market with six users of apps 0 ... 5 and requests 0, 10 ... 50."""
    made = Market()
    made.users.app[:] = range(6)
    made.users.requests[:] = np.arange(6) * 10
    return made


def made_rows(population: Population[Any]) -> int:
    return len(population._rows)


def test_columns_start_at_their_initial_values() -> None:
    users = Population(None, User, 3)
    assert len(users) == 3
    assert users.app.tolist() == [-1, -1, -1]
    assert users.app.dtype == np.int8
    assert users.paid.tolist() == [False] * 3
    assert users.mix.tolist() == [[0.25, 0.75]] * 3
    assert list(users.columns) == ["app", "requests", "paid", "seats", "mix"]
    assert users.describe()[0] == ("app", "int8", "lab index", "chat app used, -1 for none")


def test_a_row_and_its_column_are_the_same_memory(market: Market) -> None:
    user = market.users.row(2)
    user.app = 4
    user.mix[1] = 0.5
    market.users.requests[2] = 7.5
    assert market.users.app[2] == 4
    assert market.users.mix[2].tolist() == [0.25, 0.5]
    assert user.requests == 7.5
    assert type(user.app) is int
    assert type(user.paid) is bool
    assert market.users.row(2) is user


def test_no_row_is_made_until_somebody_asks(market: Market) -> None:
    users = market.users
    users.app[users.requests > 20] = 3
    assert len(market.agents) == 12
    assert len(market.agents_by_type[User]) == 6
    assert market.agents_by_type[User].agg("requests", np.sum) == 150
    market.agents_by_type[User].set("seats", 9)
    assert market.agents_by_type[User].get("seats") == [9] * 6
    assert made_rows(users) == 0
    assert [user.row for user in market.agents.select(lambda u: u.app == 3, at_most=1)] == [3]
    assert made_rows(users) < 6  # Mesa looks one further than it needs
    assert made_rows(market.developers) == 0


def test_assignment_of_a_population_attribute_writes_in_place(market: Market) -> None:
    users, array = market.users, market.users.app
    users.app = 5
    users.app += 1
    users.app = np.where(users.requests > 20, users.app, 1)
    users.requests = np.arange(6)
    assert users.app is array
    assert array.tolist() == [1, 1, 1, 6, 6, 6]
    assert users.requests.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("app", 2.5, TypeError),
        ("app", 200, OverflowError),
        ("app", None, TypeError),
        ("seats", -1, OverflowError),
        ("paid", 1, TypeError),
        ("requests", "many", TypeError),
        ("mix", [1, 2, 3], ValueError),
    ],
)
def test_a_value_that_does_not_fit_is_refused_everywhere(
    market: Market, name: str, value: Any, error: type[Exception]
) -> None:
    before = market.users.state()
    with pytest.raises(error):
        setattr(market.users, name, value)
    with pytest.raises(error):
        setattr(market.users.row(0), name, value)
    with pytest.raises(error):
        market.users.agents().set(name, value)
    assert all(np.array_equal(before[key], market.users.columns[key]) for key in before)


@pytest.mark.parametrize(
    "ask",
    [lambda u: u.app, lambda u: u.columns["app"], lambda u: setattr(u, "app", 3), lambda u: setattr(u.row(1), "app", 3),
     lambda u: u.row(1).mix, lambda u: u.agents().set("app", 3), lambda u: u.restore(u.state())],
)  # fmt: skip
def test_columns_handed_out_are_externally_writable(ask: Callable[[Population[User]], Any]) -> None:
    users = Market().users
    assert (users.row(1).app, users.state()["app"].tolist(), len(users), users.own.app[2]) == (-1, [-1] * 6, 6, -1)
    before = [users.externally_writable]
    ask(users)
    assert [*before, users.externally_writable] == [False, True]
    assert users.columns["app"] is users.own.app is users.app


def test_an_unknown_column_is_refused_and_the_near_one_named(market: Market) -> None:
    with pytest.raises(AttributeError, match=r"User has no column 'request': there is requests"):
        _ = market.users.request
    with pytest.raises(AttributeError, match="request"):
        market.users.request = 1


def test_a_row_outside_the_population_is_refused(market: Market) -> None:
    for index in (-1, 6):
        with pytest.raises(IndexError, match=f"row {index} of 6 User rows"):
            market.users.row(index)


def test_rows_are_neither_made_by_hand_nor_removed(market: Market) -> None:
    with pytest.raises(TypeError, match="row of a population"):
        User(market)
    with pytest.raises(RuntimeError, match="cannot be removed"):
        market.users.row(0).remove()
    with pytest.raises(RuntimeError, match="keeps its agents"):
        market.remove_all_agents()


@pytest.mark.parametrize("name", ["step", "agents", "row", "state", "model", "unique_id", "scenario", "_hidden"])
def test_a_column_cannot_take_a_name_that_is_used(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        type("Bad", (ColumnAgent,), {name: Column("int8", unit="1", gloss="bad")})


def test_a_column_refuses_a_type_or_initial_value_it_cannot_hold() -> None:
    with pytest.raises(TypeError, match="columns hold"):
        Column("O", unit="1", gloss="object")
    with pytest.raises(OverflowError, match="initial"):
        Column("uint8", unit="1", gloss="small", initial=-1)


def test_a_subclass_inherits_the_columns_of_its_base() -> None:
    class Fan(User):
        likes = Column("int64", unit="count", gloss="likes")

    assert list(Fan.declared_columns) == [*User.declared_columns, "likes"]
    assert "likes" not in User.declared_columns


def test_unique_ids_do_not_depend_on_the_order_in_which_rows_are_made() -> None:
    def ids(order: list[int]) -> dict[str, int]:
        market = Market()
        rows = [market.users.row(index) for index in order]
        third = Lab(market, 3.0)
        rows += [market.developers.row(0), market.first, market.second, third]
        return {f"{type(agent).__name__} {getattr(agent, 'row', agent.unique_id)}": agent.unique_id for agent in rows}

    assert ids([0, 3, 5]) == ids([5, 3, 0])
    market = Market()
    Lab(market, 3.0)
    assert sorted(agent.unique_id for agent in market.agents) == list(range(1, 14))


def test_a_population_is_added_once_and_to_its_own_model(market: Market) -> None:
    with pytest.raises(ValueError, match="added already"):
        market.add_population(market.users)
    with pytest.raises(ValueError, match="another model"):
        Market().add_population(Population(market, User, 1))
    with pytest.raises(RuntimeError, match="no ids yet"):
        _ = Population(market, User, 1).row(0).unique_id


def test_agents_and_agents_by_type_hold_rows_and_ordinary_agents(market: Market) -> None:
    assert set(market.agent_types) == {User, Developer, Lab}
    assert list(market.agents_by_type[Lab]) == [market.first, market.second]
    assert market.agents_by_type[User].select(lambda u: u.app >= 4).get("app") == [4, 5]
    assert market.users.row(1) in market.agents
    assert market.first in market.agents
    assert market.first not in market.agents_by_type[User]
    assert set(market.agents) == {*market.users.agents(), *market.developers.agents(), market.first, market.second}
    market.first.remove()
    assert len(market.agents) == 11
    assert market.first not in market.agents
    with pytest.raises(AttributeError, match="Mesa's"):
        market.agents = []


def test_do_and_shuffle_do_reach_every_row(market: Market) -> None:
    market.agents_by_type[User].do("upgrade", 5)
    market.users.agents().shuffle_do("upgrade", amount=1)
    assert market.users.requests.tolist() == [6, 16, 26, 36, 46, 56]
    seen: list[int] = []
    market.agents.shuffle_do(lambda agent: seen.append(agent.unique_id))
    again: list[int] = []
    Market().agents.shuffle_do(lambda agent: again.append(agent.unique_id))
    assert sorted(seen) == list(range(1, 13))
    assert market.agents.map(lambda agent: agent.unique_id) == [*range(2, 12), 1, 12]
    assert sorted(again) == sorted(seen)


def test_a_shuffle_depends_on_the_seed_and_not_on_rows_made_before() -> None:
    def order(touch: list[int]) -> list[int]:
        market = Market()
        for index in touch:
            market.users.row(index)
        ids: list[int] = market.agents.shuffle().get("unique_id")
        return ids

    assert order([]) == order([5, 2])
    assert order([]) != sorted(order([]))


def plain(agents: Any) -> Any:
    """The same agents in a set of Mesa's own."""
    from mesa.agent import AgentSet  # type: ignore[import-untyped,unused-ignore]

    return AgentSet(list(agents), random=agents.random)


@pytest.mark.parametrize("name", ["app", "requests", "paid", "seats", "mix", "unique_id"])
@pytest.mark.parametrize("func", [sum, len, np.mean, np.sum, np.max, [np.mean, np.sum], [len, np.mean]])
def test_agg_of_the_columns_equals_mesas_agg_of_the_rows(market: Market, name: str, func: Any) -> None:
    market.users.app[:] = 120  # sums past the range of int8
    market.users.requests[:] = np.float32(0.1)
    ours, mesas = (agents.agg(name, func) for agents in (market.users.agents(), plain(market.users.agents())))
    np.testing.assert_array_equal(ours, mesas)
    assert np.asarray(ours).dtype == np.asarray(mesas).dtype


def test_get_of_the_columns_equals_mesas_get_of_the_rows(market: Market) -> None:
    for arguments in [("app",), (["app", "paid"],), (["app", "row"],), ("absent", "default", 7), ([],)]:
        assert market.users.agents().get(*arguments) == plain(market.users.agents()).get(*arguments)
    with pytest.raises(AttributeError):
        market.users.agents().get("absent")
    with pytest.raises(ValueError, match="handle_missing"):
        market.users.agents().get("app", "ignore")
    with pytest.raises(AttributeError):
        market.agents.get("app")  # labs have none
    assert len(market.agents.get("app", "default", None)) == 12


def test_set_reaches_columns_row_attributes_and_whole_models(market: Market) -> None:
    market.users.agents().set("mix", [0.5, 0.5]).set("note", "seen")
    market.agents.set("requests", 4.0)
    assert market.users.mix.tolist() == [[0.5, 0.5]] * 6
    assert vars(market.users.row(5))["note"] == "seen"
    assert market.users.requests.tolist() == [4.0] * 6
    assert market.first.requests == 4.0


def test_a_set_changed_in_place_answers_for_its_own_agents(market: Market) -> None:
    agents: Any = market.users.agents()
    agents.select(lambda user: user.app < 2, inplace=True)
    assert agents.get("app") == [0, 1]
    assert agents.agg("requests", np.sum) == 10
    assert len(agents) == 2
    agents = market.users.agents()
    agents.sort("app", ascending=False, inplace=True)
    assert agents.get("app") == [5, 4, 3, 2, 1, 0]
    agents = market.users.agents()
    agents.discard(market.users.row(0))
    assert len(agents) == 5
    assert len(market.users.agents()) == 6


def test_a_copy_of_a_set_is_another_set(market: Market) -> None:
    agents = market.users.agents()
    other = copy.copy(agents)
    other.discard(market.users.row(0))
    assert (len(agents), len(other), len(agents.select())) == (6, 5, 6)


def test_groupby_and_sort_work_on_rows(market: Market) -> None:
    market.users.app[:] = [0, 0, 1, 1, 1, 2]
    assert market.users.agents().groupby("app").count() == {0: 2, 1: 3, 2: 1}
    assert market.users.agents().sort("requests").get("requests") == [50, 40, 30, 20, 10, 0]


def test_two_populations_of_one_class_are_one_type() -> None:
    market = Market()
    more = market.add_population(Population(market, User, 2))
    more.app[:] = 8
    users = market.agents_by_type[User]
    assert users.get("app") == [-1] * 6 + [8] * 2
    assert users.agg("app", np.sum) == 10
    assert made_rows(more) == 0


def test_data_collector_reports_rows_and_labs(market: Market) -> None:
    collector = mesa.DataCollector(
        model_reporters={"requests": lambda m: m.agents_by_type[User].agg("requests", np.sum)},
        agent_reporters={"requests": lambda a: getattr(a, "requests", None)},
        agenttype_reporters={User: {"app": "app"}, Lab: {"cash": "cash"}},
    )
    market.step()
    collector.collect(market)
    assert collector.get_model_vars_dataframe()["requests"].tolist() == [150]
    assert len(collector.get_agent_vars_dataframe()) == 12
    assert collector.get_agenttype_vars_dataframe(User)["app"].tolist() == [0, 1, 2, 3, 4, 5]
    assert collector.get_agenttype_vars_dataframe(Lab)["cash"].tolist() == [1, 2]


def test_mesa_still_counts_the_steps(market: Market) -> None:
    for _ in range(3):
        market.step()
    assert (market.steps, market.worked, market.running) == (3, 3, True)


def test_a_frozen_scenario_can_be_the_models_scenario(market: Market) -> None:
    scenario = ("baseline",)
    market.scenario = scenario
    assert market.scenario is scenario


def test_state_restores_every_bit_and_shares_no_memory(market: Market) -> None:
    state = market.users.state()
    array = market.users.app
    market.users.app += 1
    market.users.mix = 0.0
    market.users.restore(state)
    assert market.users.app is array
    assert all(np.array_equal(state[name], market.users.columns[name]) for name in state)
    assert not any(np.shares_memory(state[name], market.users.columns[name]) for name in state)


def test_a_state_that_does_not_match_is_refused_and_nothing_is_written(market: Market) -> None:
    good = {name: array + array for name, array in market.users.state().items()}
    before = market.users.state()
    bad = [
        {name: good[name] for name in good if name != "mix"},
        {**good, "extra": good["app"]},
        {**good, "mix": good["mix"].astype("float64")},
        {**good, "mix": good["mix"][:-1]},
    ]
    for state in bad:
        with pytest.raises(ValueError, match="User"):
            market.users.restore(state)
    assert all(np.array_equal(before[name], market.users.columns[name]) for name in before)


def test_a_population_survives_copying_and_pickling() -> None:
    users = Population(None, User, 3)
    users.row(1).app = 2
    for other in (copy.deepcopy(users), pickle.loads(pickle.dumps(users))):
        other.row(1).requests = 9.0
        assert other.app.tolist() == [-1, 2, -1]
        assert other.requests.tolist() == [0, 9, 0]
        assert users.requests.tolist() == [0, 0, 0]


def test_an_empty_population_is_an_empty_set() -> None:
    market = Market(users=0)
    assert len(market.users.agents()) == 0
    assert market.users.agents().get("app") == []
    assert list(market.agents_by_type[User]) == []


def test_a_discarded_model_is_collected() -> None:
    market = Market()
    market.step()
    market.agents.do(lambda agent: agent.unique_id)
    model, row, lab = weakref.ref(market), weakref.ref(market.users.row(0)), weakref.ref(market.first)
    del market
    gc.collect()
    assert (model(), row(), lab()) == (None, None, None)
