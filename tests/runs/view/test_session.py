import gc
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pytest

from model import InferenceMarket, JevonsError, World, insert_phase, phase
from runs.view import live_paths
from runs.view.address import Lever, Setup
from runs.view.page_session import Session
from runs.view.recording import Recorded, Recording

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


def assert_same(one: Recorded, other: Recorded) -> None:
    """The same series and values; a mean over several weeks, derived in other portions, may differ in its last bit."""
    assert one.observables.names == other.observables.names
    assert one.clock == other.clock
    weeks = one.clock.week
    np.testing.assert_allclose(one.observables.values[:weeks], other.observables.values[:weeks], rtol=1e-13)


def market(session: Session) -> InferenceMarket:
    assert session.market is not None
    return session.market


def test_a_session_runs_to_the_end_and_shows_it(session: Session) -> None:
    assert session.status.activity == "finished"
    assert session.week == session.weeks_total == market(session).clock.week > 300
    assert session.reference is None


def test_a_step_shows_one_week_more(session: Session) -> None:
    session.view(10)
    until(lambda: market(session).clock.week == 10)
    idle(session)
    session.step()
    until(lambda: market(session).clock.week == session.week == 11)


def test_the_market_follows_the_week_shown_and_equals_one_that_was_run_there(session: Session) -> None:
    session.view(57)
    assert session.week == 57
    until(lambda: market(session).clock.week == 57)
    lone = InferenceMarket(SMALL.build(), rng=3).run(until=market(session).clock.date_of(56))
    assert_same(market(session), lone)
    assert session.address_setup.at == market(session).clock.date_of(56)
    session.view(10**6)
    until(lambda: market(session).clock.finished)
    assert session.address_setup.at is None


def test_playing_goes_on_until_paused_and_from_the_start_at_the_end(session: Session) -> None:
    session.play(0)
    until(lambda: 3 < session.week < 300)
    session.pause()
    idle(session)
    week = session.week
    assert market(session).clock.week == week
    time.sleep(0.1)
    assert session.week == week


def test_play_right_after_a_step_shows_that_it_plays(session: Session) -> None:
    session.view(10)
    until(lambda: market(session).clock.week == 10)
    idle(session)
    session.step()
    session.play(0)
    until(lambda: session.week > 14)
    assert session.status.activity == "playing"
    session.pause()
    idle(session)
    assert session.status.activity == "paused"


def test_the_speed_bounds_the_weeks_a_second(session: Session) -> None:
    session.view(1)
    until(lambda: market(session).clock.week == 1)
    idle(session)
    session.play(10)
    time.sleep(0.55)
    session.pause()
    idle(session)
    assert 2 <= session.week <= 8


def test_a_branch_keeps_the_baseline_beside_it_and_the_week_shown(session: Session) -> None:
    session.view(53)
    until(lambda: market(session).clock.week == 53)
    idle(session)
    since = session.next_date
    assert since == date(2024, 1, 8)
    session.branch({"mechanisms.thinking_effort": False})
    until(lambda: session.baseline is not None and not session.status.busy)
    assert session.setup.levers == (Lever("mechanisms.thinking_effort", False, since),)
    assert session.parted == since
    assert session.week == market(session).clock.week == 53
    lone = InferenceMarket(SMALL.build(), rng=3).run()
    assert session.baseline is not None
    assert_same(session.baseline, lone)
    reference = session.reference
    assert reference is not None
    assert reference.clock.week == 53
    assert session.whole is not None
    own, base = (run.observables.series("tokens_served") for run in (session.whole, session.baseline))
    assert (own[:53] == base[:53]).all()
    assert (own[60:] != base[60:]).any()


