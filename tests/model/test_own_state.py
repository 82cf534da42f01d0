"""What a user adds to a market is in its copies, branches and saved states, or these are refused in one line."""

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom
from typing import Any

import mesa
import numpy as np
import pytest

from agents.columns import Column, ColumnAgent, Population
from agents.enterprises import Enterprises, OfficeMarket
from agents.hyperscalers import Hyperscaler
from agents.labs import Lab
from model import InferenceMarket, JevonsError, World, insert_phase, phase
from model.state import State
from tests.model.states import SCENARIO

ROOT = Path(__file__).resolve().parents[2]


class Moody(Lab):
    """A lab with a number of its own."""

    STATE = (*Lab.STATE, "mood")
    mood = 0.0


class Counting(Enterprises):
    """Enterprises that count how often they were asked."""

    STATE = ("asked",)
    asked = 0

    def decide_stage(self, week: int, market: OfficeMarket) -> Any:
        """Count, and do as usual."""
        self.asked += 1
        return super().decide_stage(week, market)


@phase(reads="labs' revenue", writes="own")
def levy(world: World) -> None:
    """Put a share of labs' revenue into a fund."""
    own = world.own
    own["fund"] += own["tax"] * world.revenue.sum()
    own["paid"] = own["paid"] + world.revenue.sum(axis=1)
    own["weeks"].append(world.clock.week)
    lab: Any = world.labs[0]
    lab.mood += 1.0


class Taxed(InferenceMarket):
    """A market with an argument, a phase and state of its own."""

    lab_class = Moody
    enterprise_behaviour = Counting
    week = insert_phase(InferenceMarket.week, levy, after="settlement")

    def __init__(self, tax: float, *, name: str, **arguments: Any) -> None:
        """Keep the arguments where phases read them."""
        super().__init__(**arguments)
        self.world.own |= {"tax": tax, "name": name, "fund": 0.0}
        self.world.own |= {"paid": np.zeros(5), "weeks": [], "more": {"a": None}}


def saved(market: Any, folder: Path) -> Any:
    """The market of a saved state."""
    return type(market).load(market.save(folder / "state", overwrite=True))


WAYS: dict[str, Callable[[Any, Path], Any]] = {
    "branch": lambda market, _: market.branch(),
    "copy": lambda market, _: copy.copy(market),
    "deepcopy": lambda market, _: copy.deepcopy(market),
    "pickle": lambda market, _: pickle.loads(pickle.dumps(market)),
    "save": saved,
}


def facts(market: Any) -> tuple[Any, ...]:
    """What the test's market carries of its own."""
    own = {name: getattr(value, "tolist", lambda value=value: value)() for name, value in market.world.own.items()}
    return own, market.labs[0].mood, market.world.enterprises.asked, market.observables.latest("tokens_served")


@pytest.mark.parametrize("way", WAYS)
def test_own_state_goes_on_in_every_kind_of_copy_and_is_shared_by_none(way: str, tmp_path: Path) -> None:
    market = Taxed(0.1, name="first", scenario=SCENARIO, rng=5).run("2023-01-20")
    again = WAYS[way](market, tmp_path)
    assert type(again) is Taxed
    assert facts(again) == facts(market)
    assert facts(again)[0]["weeks"] == [0, 1, 2]
    again.step()
    assert facts(market)[0]["weeks"] == [0, 1, 2]
    assert facts(again) == facts(market.run("2023-01-27"))


@pytest.mark.parametrize("way", WAYS)
def test_mesa_s_generators_go_on_in_every_kind_of_copy(way: str, tmp_path: Path) -> None:
    market: Any = InferenceMarket(SCENARIO, rng=5)
    market.random.gauss()
    market.rng.integers(9, dtype=np.uint32)
    again = WAYS[way](market, tmp_path)

    def draw(one: Any) -> list[float]:
        return [one.random.gauss(), one.random.random(), *one.rng.integers(99, size=3, dtype=np.uint32)]

    drawn = draw(market)
    assert draw(again) == drawn
    ids = [[agent.unique_id for agent in m.agents_by_type[Lab].shuffle()] for m in (market, again)]
    assert ids[0] == ids[1]
    assert draw(InferenceMarket(SCENARIO, rng=5)) != drawn


class Tracker(mesa.Agent):  # type: ignore[misc,unused-ignore]
    """An agent of a user's own."""


class Row(ColumnAgent):
    """A row of a population of a user's own."""

    height = Column("float64", unit="m", gloss="height")


class Early(InferenceMarket):
    """A market that sets an attribute before it is built."""

    def __init__(self, **arguments: Any) -> None:
        self.tax = 0.1
        super().__init__(**arguments)


