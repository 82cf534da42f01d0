"""The laws of consumers: contacts, adoption, choice of app, subscriptions and requests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from agents.choice import NO_LAB, probability
from agents.columns import Population
from agents.consumer_parameters import ConsumerParameters
from agents.kernels.numpy_kernels import _ranges
from agents.streams import Streams
from agents.users import ChatMarket, ChatMoves, User, Users, contact_network

LABS = 3
ALL_PAID = np.array([[0.0, 1.0]] * LABS)
"""Subscribers ask for all that time allows with the paid grade."""


def parameters(**changed: float) -> ConsumerParameters:
    """A small world in which nothing happens by itself unless changed."""
    return ConsumerParameters.model_validate(
        {
            "population": 1e9,
            "population_growth_per_year": 0.02,
            "initial_share": 0.0,
            "innovation_per_week": 0.0,
            "imitation_per_week": 0.0,
            "innovativeness_sd": 0.0,
            "appeal_power": 1.0,
            "leave_per_week": 0.0,
            "congestion_leave_per_week": 0.0,
            "switch_per_week": 0.0,
            "quality_weight": 0.0,
            "brand_weight": 0.0,
            "contacts": 4,
            "distant_contacts": 0.3,
            "requests_per_day": 1.0,
            "requests_sd": 0.0,
            "engagement_floor": 0.5,
            "subscription_usd_per_month": 20.0,
            "subscription_perk": 0.0,
            "subscription_inertia": 0.0,
            "willingness_usd_per_month": 10.0,
            "willingness_sd": 0.0,
            "review_weeks": 2,
            **changed,
        }
    )


def users(rows: int, seed: int = 1, **changed: float) -> Users:
    """Consumers of the app of lab 0, if any."""
    return Users(Population(None, User, rows), parameters(**changed), Streams(seed), 0)


def market(**changed: object) -> ChatMarket:
    """Three open apps of equal reach whose answers succeed four times in five, 9 in 10 when paid for 20 USD a month."""
    values: dict[str, object] = {
        "open": [True] * LABS,
        "reach": [1.0] * LABS,
        "success_free": [0.8] * LABS,
        "success_paid": [0.9] * LABS,
        "congestion": [0.0] * LABS,
        "entry_price": [20.0] * LABS,
        **changed,
    }
    return ChatMarket(**{name: np.array(value) for name, value in values.items()})


def contacts_of(network: csr_matrix, row: int) -> set[int]:
    """The contacts of a row."""
    return set(network.indices[network.indptr[row] : network.indptr[row + 1]].tolist())


# the contact network --------------------------------------------------------------------------------------------------


@given(rows=st.integers(1, 120), contacts=st.integers(1, 12), distant=st.floats(0.0, 1.0), seed=st.integers(0, 99))
def test_contacts_are_mutual_and_nobody_is_their_own(rows: int, contacts: int, distant: float, seed: int) -> None:
    network = contact_network(rows, parameters(contacts=contacts, distant_contacts=distant), Streams(seed))
    for row in range(rows):
        assert row not in contacts_of(network, row)
        assert all(row in contacts_of(network, other) for other in contacts_of(network, row))
        assert len(contacts_of(network, row)) == network.indptr[row + 1] - network.indptr[row]  # each counted once


def test_adding_a_person_changes_nobody_elses_contacts() -> None:
    small, large = (contact_network(rows, parameters(contacts=6), Streams(5)) for rows in (300, 301))
    assert contacts_of(large, 300)
    assert all(contacts_of(large, row) - {300} == contacts_of(small, row) for row in range(300))


def test_contacts_are_heavy_tailed_through_distant_acquaintances() -> None:
    """The best known person has many times the mean number of contacts, and hardly more where all are neighbours.

    Naming the first people with density proportional to rank^(-1/3) gives the first of n about n^(1/3) times the mean:
    27 for 20,000; 5 leaves room for chance. A neighbour is named by about Poisson(k) people: 3 is out of reach.
    """
    spread = [
        np.diff(contact_network(20_000, parameters(contacts=8, distant_contacts=d), Streams(2)).indptr)
        for d in (1.0, 0.0)
    ]
    assert spread[0].max() > 5.0 * spread[0].mean()
    assert spread[1].max() < 3.0 * spread[1].mean()


@given(data=st.data())
def test_peers_count_the_contacts_who_use_chat_after_any_moves(data: st.DataObject) -> None:
    """Joining, leaving and switching in any order, against a count over the network from scratch."""
    rows = 60
    people = users(rows, initial_share=0.3, contacts=5)
    for _ in range(data.draw(st.integers(1, 5))):
        moved = data.draw(st.lists(st.integers(0, rows - 1), unique=True, max_size=rows))
        apps = data.draw(st.lists(st.integers(-1, LABS - 1), min_size=len(moved), max_size=len(moved)))
        people.commit_moves(ChatMoves(np.array(moved, dtype=np.int64), np.array(apps, dtype=np.int8)))
        using = {row for row in range(rows) if people.columns.app[row] >= 0}
        expected = [len(contacts_of(people.network, row) & using) for row in range(rows)]
        assert people.columns.peers.tolist() == expected
    assert people.columns.contacts.tolist() == [len(contacts_of(people.network, row)) for row in range(rows)]


# adoption and apps ------------------------------------------------------------------------------------------------


def test_the_first_users_use_the_first_app() -> None:
    """A thousand rows, three in ten: within five standard deviations (14.5 rows) of 300, and all with lab 0."""
    people = users(1000, initial_share=0.3)
    assert abs(int((people.columns.app == 0).sum()) - 300) < 5 * 14.5
    assert int((people.columns.app > 0).sum()) == 0


def test_adoption_follows_innovation_contacts_and_appeal() -> None:
    """Chance = 1 - exp(-(p + q x share of contacts) x success x (1 - congestion)) of the best app, row by row."""
    people = users(500, initial_share=0.4, innovation_per_week=0.02, imitation_per_week=0.5, appeal_power=2.0)
    seen = market(congestion=[0.5, 0.25, 1.0])
    c, uniform = people.columns, people.streams.uniform("users.app", 3, 500)
    expected = []
    for row in range(500):
        share = int(c.peers[row]) / max(int(c.contacts[row]), 1)
        hazard = (0.02 + 0.5 * share) * (0.8 * 0.75) ** 2
        if c.app[row] < 0 and uniform[row] < 1.0 - np.exp(-hazard):
            expected.append(row)
    assert sorted(people.decide_app(3, seen).rows.tolist()) == expected
    assert len(expected) > 10


def test_nobody_adopts_where_no_app_is_open() -> None:
    people = users(300, innovation_per_week=0.02, innovativeness_sd=2.0)
    assert len(people.decide_app(1, market(open=[False] * LABS)).rows) == 0
    assert sum(len(people.decide_app(week, market()).rows) for week in range(20)) > 0


def test_users_leave_when_they_are_turned_away() -> None:
    """Hazard 0.05 + 0.5 x congestion of their own app, against uniforms: only the crowded app loses that many."""
    people = users(400, leave_per_week=0.05, congestion_leave_per_week=0.5)
    people.columns.app[:] = np.arange(400) % 2
    uniform = people.streams.uniform("users.app", 2, 400)
    moves = people.decide_app(2, market(congestion=[0.0, 1.0, 0.0]))
    chance = probability(np.array([0.05, 0.55]))[np.arange(400) % 2]
    assert sorted(moves.rows.tolist()) == np.flatnonzero(uniform < chance).tolist()
    assert set(moves.apps.tolist()) == {NO_LAB}


@given(
    week=st.integers(0, 300),
    shut=st.integers(0, LABS - 1),
    reach=st.lists(st.floats(0.01, 5.0), min_size=LABS, max_size=LABS),
)
def test_nobody_moves_to_an_app_that_is_not_open(week: int, shut: int, reach: list[float]) -> None:
    people = users(200, initial_share=0.5, innovation_per_week=0.02, switch_per_week=0.3, innovativeness_sd=2.0)
    seen = market(open=[lab != shut for lab in range(LABS)], reach=reach)
    assert shut not in people.decide_app(week, seen).apps.tolist()


def test_those_who_look_around_choose_by_reach() -> None:
    """With weight on nothing else, reach 1 to 3 splits those who look 1 to 3, within five standard deviations."""
    people = users(20_000, switch_per_week=0.3)
    people.columns.app[:] = 0
    moves = people.decide_app(1, market(reach=[1.0, 3.0, 0.0]))
    counts = np.bincount(moves.apps, minlength=LABS)
    assert abs(counts.sum() - 6000) < 5 * np.sqrt(6000 * 0.7)
    assert abs(counts[1] - 0.75 * counts.sum()) < 5 * np.sqrt(counts.sum() * 0.25 * 0.75)
    assert counts[2] == 0


@pytest.mark.parametrize("weights", [{"quality_weight": 10.0}, {"brand_weight": 1.0}])
def test_quality_and_present_share_draw_users(weights: dict[str, float]) -> None:
    """The app that is better (or that all use) gets more than half of those who look, of three equal ones."""
    people = users(5000, 1, switch_per_week=0.3, **weights)
    people.columns.app[:] = 1
    better = {"success_free": [0.6, 0.9, 0.6]} if "quality_weight" in weights else {}
    counts = np.bincount(people.decide_app(1, market(**better)).apps, minlength=LABS)
    assert counts[1] > 0.5 * counts.sum()


# money and requests -------------------------------------------------------------------------------------------------


def test_a_subscription_is_bought_where_what_it_adds_is_worth_its_price() -> None:
    """Willingness x gain in success against 20 USD: 300 x 0.1 = 30 pays, 150 x 0.1 = 15 does not, twice that does."""
    people = users(3, review_weeks=1)
    people.columns.app[:] = [0, 0, NO_LAB]
    people.columns.willingness[:] = [300.0, 150.0, 9000.0]
    for factor, expected in ((1.0, [0]), (2.0, [0, 1])):
        rows, paid = people.decide_paid(0, market(), factor)
        assert (rows.tolist(), paid.tolist()) == (expected, [True] * len(expected))


def test_congestion_of_the_free_app_sells_subscriptions() -> None:
    """150 x (0.9 - 0.8 x 0.75) = 45 > 20."""
    people = users(2)
    people.columns.app[:] = [0, 1]
    people.columns.willingness[:] = 150.0
    rows, paid = people.decide_paid(0, market(congestion=[0.25, 0.0, 0.0]), 1.0)
    assert dict(zip(rows.tolist(), paid.tolist(), strict=True)) == {0: True}  # row 1 is due next week
    assert people.decide_paid(1, market(congestion=[0.25, 0.0, 0.0]), 1.0)[1].tolist() == []


def test_who_pays_goes_on_paying_for_less() -> None:
    """150 x 0.1 = 15 USD does not start a subscription of 20 USD, but keeps one at an inertia of 0.3 (14 USD)."""
    people = users(4, subscription_inertia=0.3, review_weeks=1)
    people.columns.app[:] = 0
    people.columns.paid[:] = [False, True, False, True]
    people.columns.willingness[:] = [150.0, 150.0, 300.0, 130.0]
    people.commit_paid(*people.decide_paid(0, market(), 1.0))
    assert people.columns.paid.tolist() == [False, True, True, False]


def test_a_perk_is_worth_paying_for_even_where_answers_are_no_better() -> None:
    """150 x (0.15 + 0) = 22.5 USD."""
    people = users(1, subscription_perk=0.15, review_weeks=1)
    people.columns.app[:] = 0
    people.columns.willingness[:] = 150.0
    assert people.decide_paid(0, market(success_paid=[0.5] * LABS), 1.0)[1].tolist() == [True]


def test_every_row_reviews_its_subscription_once_a_cycle() -> None:
    people = users(23, review_weeks=5)
    people.columns.app[:] = 0
    people.columns.willingness[:] = 300.0
    reviewed = np.concatenate([people.decide_paid(week, market(), 1.0)[0] for week in range(10, 15)])
    assert sorted(reviewed.tolist()) == list(range(23))


def test_who_leaves_stops_paying_and_who_switches_goes_on() -> None:
    people = users(3)
    people.commit_moves(ChatMoves(np.arange(3), np.zeros(3, dtype=np.int8)))
    people.columns.paid[:] = True
    people.commit_moves(ChatMoves(np.array([0, 1]), np.array([NO_LAB, 2], dtype=np.int8)))
    assert people.columns.paid.tolist() == [False, True, True]
    people.commit_moves(ChatMoves(np.array([0]), np.array([1], dtype=np.int8)))
    assert people.columns.paid.tolist() == [False, True, True]


def test_requests_are_bounded_by_time_and_rise_with_success() -> None:
    """Bounds of 10 and 20 a week x (0.5 + 0.5 x success): 0.8 free gives 9 and 18, 0.6 gives 8 and 16, paid 1.0 all."""
    people = users(5)
    people.columns.app[:] = [0, 0, 1, 1, NO_LAB]
    people.columns.paid[:] = [False, True, False, False, False]
    people.columns.requests_bound[:] = [10.0, 20.0, 10.0, 20.0, 500.0]
    asked = people.requests(np.array([[0.8, 1.0], [0.6, 1.0], [0.0, 1.0]]), ALL_PAID)
    assert asked == pytest.approx(np.array([[9.0, 20.0], [24.0, 0.0], [0.0, 0.0]]))


def test_subscribers_ask_for_what_their_plan_leaves_over_with_the_free_grade() -> None:
    """Of 20 a week 15 with the paid grade, at success 1, and 5 with the free one, of which 4.5 are made at 0.8.

    Who hands work over asks for more than time allows.
    """
    people = users(4)
    people.columns.app[:] = [0, 0, 1, NO_LAB]
    people.columns.paid[:] = [False, True, True, False]
    people.columns.requests_bound[:] = [10.0, 20.0, 20.0, 500.0]
    by_subscribers = np.array([[0.25, 0.75], [0.0, 1.5], [0.0, 1.0]])
    asked = people.requests(np.array([[0.8, 1.0]] * LABS), by_subscribers)
    assert asked == pytest.approx(np.array([[9.0 + 4.5, 15.0], [0.0, 30.0], [0.0, 0.0]]))


def test_a_plan_s_price_is_that_of_the_user_s_own_lab() -> None:
    """300 x 0.1 = 30 USD: more than the 25 of lab 0, less than the 40 of lab 1; nothing is for sale at lab 2."""
    people = users(3, review_weeks=1)
    people.columns.app[:] = [0, 1, 2]
    people.columns.willingness[:] = 300.0
    rows, paid = people.decide_paid(0, market(entry_price=[25.0, 40.0, 1e9]), 1.0)
    assert (rows.tolist(), paid.tolist()) == ([0], [True])


def test_usual_requests_are_those_of_average_time() -> None:
    """7 x 2 a week x (0.5 + 0.5 x 0.6)."""
    assert users(1, requests_per_day=2.0, requests_sd=1.0).usual_requests(np.array([0.6])) == pytest.approx([11.2])


@given(data=st.data())
def test_what_users_ask_for_follows_whoever_writes_their_columns(data: st.DataObject) -> None:
    """Apps, subscriptions and time written from outside, row by row, against sums over all rows from scratch."""
    rows = 70
    people = users(rows, initial_share=0.3, requests_sd=1.0, engagement_floor=1.0)
    c, nobody = people.columns, np.empty(0, dtype=np.int64)
    for _ in range(data.draw(st.integers(1, 6))):
        changed = data.draw(st.lists(st.integers(0, rows - 1), max_size=20))
        if data.draw(st.booleans()):
            c.requests_bound[changed] *= 3.0
        c.app[changed] = data.draw(st.integers(NO_LAB, LABS - 1))
        c.paid[changed] = data.draw(st.booleans())
        people.commit_paid(nobody, nobody.astype(bool))
        asked, counted = people.requests(np.ones((LABS, 2)), ALL_PAID), np.zeros((LABS, 2))
        for row in np.flatnonzero(c.app >= 0).tolist():
            counted[c.app[row], int(c.paid[row])] += c.requests_bound[row]
        assert asked == pytest.approx(counted, rel=1e-6, abs=0.0)
        assert people.app_counts(LABS).tolist() == [int((c.app == lab).sum()) for lab in range(LABS)]
        assert people.payer_counts(LABS).sum() == int((c.paid & (c.app >= 0)).sum())


@given(data=st.data())
def test_what_users_ask_for_follows_their_own_moves(data: st.DataObject) -> None:
    """As above where nobody else can write the columns: only rows that move are counted anew."""
    rows = 70
    people = users(rows, initial_share=0.3, requests_sd=1.0, engagement_floor=1.0)
    c = people.columns.own
    some = st.lists(st.integers(0, rows - 1), max_size=20, unique=True)
    for _ in range(data.draw(st.integers(1, 6))):
        moving = np.array(data.draw(some), dtype=np.int64)
        apps = data.draw(st.lists(st.integers(NO_LAB, LABS - 1), min_size=len(moving), max_size=len(moving)))
        people.commit_moves(ChatMoves(moving, np.array(apps, dtype=np.int8)))
        reviewing = np.array(data.draw(some), dtype=np.int64)
        reviewing = reviewing[c.app[reviewing] >= 0]
        people.commit_paid(reviewing, np.full(len(reviewing), data.draw(st.booleans())))
        asked, counted = people.requests(np.ones((LABS, 2)), ALL_PAID), np.zeros((LABS, 2))
        for row in np.flatnonzero(c.app >= 0).tolist():
            counted[c.app[row], int(c.paid[row])] += c.requests_bound[row]
        assert asked == pytest.approx(counted, rel=1e-6, abs=0.0)
        assert people.app_counts(LABS).tolist() == [int((c.app == lab).sum()) for lab in range(LABS)]
        assert people.payer_counts(LABS).sum() == int(c.paid.sum())
    assert not people.columns.externally_writable


def test_mean_requests_do_not_depend_on_their_spread() -> None:
    """Lognormal with mean one: the mean of 40,000 bounds is 7 x 2 a week within five standard errors of exp(1) - 1."""
    people = users(40_000, requests_per_day=2.0, requests_sd=1.0)
    error = 14.0 * np.sqrt(np.expm1(1.0) / 40_000)
    assert people.columns.requests_bound.mean(dtype=np.float64) == pytest.approx(14.0, abs=5 * error)


def test_adding_a_person_changes_nobody_elses_traits_or_decisions() -> None:
    small, large = (users(rows, initial_share=0.2, innovation_per_week=0.02, requests_sd=1.0) for rows in (400, 401))
    assert np.array_equal(small.columns.requests_bound, large.columns.requests_bound[:400])
    assert np.array_equal(small.columns.app, large.columns.app[:400])
    first, second = (people.decide_app(2, market()).rows for people in (small, large))
    assert set(second.tolist()) - {400} == set(first.tolist())


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 9)), max_size=20))
def test_ranges_stand_one_after_another_and_empty_ones_leave_no_gap(spans: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in spans], dtype=np.int32)
    ends = starts + np.array([length for _, length in spans], dtype=np.int32)
    wanted = [number for start, length in spans for number in range(start, start + length)]
    assert _ranges(starts, ends).tolist() == wanted
