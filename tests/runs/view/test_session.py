import gc
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from model import InferenceMarket, JevonsError, World, insert_phase, phase
from runs.view.address import Lever, Setup
from runs.view.page_session import Session

SMALL = Setup(scale="small", seed=3)


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)


def idle(session: Session) -> None:
    until(lambda: not session.status.busy)


@pytest.fixture
def session() -> Iterator[Session]:
    opened = Session(SMALL, lambda: None)
    opened.open()
    idle(opened)
    yield opened
    opened.close()


def market(session: Session) -> InferenceMarket:
    assert session.market is not None
    return session.market


def test_a_session_builds_its_market_and_waits(session: Session) -> None:
    assert session.status.activity == "paused"
    assert market(session).clock.week == 0


def test_a_step_is_one_week(session: Session) -> None:
    session.step()
    until(lambda: market(session).clock.week == 1)
    assert market(session).clock.week == 1


def test_playing_goes_on_until_paused(session: Session) -> None:
    session.play(0)
    until(lambda: market(session).clock.week > 3)
    session.pause()
    idle(session)
    week = market(session).clock.week
    time.sleep(0.1)
    assert market(session).clock.week == week


def test_the_speed_bounds_the_weeks_a_second(session: Session) -> None:
    session.play(10)
    time.sleep(0.55)
    session.pause()
    idle(session)
    assert 1 <= market(session).clock.week <= 7


def test_hurrying_ends_in_the_week_of_the_date_and_at_the_end_of_the_scenario(session: Session) -> None:
    session.hurry(date(2023, 6, 1))
    until(lambda: session.status.activity == "paused" and market(session).clock.week > 0)
    assert market(session).clock.date == date(2023, 6, 5)
    session.hurry(date.max)
    until(lambda: session.status.activity == "finished")
    assert market(session).clock.finished


def test_hurrying_takes_over_from_play(session: Session) -> None:
    session.play(1)
    until(lambda: market(session).clock.week > 0)
    session.hurry(date(2023, 6, 1))
    until(lambda: session.status.activity == "paused" and market(session).clock.week > 20)
    assert market(session).clock.date == date(2023, 6, 5)


def test_a_branch_keeps_the_old_path_beside_the_new_one(session: Session) -> None:
    session.hurry(date(2024, 1, 1))
    until(lambda: market(session).clock.week > 0 and not session.status.busy)
    since = market(session).clock.date
    session.branch({"mechanisms.thinking_effort": False})
    until(lambda: session.reference is not None)
    session.hurry(date(2025, 12, 29))
    until(lambda: market(session).clock.week > 150 and not session.status.busy)
    old = session.reference
    assert old is not None
    assert old.clock.week == market(session).clock.week
    assert session.setup.levers == (Lever("mechanisms.thinking_effort", False, since),)
    lone = InferenceMarket(SMALL.build(), rng=3).run(until="2025-12-29")
    assert old.observables.frame().equals(lone.observables.frame())
    assert not market(session).observables.frame().equals(lone.observables.frame())


def test_a_shared_setup_opens_with_both_paths_where_they_stood() -> None:
    lever = Lever("mechanisms.thinking_effort", False, date(2024, 1, 8))
    session = Session(Setup(scale="small", seed=3, levers=(lever,), at=date(2024, 6, 3)), lambda: None)
    session.open()
    idle(session)
    assert session.reference is not None
    assert market(session).clock.date == session.reference.clock.date == date(2024, 6, 10)
    assert session.address_setup == Setup(scale="small", seed=3, levers=(lever,), at=date(2024, 6, 3))
    session.close()


def test_a_bad_lever_is_refused_and_nothing_changes(session: Session) -> None:
    before = market(session)
    with pytest.raises(JevonsError, match="thinking_ceiling"):
        session.branch({"demand.thinking_ceiling": -1.0})
    with pytest.raises(JevonsError, match="row counts are set at the start"):
        session.branch({"scale.users": 200})
    assert session.market is before
    assert session.reference is None


