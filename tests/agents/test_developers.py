"""The laws of developers: tools, agents, builders, and the apps they put out."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agents.apps import App
from agents.choice import NO_LAB
from agents.columns import Population
from agents.developer_parameters import DeveloperParameters
from agents.developers import (
    AGENT,
    ANY,
    DAILY,
    LEAST_ENTRY,
    MOST_ENTRY,
    NONE,
    BuilderMoves,
    Developer,
    Developers,
    ToolMarket,
    ToolMoves,
)
from agents.streams import Streams

LABS = 3


def parameters(**changed: float) -> DeveloperParameters:
    """A small world in which nothing happens by itself unless changed."""
    return DeveloperParameters.model_validate(
        {
            "population": 2e7,
            "population_growth_per_year": 0.05,
            "initial_tool_share": 0.0,
            "initial_builder_share": 0.0,
            "initial_app_share": 0.0,
            "tool_innovation_per_week": 0.0,
            "tool_imitation_per_week": 0.0,
            "daily_per_week": 0.0,
            "agent_innovation_per_week": 0.0,
            "agent_imitation_per_week": 0.0,
            "tool_leave_per_week": 0.0,
            "builder_innovation_per_week": 0.0,
            "builder_imitation_per_week": 0.0,
            "switch_per_week": 0.0,
            "release_attention_per_week": 0.0,
            "births_per_week": 0.5,
            "deaths_per_week": 0.0,
            "audience_median": 10.0,
            "audience_sd": 1.0,
            "audience_noise": 0.0,
            "crowding": 0.5,
            "api_tasks_per_user": 2.0,
            "rag_tasks_per_user": 1.0,
            "agent_tasks_per_user": 0.5,
            "assist_requests_some": 10.0,
            "assist_requests_daily": 100.0,
            "reviews_per_week": 20.0,
            "reviews_sd": 1.0,
            "parallel_agents": 2.0,
            "productivity_gain_daily": 0.1,
            "productivity_gain_agent": 0.3,
            **changed,
        }
    )


class FixedStreams(Streams):
    """Streams in which every uniform is the same given number."""

    value = np.float32(0.0)

    def uniform(self, decision: str, week: int, size: int | tuple[int, ...]) -> NDArray[np.float32]:
        return np.full(size, self.value, dtype=np.float32)


def developers(
    rows: int, slots: int = 0, streams: Streams | None = None, each: float | None = None, **changed: float
) -> Developers:
    """Developers with room for `slots` rows of apps; a row stands for `each`, however few people that makes."""
    populations = Population(None, Developer, rows), Population(None, App, slots)
    p = parameters(**changed)
    p = p if each is None else p.model_copy(update={"population": rows * each})
    return Developers(*populations, p, streams or Streams(3), (0, 0))


def market(**changed: object) -> ToolMarket:
    """Three labs alike; agents do half of the coding tasks; only calling apps are worth building."""
    values: dict[str, Any] = {
        "api_open": [True] * LABS,
        "coding_open": [True] * LABS,
        "api_weights": [1.0] * LABS,
        "coding_weights": [1.0] * LABS,
        "api_success": [0.5] * LABS,
        "assist_success": [0.8] * LABS,
        "agent_success": [0.5] * LABS,
        "kind_worth": [1.0, 0.0, 0.0],
        "worthwhile_apps": 0.0,
        "attention": [False] * LABS,
        **changed,
    }
    worthwhile = float(values.pop("worthwhile_apps"))
    return ToolMarket(**{name: np.array(value) for name, value in values.items()}, worthwhile_apps=worthwhile)


def stages(people: Developers, week: int, seen: ToolMarket, agents: bool) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Stages and tools after a week."""
    stage, tool = people.columns.stage.copy(), people.columns.tool.copy()
    moves = people.decide_stage(week, seen, people.tools(seen), agents)
    stage[moves.rows], tool[moves.rows] = moves.stages, moves.tools
    return stage, tool