def test_a_scenario_branches_off_the_baseline_at_its_date_bit_for_bit(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    weeks: list[int] = []
    step = InferenceMarket.step

    def counted(of: InferenceMarket) -> None:
        weeks.append(of.clock.week)
        step(of)

    monkeypatch.setattr(InferenceMarket, "step", counted)
    session.start_over(Setup("power-squeeze", "small", 3))
    until(lambda: session.setup.scenario == "power-squeeze" and not session.status.busy)
    assert min(weeks) >= 156  # what came before 5 January 2026 was not simulated again
    lone = InferenceMarket(Setup("power-squeeze", "small", 3).build(), rng=3).run()
    assert_same(market(session), lone)


def test_a_scenario_that_differs_from_the_start_is_run_from_there(session: Session) -> None:
    session.start_over(Setup("no-agents", "small", 3))
    until(lambda: session.setup.scenario == "no-agents" and not session.status.busy)
    lone = InferenceMarket(Setup("no-agents", "small", 3).build(), rng=3).run()
    assert_same(market(session), lone)
    assert session.parted == date(2023, 1, 2)


def test_a_shared_setup_opens_with_both_paths_at_its_week() -> None:
    lever = Lever("mechanisms.thinking_effort", False, date(2024, 1, 8))
    session = Session(Setup(scale="small", seed=3, levers=(lever,), at=date(2024, 6, 3)), lambda: None)
    session.open()
    idle(session)
    assert session.reference is not None
    assert market(session).clock.date == session.reference.clock.date == date(2024, 6, 10)
    assert session.address_setup == Setup(scale="small", seed=3, levers=(lever,), at=date(2024, 6, 3))
    session.close()


def test_the_shipped_baseline_is_shown_before_anything_is_simulated() -> None:
    session = Session(Setup(), lambda: None)
    assert session.whole is not None
    assert session.week == session.weeks_total == 313
    beside = Session(Setup("power-squeeze"), lambda: None)
    assert beside.whole is None
    assert beside.baseline is session.whole
    assert Session(SMALL, lambda: None).shown is None


def test_a_bad_lever_is_refused_and_nothing_changes(session: Session) -> None:
    before = market(session)
    with pytest.raises(JevonsError, match="thinking_ceiling"):
        session.branch({"demand.thinking_ceiling": -1.0}, date(2025, 1, 6))
    with pytest.raises(JevonsError, match="row counts are set at the start"):
        session.branch({"scale.users": 200}, date(2025, 1, 6))
    assert session.market is before
    assert session.baseline is None


def test_no_lever_can_be_moved_after_the_last_week(session: Session) -> None:
    with pytest.raises(JevonsError, match="choose an earlier date"):
        session.branch({"demand.thinking_ceiling": 8.0})


def test_an_error_in_a_week_becomes_a_message_and_starting_over_helps(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    @phase(reads="nothing", writes="nothing")
    def broken(world: World) -> None:
        if world.clock.week == 5:
            raise RuntimeError("boom")

    with monkeypatch.context() as patch:
        patch.setattr(InferenceMarket, "week", insert_phase(InferenceMarket.week, broken, before="settlement"))
        session.start_over(Setup(scale="small", seed=99))
        until(lambda: session.status.activity == "failed")
    assert "boom" in session.status.message
    assert session.week == 5  # what was simulated is shown
    session.start_over(SMALL)
    until(lambda: session.status.activity == "finished")
    assert not session.status.message


def test_of_runs_asked_for_in_a_row_only_the_last_is_run(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    step = InferenceMarket.step
    weeks: list[int] = []
    seen: list[tuple[str, int]] = []

    def counted(of: InferenceMarket) -> None:
        weeks.append(of.seed)
        step(of)
        if len(weeks) == 3:
            for seed in (14, 15, 16):
                session.start_over(Setup(scale="small", seed=seed, at=date(2024, 3, 4)))

    def shown() -> None:
        seen.append((session.status.activity, session.setup.seed))

    monkeypatch.setattr(InferenceMarket, "step", counted)
    session._changed = shown
    session.start_over(Setup(scale="small", seed=13, at=date(2026, 1, 5)))
    until(lambda: session.setup.seed == 16 and session.status.activity == "paused")
    assert set(weeks) == {13, 16}
    assert weeks.count(13) == 3
    assert {seed for activity, seed in seen if activity == "paused"} == {16}


def test_a_run_that_was_left_half_way_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    track = live_paths.baseline_track(SMALL.baseline(), 21)
    live_paths.run_on(track.start(), track.states, lambda of: None, until=60)
    session = Session(Setup(scale="small", seed=21), lambda: None)
    weeks: list[int] = []
    step = InferenceMarket.step

    def counted(of: InferenceMarket) -> None:
        weeks.append(of.clock.week)
        step(of)

    monkeypatch.setattr(InferenceMarket, "step", counted)
    session.open()
    idle(session)
    assert min(weeks) == 60
    lone = InferenceMarket(Setup(scale="small", seed=21).build(), rng=21).run()
    assert_same(market(session), lone)
    session.close()


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
    until(lambda: len(drawn) == 1)
    time.sleep(0.1)
    assert len(drawn) == 1
    gate[0] = True
    until(lambda: len(drawn) > 2)
    assert drawn[2] == drawn[1] + 1
    session.pause()
    idle(session)


def test_a_closed_session_frees_its_markets() -> None:
    session = Session(SMALL, lambda: None)
    session.open()
    idle(session)
    kept = weakref.ref(market(session))
    session.close()
    until(lambda: session.market is None)
    gc.collect()
    assert kept() is None


def test_two_sessions_share_nothing_that_changes() -> None:
    one, other = Session(SMALL, lambda: None), Session(SMALL, lambda: None)
    for session in (one, other):
        session.open()
        idle(session)
    one.view(10)
    until(lambda: market(one).clock.week == 10)
    assert market(other).clock.week == other.week == 313
    other.view(10)
    until(lambda: market(other).clock.week == 10)
    assert market(one) is not market(other)
    assert_same(market(one), market(other))
    for session in (one, other):
        session.close()


def test_a_recording_has_what_a_run_has_recorded_and_does_not_follow_it() -> None:
    run = InferenceMarket(SMALL.build(), rng=3).run(until="2023-03-06")
    kept, short = Recording.of(run), Recording.of(run, 4)
    frame = run.observables.frame()
    run.step()
    assert kept.observables.frame().equals(frame)
    assert short.clock.week == 4
    assert short.observables.series("tokens_served").tolist() == run.observables.series("tokens_served")[:4].tolist()
    assert Recording.of(InferenceMarket(SMALL.build(), rng=3)).clock.week == 0
