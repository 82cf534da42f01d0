from datetime import date

import pytest

from model import JevonsError, Parameters, Scenario
from runs.view.address import Setup
from runs.view.lever_panel import Moves, Place, in_force
from runs.view.levers import STEPS, Slider, check, slider_of, sliders, switches, title_of_path

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


DAY = date(2026, 1, 5)
AGENTS: Place = ("mechanisms.agents", None)
CEILING: Place = ("demand.thinking_ceiling", DAY)


def test_a_value_out_of_bounds_is_refused_in_its_own_place_and_leaves_other_moves_alone() -> None:
    now = Parameters.load()
    moves = Moves().moved(now, AGENTS, False).moved(now, CEILING, "99999")
    assert dict(moves.pending) == {AGENTS: False}
    assert list(moves.refused) == [CEILING]
    assert "1024" in moves.refused[CEILING]


def test_a_lever_moved_back_is_no_move() -> None:
    now = Parameters.load()
    assert Moves().moved(now, AGENTS, False).moved(now, AGENTS, True) == Moves()


def test_one_lever_can_be_moved_at_two_dates() -> None:
    scenario, path = Scenario.load("chip-squeeze"), "chip_maker.merchant.output_factor"
    moves = Moves()
    for day in (DAY, date(2026, 7, 6)):
        moves = moves.moved(in_force(scenario, day), (path, day), 0.8)
    assert dict(moves.pending) == {(path, DAY): 0.8, (path, date(2026, 7, 6)): 0.8}
    assert Moves().moved(in_force(scenario, DAY), (path, DAY), 0.5) == Moves()  # what the scenario has already


def test_everything_that_a_shipped_scenario_changes_can_be_edited_and_has_a_title_in_words() -> None:
    for name in Scenario.names():
        for one in Setup(name).changed():
            row = slider_of(one.path)
            assert isinstance(one.value, bool) or (row is not None and row.low <= one.value <= row.high), one.path
            assert "_" not in title_of_path(one.path)
            assert title_of_path(one.path) != one.path


def test_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(JevonsError, match="thinking_ceiling"):
        check(Parameters.load(), "demand.thinking_ceiling", "lots")