def builders(people: Developers, week: int, seen: ToolMarket) -> NDArray[np.int8]:
    """The labs that developers build on after a week."""
    labs, moves = people.columns.builder.copy(), people.decide_builder(week, seen, people.apis(seen))
    labs[moves.rows] = moves.labs
    return labs


def nobody() -> tuple[ToolMoves, BuilderMoves]:
    """A week in which no developer changes anything."""
    none, same = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int8)
    return ToolMoves(none, same, same), BuilderMoves(none, same)


# tools and agents ---------------------------------------------------------------------------------------------------


def test_stages_count_everybody_at_or_beyond_them() -> None:
    """Of ten: 4 none, 3 some, 2 daily, 1 agent; productivity 1 + 0.1 x 0.2 + 0.3 x 0.1."""
    people = developers(10)
    people.columns.stage[:] = [NONE] * 4 + [ANY] * 3 + [DAILY] * 2 + [AGENT]
    assert people.stage_shares() == pytest.approx([0.6, 0.3, 0.1], rel=1e-12)
    assert people.productivity() == pytest.approx(1.05, rel=1e-12)


def test_the_step_up_follows_its_hazard_row_by_row() -> None:
    """Hazards: tool (0.1 + 0.2 x 0.75) x 0.8; daily 0.2 x 0.8; agents (0.1 + 0.4 x 0.25) x 0.5; none beyond."""
    people = developers(
        400,
        tool_innovation_per_week=0.1,
        tool_imitation_per_week=0.2,
        daily_per_week=0.2,
        agent_innovation_per_week=0.1,
        agent_imitation_per_week=0.4,
    )
    people.columns.stage[:] = np.arange(400) % 4
    people.columns.tool[:] = np.where(people.columns.stage > NONE, 1, NO_LAB)
    uniform = people.streams.uniform("developers.tool", 9, 400)
    hazards = [(0.1 + 0.2 * 0.75) * 0.8, 0.2 * 0.8, (0.1 + 0.4 * 0.25) * 0.5, 0.0]
    expected = [s % 4 + int(uniform[s] < 1.0 - np.exp(-hazards[s % 4])) for s in range(400)]
    stage, _ = stages(people, 9, market(), agents=True)
    assert stage.tolist() == expected
    assert sum(expected) > sum(i % 4 for i in range(400))


@given(week=st.integers(0, 300), agents=st.booleans(), shut=st.integers(0, LABS - 1), fresh=st.booleans())
def test_stages_move_by_one_and_only_tool_users_have_a_tool(week: int, agents: bool, shut: int, fresh: bool) -> None:
    """From any stage; a lab that is not open wins nobody; without agents nobody steps up to them."""
    people = developers(
        1200,  # of 300 daily users some step up in every week
        tool_innovation_per_week=0.1,
        daily_per_week=0.2,
        agent_innovation_per_week=0.1,
        tool_leave_per_week=0.05,
        switch_per_week=0.2,
        release_attention_per_week=0.3,
    )
    people.columns.stage[:] = np.arange(1200) % 4
    people.columns.tool[:] = np.where(people.columns.stage > NONE, (shut + 1) % LABS, NO_LAB)
    sold = [lab != shut for lab in range(LABS)]
    stage, tool = stages(people, week, market(coding_open=sold, attention=[fresh] * LABS), agents)
    assert np.abs(stage - people.columns.stage).max() <= 1
    assert ((tool == NO_LAB) == (stage == NONE)).all()
    assert shut not in tool
    rises = (people.columns.stage == DAILY) & (stage == AGENT)
    assert rises.any() == agents


def test_nobody_takes_up_a_tool_before_one_is_sold() -> None:
    people = developers(300, tool_innovation_per_week=0.1, daily_per_week=0.2, builder_innovation_per_week=0.1)
    stage, _ = stages(people, 5, market(coding_open=[False] * LABS), agents=True)
    assert (stage == NONE).all()
    assert (builders(people, 5, market(api_open=[False] * LABS)) == NO_LAB).all()
    assert (stages(people, 5, market(), agents=True)[0] > NONE).any()