LOST: dict[str, tuple[str, Callable[[Any], object]]] = {
    "an attribute of the market": (r"market\.tax", lambda m: setattr(m, "tax", 0.1)),
    "an attribute of the world": (r"world\.tax", lambda m: setattr(m.world, "tax", 0.1)),
    "an attribute of a lab": (r"lab\.openai\.mood", lambda m: setattr(m.labs[0], "mood", 0.1)),
    "an attribute of a population": (r"users\.mood", lambda m: setattr(m.world.users, "mood", 0.1)),
    "a data collector": (r"market\.datacollector", lambda m: setattr(m, "datacollector", mesa.DataCollector())),
    "a behaviour on one market": (r"market\.lab_class", lambda m: setattr(m, "lab_class", Moody)),
    "another generator": (r"market\.random is a SystemRandom", lambda m: setattr(m, "random", SystemRandom())),
    "another generator of NumPy": (
        r"market\.rng is a MT19937",
        lambda m: setattr(m, "rng", np.random.Generator(np.random.MT19937(1))),
    ),
    "an agent": (r"the market has 1 agents Tracker", Tracker),
    "a population": (r"the market has 3 agents Row", lambda m: m.add_population(Population(m, Row, 3))),
    "an object": (r"world\.own\.thing: .*this object", lambda m: m.world.own.update(thing=object())),
    "a set": (r"world\.own\.thing: .*this set", lambda m: m.world.own.update(thing={1})),
    "a tuple": (r"world\.own\.thing: .*this tuple", lambda m: m.world.own.update(thing=(1, 2))),
    "objects in an array": (r"world\.own\.x: .*this ndarray", lambda m: m.world.own.update(x=np.array([None]))),
    "a masked array": (r"world\.own\.x: .*this Masked", lambda m: m.world.own.update(x=np.ma.masked_equal([1], 1))),
    "a key with a dot": (r"world\.own: .*keys are Python names", lambda m: m.world.own.update({"a.b": 1})),
    "a key that is a number": (r"world\.own: .*keys are Python names", lambda m: m.world.own.update({3: 1})),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", LOST)
def test_what_would_be_lost_is_refused_in_one_line_that_says_where_it_belongs(
    what: str, way: str, tmp_path: Path, week_one: State
) -> None:
    market = InferenceMarket.resume(week_one)
    message, add = LOST[what]
    add(market)
    market.step()  # running is not refused
    with pytest.raises(JevonsError, match=message) as error:
        WAYS[way](market, tmp_path)
    assert "\n" not in str(error.value)
    assert any(way_out in str(error.value) for way_out in ("allowed are numbers", "market.world.own", "market.seed"))
    assert list(tmp_path.iterdir()) == []


class Forgetful(Lab):
    """A lab that says nothing of what it remembers."""

    def __init__(self, *arguments: Any) -> None:
        """Begin with a mood."""
        self.mood = 0.0
        super().__init__(*arguments)


class Fearful(Enterprises):
    """Enterprises that say nothing of what they remember."""

    def __init__(self, *arguments: Any) -> None:
        """Begin with no fear."""
        super().__init__(*arguments)
        self._fear = [0.0]


class Proud(Hyperscaler):
    """A hyperscaler that names one of two attributes."""

    STATE = (*Hyperscaler.STATE, "pride")

    def __init__(self, *arguments: Any) -> None:
        """Begin with both."""
        super().__init__(*arguments)
        self.pride, self.shame = 1.0, 0.0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"lab_class": Forgetful}, r"lab\.openai\.mood is not in Forgetful\.STATE"),
        ({"enterprise_behaviour": Fearful}, r"enterprises\._fear is not in Fearful\.STATE"),
        ({"hyperscaler_class": Proud}, r"cloud\.\w+\.shame is not in Proud\.STATE"),
    ],
)
def test_an_attribute_of_a_class_that_its_state_does_not_name_is_refused(
    place: dict[str, type], message: str, way: str, tmp_path: Path
) -> None:
    market = type("Mine", (InferenceMarket,), place)(SCENARIO, rng=5)
    with pytest.raises(JevonsError, match=message) as error:
        WAYS[way](market, tmp_path)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def week_one() -> State:
    """The state of a small market before its first week."""
    return InferenceMarket(SCENARIO, rng=5).capture()


def test_an_attribute_from_before_the_market_is_built_is_refused_too() -> None:
    with pytest.raises(JevonsError, match=r"market\.tax was added"):
        Early(scenario=SCENARIO, rng=5).branch()


def test_a_state_of_a_subclass_is_loaded_by_that_class_alone_and_a_plain_one_by_all(tmp_path: Path) -> None:
    file = Taxed(0.1, name="x", scenario=SCENARIO, rng=5).save(tmp_path / "taxed")
    with pytest.raises(
        JevonsError, match=r"taxed: this is a state of a Taxed, not of InferenceMarket: use Taxed\.load"
    ):
        InferenceMarket.load(file)
    plain = InferenceMarket(SCENARIO, rng=5).run("2023-01-10").save(tmp_path / "plain")
    assert Early.load(plain).clock.week == 2


def test_an_agent_of_the_world_cannot_be_removed_and_one_of_a_user_s_own_can(week_one: State) -> None:
    market = InferenceMarket.resume(week_one)
    for agent in (market.labs[4], market.hyperscalers[0], market.world.consultancies[0]):
        with pytest.raises(JevonsError, match="cannot be removed"):
            agent.remove()
    Tracker(market).remove()
    assert len(market.branch().agents) == len(market.agents)


def test_a_class_under_a_name_that_nobody_reads_is_refused() -> None:
    for name in ("enterprise_behavior", "enterprises_behaviour", "labs_class"):
        with pytest.raises(JevonsError, match=f"Mine.{name}: a market reads no such class; did you mean"):
            type("Mine", (InferenceMarket,), {name: Counting})


def test_the_page_s_example_of_own_state_runs() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Your own state")[2]
    code = page.partition("```python\n")[2].partition("```")[0]
    found: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "architecture.md", "exec"), found)
    assert found["market"].world.own["fund_usd"] > 0.0