def test_no_lever_can_be_moved_once_the_run_is_over(session: Session) -> None:
    session.hurry(date.max)
    until(lambda: session.status.activity == "finished")
    with pytest.raises(JevonsError, match="start over"):
        session.branch({"demand.thinking_ceiling": 8.0})


def test_an_error_in_a_week_becomes_a_message_and_starting_over_helps(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    @phase(reads="nothing", writes="nothing")
    def broken(_: World) -> None:
        raise RuntimeError("boom")

    with monkeypatch.context() as patch:
        patch.setattr(InferenceMarket, "week", insert_phase(InferenceMarket.week, broken, before="settlement"))
        session.step()
        until(lambda: session.status.activity == "failed")
    assert "boom" in session.status.message
    session.start_over(SMALL)
    until(lambda: session.status.activity == "paused")
    assert not session.status.message
    session.step()
    until(lambda: market(session).clock.week == 1)


def test_of_markets_asked_for_in_a_row_only_the_last_is_built(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, step = InferenceMarket.__init__, InferenceMarket.step
    made: list[int] = []
    weeks: list[int] = []
    seen: list[tuple[str, int]] = []

    def begun(of: InferenceMarket, *arguments: Any, **options: Any) -> None:
        begin(of, *arguments, **options)
        made.append(of.seed)

    def counted(of: InferenceMarket) -> None:
        weeks.append(of.seed)
        step(of)
        if len(weeks) == 3:
            for seed in (4, 5, 6):
                session.start_over(Setup(scale="small", seed=seed, at=date(2022, 3, 7)))

    def shown() -> None:
        seen.append((session.status.activity, session.setup.seed))

    monkeypatch.setattr(InferenceMarket, "__init__", begun)
    monkeypatch.setattr(InferenceMarket, "step", counted)
    session._changed = shown
    session.start_over(Setup(scale="small", seed=3, at=date(2026, 1, 5)))
    until(lambda: session.setup.seed == 6 and session.status.activity == "paused")
    assert made == [3, 6]
    assert weeks == 3 * [3] + market(session).clock.week * [6]
    assert {seed for activity, seed in seen if activity == "paused"} == {6}


def test_an_impossible_setup_leaves_the_present_market(session: Session) -> None:
    before = market(session)
    with pytest.raises(JevonsError):
        session.start_over(Setup(levers=(Lever("demand.thinking_ceiling", -1.0),)))
    assert session.market is before


def test_play_waits_until_the_browser_has_drawn(session: Session) -> None:
    drawn: list[int] = []
    gate = [False]

    def frame(of: Session) -> Callable[[], bool]:
        drawn.append(market(of).clock.week)
        return lambda: gate[0]

    session.frames.append(frame)
    session.play(0)
    until(lambda: drawn == [1])
    time.sleep(0.1)
    assert drawn == [1]
    gate[0] = True
    until(lambda: len(drawn) > 2)
    session.pause()
    idle(session)


def test_a_closed_session_frees_its_markets() -> None:
    session = Session(SMALL, lambda: None)
    session.open()
    idle(session)
    session.play(0)
    until(lambda: market(session).clock.week > 2)
    kept = weakref.ref(market(session))
    session.close()
    until(lambda: session.market is None)
    gc.collect()
    assert kept() is None


def test_two_sessions_share_nothing() -> None:
    one, other = Session(SMALL, lambda: None), Session(SMALL, lambda: None)
    for session in (one, other):
        session.open()
        idle(session)
    one.step()
    until(lambda: market(one).clock.week == 1)
    assert market(other).clock.week == 0
    other.hurry(date(2023, 3, 6))
    one.hurry(date(2023, 3, 6))
    until(lambda: market(one).clock.week == market(other).clock.week == 10)
    assert market(one).observables.frame().equals(market(other).observables.frame())
    for session in (one, other):
        session.close()