def test_builders_join_by_worth_and_imitation_row_by_row() -> None:
    """Hazard (0.1 + 0.3 x 0.5) x 0.5 of those who do not build; builders stay where nobody looks around."""
    people = developers(400, builder_innovation_per_week=0.1, builder_imitation_per_week=0.3)
    people.columns.builder[:] = np.where(np.arange(400) % 2 == 0, 1, NO_LAB)
    uniform = people.streams.uniform("developers.build", 7, 400)
    chance = 1.0 - np.exp(-(0.1 + 0.3 * 0.5) * 0.5)
    lab = builders(people, 7, market())
    assert (lab[::2] == 1).all()
    assert ((lab[1::2] >= 0) == (uniform[1::2] < chance)).all()


def test_builders_who_look_take_a_lab_by_weight_and_a_fresh_flagship_makes_them_look() -> None:
    """Weights 2, 1, 1: three in four of those who look, at a hazard of 0.3, leave lab 1, two of them for lab 0."""
    people = developers(5000, release_attention_per_week=0.3)
    people.columns.builder[:] = 1
    weighed = {"api_weights": [2.0, 1.0, 1.0]}
    assert (builders(people, 4, market(**weighed)) == 1).all()
    lab = builders(people, 4, market(attention=[True, False, False], **weighed))
    looks = -np.expm1(-0.3)
    for found, share in ((lab == 0, 0.5 * looks), (lab == 2, 0.25 * looks)):
        assert abs(found.sum() - 5000 * share) < 5 * np.sqrt(5000 * share * (1.0 - share))
    closed = market(attention=[True, False, False], api_open=[False, True, True])
    assert (builders(people, 4, closed) == 1).all()  # the flagship is not sold to builders


def test_tools_are_chosen_by_the_weight_of_their_agents() -> None:
    """Of those who take up a tool at weights 1, 3, 0 a quarter take the first lab's, whatever APIs weigh."""
    people = developers(8000, tool_innovation_per_week=0.1)
    seen = market(coding_weights=[1.0, 3.0, 0.0], api_weights=[0.0, 0.0, 1.0])
    stage, tool = stages(people, 4, seen, agents=False)
    taken = int((stage == ANY).sum())
    assert taken > 500
    assert set(tool[stage == ANY].tolist()) == {0, 1}
    assert abs((tool == 0).sum() - 0.25 * taken) < 5 * np.sqrt(taken * 0.25 * 0.75)


# apps ---------------------------------------------------------------------------------------------------------------


def test_every_builder_starts_an_app_when_births_are_certain() -> None:
    """0.5 a week x productivity 2: each builder's app runs with the builder's lab and was born this week."""
    people = developers(4, slots=6)
    people.columns.builder[:] = [2, NO_LAB, 0, 1]
    assert people.start_apps(12, market(), productivity=2.0, free_entry=False) == 0
    assert people.apps.lab.tolist() == [2, 0, 1, NO_LAB, NO_LAB, NO_LAB]
    assert people.apps.born.tolist()[:3] == [12] * 3
    assert (people.apps.audience[:3] > 0.0).all()


def test_apps_without_a_slot_are_counted_not_lost_in_silence() -> None:
    """Five slots, two of them taken, for eight builders: three start, five do not; nobody is evicted."""
    people = developers(8, slots=5)
    people.columns.builder[:] = 1
    people.apps.lab[:] = [NO_LAB, 2, NO_LAB, 2, NO_LAB]
    people.apps.audience[:] = 7.0
    assert people.start_apps(0, market(), productivity=2.0, free_entry=False) == 5
    assert people.apps.lab.tolist() == [1, 2, 1, 2, 1]
    assert people.apps.audience[[1, 3]].tolist() == [7.0, 7.0]


def test_productivity_raises_births() -> None:
    """The same draws, half as many again: within five standard deviations of 0.2 and 0.3 of 4,000 builders."""
    for productivity, share in ((1.0, 0.2), (1.5, 0.3)):
        people = developers(4000, slots=4000, births_per_week=0.2)
        people.columns.builder[:] = 0
        people.start_apps(3, market(), productivity, free_entry=False)
        assert abs((people.apps.lab >= 0).sum() - 4000 * share) < 5 * np.sqrt(4000 * share * (1.0 - share))


