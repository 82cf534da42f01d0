import pytest

from model import InferenceMarket, JevonsError, Parameters, Scenario
from runs.view.lever_panel import Moves, coming
from runs.view.levers import STEPS, Slider, check, sliders, switches

ALL = [slider for rows in sliders().values() for slider in rows]


def test_there_is_a_lever_for_every_mechanism_and_a_dozen_parameters() -> None:
    now = Parameters.load()
    assert {path for path in now.flat() if path.startswith("mechanisms.")} == set(switches(now))
    assert len(ALL) >= 12


@pytest.mark.parametrize("slider", ALL, ids=lambda slider: slider.path)
def test_a_slider_has_the_words_and_bounds_of_the_parameter_table_and_reaches_them(slider: Slider) -> None:
    row = Parameters.load().table().set_index("name").loc[slider.path]
    assert (slider.unit, slider.gloss, slider.low, slider.high) == (row["unit"], row["gloss"], row["low"], row["high"])
    assert slider.value(0) == pytest.approx(slider.low, rel=5e-3)
    assert slider.value(STEPS) == pytest.approx(slider.high, rel=5e-3)
    for position in range(STEPS + 1):
        assert check(Parameters.load(), slider.path, slider.value(position)) == slider.value(position)


@pytest.mark.parametrize("slider", ALL, ids=lambda slider: slider.path)
def test_every_lever_can_be_moved_during_a_run(slider: Slider) -> None:
    scenario = Scenario.load("baseline", scale="small")
    value = slider.value(STEPS / 2)
    moved = scenario.replace(changes=(("2025-01-06", {slider.path: value}),))
    assert moved.parameters_at("2025-01-06").get(slider.path) == value


def test_a_value_out_of_bounds_is_refused_in_its_own_place_and_leaves_other_moves_alone() -> None:
    now = Parameters.load()
    moves = Moves().moved(now, "mechanisms.agents", False).moved(now, "demand.thinking_ceiling", "99999")
    assert dict(moves.pending) == {"mechanisms.agents": False}
    assert list(moves.refused) == ["demand.thinking_ceiling"]
    assert "1024" in moves.refused["demand.thinking_ceiling"]


def test_a_lever_moved_back_is_no_move() -> None:
    now = Parameters.load()
    assert Moves().moved(now, "mechanisms.agents", False).moved(now, "mechanisms.agents", True) == Moves()


def test_what_a_branch_changes_holds_before_its_first_week_is_run() -> None:
    market = InferenceMarket(Scenario.load("baseline", scale="small"), rng=7).run(until="2023-01-31")
    branched = market.branch(changes={"demand.thinking_ceiling": 8.0})
    assert coming(branched).get("demand.thinking_ceiling") == 8.0
    assert coming(market) == market.parameters


def test_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(JevonsError, match="thinking_ceiling"):
        check(Parameters.load(), "demand.thinking_ceiling", "lots")