@pytest.mark.parametrize(
    ("worthwhile", "running", "pace"),
    [(30.0, 20, 1.5), (5.0, 20, 0.25), (20.0, 20, 1.0), (0.0, 20, LEAST_ENTRY), (1e9, 20, MOST_ENTRY), (2.0, 0, 2.0)],
)
def test_more_apps_start_where_sales_would_keep_up_more_than_there_are(
    worthwhile: float, running: int, pace: float
) -> None:
    """Starts follow worthwhile / running apps, up to four times as fast, row by row; none running count as one."""
    people = developers(2000, slots=2020, births_per_week=0.1)
    people.columns.builder[:], people.apps.lab[:running] = 0, 1
    uniform = people.streams.uniform("apps.birth", 5, 2000)
    people.start_apps(5, market(worthwhile_apps=worthwhile), productivity=1.0, free_entry=True)
    assert (people.apps.lab == 0).sum() == (uniform < 0.1 * pace).sum()
    assert (people.apps.lab == 1).sum() == running


def test_without_free_entry_sales_do_not_matter() -> None:
    people = developers(2000, slots=2000, births_per_week=0.1)
    people.columns.builder[:] = 0
    started = []
    for worthwhile in (0.0, 1e9):
        people.apps.lab[:] = NO_LAB
        people.start_apps(5, market(worthwhile_apps=worthwhile), productivity=1.0, free_entry=False)
        started.append(int((people.apps.lab == 0).sum()))
    assert started[0] == started[1] == (people.streams.uniform("apps.birth", 5, 2000) < 0.1).sum()


def test_a_slot_used_again_holds_another_app() -> None:
    """Traits turn with the week: audiences of the same slot in two weeks differ; in the same week they do not."""
    people = developers(50, slots=50)
    people.columns.builder[:] = 0
    seen = []
    for week in (3, 4, 3):
        people.apps.lab[:] = NO_LAB
        people.start_apps(week, market(), productivity=2.0, free_entry=False)
        seen.append(people.apps.audience.copy())
    assert (seen[0] != seen[1]).all()
    assert np.array_equal(seen[0], seen[2])


def test_first_audiences_are_lognormal_about_their_median() -> None:
    """Half of 4,000 lie above it, within five standard deviations (32), at a spread of ln of 1 within five errors."""
    people = developers(4000, slots=4000, each=1.0)
    people.columns.builder[:] = 0
    people.start_apps(0, market(), productivity=2.0, free_entry=False)
    logs = np.log(people.apps.audience.astype(np.float64) / 10.0)
    assert abs((logs > 0.0).sum() - 2000) < 5 * 32
    assert logs.std() == pytest.approx(1.0, abs=5 / np.sqrt(2 * 4000))


def test_a_row_of_many_apps_has_the_audience_of_their_mean() -> None:
    """Of (e - 1) / (e^(1/4) - 1) = 6.05 apps of spread 1: spread 1/2 about 10 e^(1/2 - 1/8), so the mean stays."""
    people = developers(4000, slots=4000, each=(math.e - 1.0) / math.expm1(0.25))
    people.columns.builder[:] = 0
    people.start_apps(0, market(), productivity=2.0, free_entry=False)
    logs = np.log(people.apps.audience.astype(np.float64) / 10.0)
    assert logs.mean() == pytest.approx(0.375, abs=5 * 0.5 / np.sqrt(4000))
    assert logs.std() == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(2 * 4000))


def test_apps_die_at_their_hazard_and_free_their_slot() -> None:
    people = developers(1, slots=500, deaths_per_week=0.2)
    people.apps.lab[:] = 1
    uniform = people.streams.uniform("apps.fate", 6, 500)
    people.age_apps(6, people.apis(market()))
    assert ((people.apps.lab < 0) == (uniform < np.float32(0.2))).all()
    assert 0 < (people.apps.lab < 0).sum() < 500


def test_audiences_stay_where_there_is_no_noise() -> None:
    """Of apps of any age: what grows is the work that they ask for."""
    people = developers(1, slots=2)
    people.apps.lab[:], people.apps.born[:], people.apps.audience[:] = 0, [60, 10], 100.0
    people.age_apps(60, people.apis(market()))
    assert people.apps.audience.tolist() == [100.0, 100.0]


def test_proportional_growth_makes_audiences_heavy_tailed() -> None:
    """Equal apps after 100 weeks of noise 0.3: ln spreads as 0.3 x 10 = 3, within five errors of a spread (0.1).

    The median stays: ln has a mean of zero, within five errors of 3 / sqrt(500).
    """
    people = developers(1, slots=500, audience_noise=0.3, each=1.0)
    people.apps.lab[:] = 0
    people.apps.audience[:] = 100.0
    for week in range(100):
        people.age_apps(week, people.apis(market()))
    logs = np.log(people.apps.audience.astype(np.float64) / 100.0)
    assert logs.mean() == pytest.approx(0.0, abs=5 * 3.0 / np.sqrt(500))
    assert logs.std() == pytest.approx(3.0, abs=5 * 3.0 / np.sqrt(2 * 500))


@pytest.mark.parametrize(("apps", "left"), [(1.0, 1.0), (math.e + 1.0, 0.5), (2e7, math.e / 2e7)])
def test_the_mean_of_many_apps_moves_less_and_grows_as_lognormals_do(apps: float, left: float) -> None:
    """Of 1 + e apps of spread 1 half of the variance of growth is left, of very many nothing but the mean's growth."""
    streams = FixedStreams(0)
    people = developers(1, slots=1, streams=streams, audience_noise=0.2, each=apps)
    people.apps.lab[:], people.apps.audience[:] = 0, 100.0
    streams.value = np.float32(0.75)
    people.age_apps(1, people.apis(market()))
    moved = 0.2 * math.sqrt(12.0 * left) / 4.0 + 0.5 * 0.04 * (1.0 - left)
    assert people.apps.audience[0] == pytest.approx(100.0 * math.exp(moved), rel=1e-6)


@pytest.mark.parametrize("deaths", [0.008, 0.05, 0.11])
@pytest.mark.parametrize("looks", [0.008, 0.013, 0.1, 0.3])
def test_apps_never_move_to_a_lab_that_sells_no_api(deaths: float, looks: float) -> None:
    """Also where the draw lies just below the end of those that look, so that rescaling rounds it up to one."""
    streams = FixedStreams(0)
    people = developers(1, slots=1, streams=streams, deaths_per_week=deaths, switch_per_week=looks)
    people.apps.lab[:] = 0
    streams.value = np.nextafter(np.float32(deaths - np.expm1(-looks)), np.float32(0.0))
    people.age_apps(1, people.apis(market(api_open=[True, True, False])))
    assert people.apps.lab[0] in (0, 1)


# what they ask ------------------------------------------------------------------------------------------------------


def test_app_tasks_by_lab_and_kind_worked_by_hand() -> None:
    """Two developers; 8 users of calls, 8 of retrieval and 2 of agents: 4, 4 and 1 a developer, at crowding 1/2.

    So a user of calls asks 2 / sqrt(4) tasks, one of retrieval 1 / sqrt(4), one of agents 0.5 / sqrt(1).
    """
    people = developers(2, slots=6)
    a = people.apps
    a.lab[:], a.kind[:] = [0, 1, 2, 0, NO_LAB, 1], [0, 1, 2, 0, 0, 0]
    a.audience[:] = [4.0, 8.0, 2.0, 2.0, 1000.0, 2.0]
    assert people.app_tasks(LABS) == pytest.approx(np.array([[6.0, 0.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 1.0]]))
    assert people.app_counts(LABS).tolist() == [[2, 0, 0], [1, 1, 0], [0, 0, 1]]


def test_audiences_are_spread_by_their_start_and_by_what_happened_since() -> None:
    """First spread 0.5; three apps of age 8, 10 and 12 weeks have moved by 0.4 a week: sqrt(0.25 + 10 x 0.16)."""
    people = developers(2, slots=4, audience_sd=0.5, audience_noise=0.4)
    people.apps.lab[:], people.apps.born[:] = [0, 1, 1, NO_LAB], [12, 10, 8, 0]
    assert people.app_spread(20) == pytest.approx(1.85**0.5, rel=1e-9)


@pytest.mark.parametrize("crowding", [0.1, 0.23, 0.6])
def test_four_times_the_users_ask_for_less_than_four_times_the_tasks(crowding: float) -> None:
    """4^crowding times, of each kind for itself; and an app whose rivals grow loses work to them."""
    people = developers(3, slots=3, crowding=crowding)
    a = people.apps
    a.lab[:], a.kind[:], a.audience[:] = [0, 1, 0], [0, 0, 1], 5.0
    before = people.app_tasks(LABS)
    a.audience[:2] *= 4.0
    after = people.app_tasks(LABS)
    assert after[:, 0] == pytest.approx(before[:, 0] * 4.0**crowding)
    assert after[:, 1:].tolist() == before[:, 1:].tolist()
    a.audience[0] *= 9.0
    assert people.app_tasks(LABS)[1, 0] < after[1, 0]


def test_tasks_for_each_developer_do_not_depend_on_how_many_rows_stand_for_them() -> None:
    """Twice the rows with the same apps twice: twice the tasks of rows that stand for half as many."""
    found = []
    for times in (1, 2):
        people = developers(2 * times, slots=3 * times)
        people.apps.lab[:], people.apps.kind[:] = np.tile([0, 1, 2], times), np.tile([0, 1, 1], times)
        people.apps.audience[:] = np.tile([3.0, 5.0, 7.0], times)
        found.append(people.app_tasks(LABS) / times)
    assert found[1] == pytest.approx(found[0], rel=1e-12)
    assert found[0].sum() > 0.0


def test_without_users_there_are_no_app_tasks() -> None:
    assert developers(2, slots=2).app_tasks(LABS).tolist() == [[0.0] * 3] * LABS


def test_code_requests_by_stage_worked_by_hand() -> None:
    """Some use asks 10, daily and agent users 100 a week each; who has no tool asks nothing."""
    people = developers(6)
    people.columns.stage[:] = [NONE, ANY, ANY, DAILY, AGENT, DAILY]
    people.columns.tool[:] = [NO_LAB, 0, 2, 2, 2, 1]
    assert people.code_requests(LABS).tolist() == [10, 100, 210]


def test_agent_tasks_follow_the_time_to_review() -> None:
    """Two agents for one review: 5 and 7 reviews make 10 and 14 tasks; daily users hand nothing over."""
    people = developers(4)
    people.columns.stage[:] = [AGENT, AGENT, DAILY, NONE]
    people.columns.tool[:] = [0, 2, 0, NO_LAB]
    people.columns.reviews[:] = [5.0, 7.0, 9.0, 9.0]
    assert people.agent_tasks(LABS).tolist() == [10, 0, 14]


def test_counts_by_lab() -> None:
    people = developers(5)
    people.columns.stage[:] = [NONE, ANY, DAILY, AGENT, AGENT]
    people.columns.tool[:] = [NO_LAB, 0, 0, 1, 2]
    assert people.tool_users(LABS).tolist() == [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1]]


@given(data=st.data())
def test_counts_follow_whoever_writes_the_columns(data: st.DataObject) -> None:
    """Stages, tools, accounts and time written from outside, against counts of all rows from scratch."""
    rows = 70
    people = developers(rows, initial_tool_share=0.5, reviews_sd=1.0)
    c = people.columns
    for _ in range(data.draw(st.integers(1, 6))):
        changed = data.draw(st.lists(st.integers(0, rows - 1), max_size=20))
        if data.draw(st.booleans()):
            c.reviews[changed] *= 3.0
        c.stage[changed], c.tool[changed] = data.draw(st.integers(NONE, AGENT)), data.draw(st.integers(0, LABS - 1))
        c.accounts[changed] ^= data.draw(st.integers(0, 2**LABS - 1))
        people.commit(*nobody())
        users, tasks = np.zeros((LABS, 4), dtype=np.int64), np.zeros(LABS)
        for row in np.flatnonzero(c.tool >= 0).tolist():
            users[c.tool[row], c.stage[row]] += 1
            tasks[c.tool[row]] += 2.0 * c.reviews[row] * (c.stage[row] == AGENT)
        assert np.array_equal(people.tool_users(LABS), users)
        assert people.agent_tasks(LABS) == pytest.approx(tasks, rel=1e-6, abs=0.0)
        having = [int((c.accounts >> lab & 1).sum()) for lab in range(LABS)]
        assert people.account_counts(LABS).tolist() == having


@given(data=st.data())
def test_counts_follow_developers_own_moves(data: st.DataObject) -> None:
    """As above where nobody else can write the columns: only rows that move are counted anew."""
    rows = 70
    people = developers(rows, initial_tool_share=0.5, initial_builder_share=0.4, reviews_sd=1.0)
    c = people.columns.own
    some = st.lists(st.integers(0, rows - 1), max_size=20, unique=True)
    for _ in range(data.draw(st.integers(1, 6))):
        moving, building = (np.array(data.draw(some), dtype=np.int64) for _ in range(2))
        stage, lab = data.draw(st.integers(NONE, AGENT)), data.draw(st.integers(0, LABS - 1))
        tool = lab if stage > NONE else NO_LAB
        stages, tools = (np.full(len(moving), value, dtype=np.int8) for value in (stage, tool))
        labs = np.full(len(building), lab, dtype=np.int8)
        people.commit(ToolMoves(moving, stages, tools), BuilderMoves(building, labs))
        users = [[int(((c.tool == lab) & (c.stage == at)).sum()) for at in range(4)] for lab in range(LABS)]
        assert people.tool_users(LABS).tolist() == users
        shares = [(c.stage >= least).mean() for least in (ANY, DAILY, AGENT)]
        assert people.stage_shares() == pytest.approx(shares, rel=1e-12)
        assert people.builders() == (c.builder >= 0).sum()
        assert people.account_counts(LABS).tolist() == [int((c.accounts >> lab & 1).sum()) for lab in range(LABS)]
    assert not people.columns.externally_writable


def test_an_account_stays_when_its_developer_moves_on() -> None:
    """The third joins lab 2, the second moves there from lab 0 and back: both labs count it."""
    people = developers(5)
    c = people.columns
    for labs in ({0: 0, 1: 0}, {1: 2, 2: 2}, {1: 0}):
        moves = BuilderMoves(np.array([*labs]), np.array([*labs.values()], dtype=np.int8))
        people.commit(nobody()[0], moves)
    assert c.builder.tolist() == [0, 0, 2, NO_LAB, NO_LAB]
    assert people.account_counts(LABS).tolist() == [2, 0, 2]


def test_first_builders_open_accounts_with_the_first_api() -> None:
    people = developers(500, initial_builder_share=0.2)
    assert people.account_counts(LABS).tolist() == [*(np.bincount(people.columns.builder + 1, minlength=LABS + 1)[1:])]
    assert people.account_counts(LABS).sum() > 50


def test_first_builders_bring_the_first_apps() -> None:
    """Two in ten build and three in ten of those have an app, a single call, from the start."""
    people = developers(5000, slots=5000, initial_builder_share=0.2, initial_app_share=0.3, initial_tool_share=0.4)
    alive = people.apps.lab >= 0
    assert abs(alive.sum() - 300) < 5 * np.sqrt(5000 * 0.06 * 0.94)
    assert abs((people.columns.builder >= 0).sum() - 1000) < 5 * np.sqrt(5000 * 0.2 * 0.8)
    assert (people.apps.kind[alive] == 0).all()
    assert abs((people.columns.stage > NONE).sum() - 2000) < 5 * np.sqrt(5000 * 0.4 * 0.6)
