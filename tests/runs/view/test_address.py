from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import InferenceMarket, JevonsError, Scenario
from runs.view.address import (
    SCENARIO_VARIABLE,
    Lever,
    Setup,
    merged,
    read_address,
    read_seed,
    read_tab,
    tab_name,
    write_address,
)
from runs.view.download import stem
from runs.view.levers import scenario_lines, sliders

PATHS = [slider for rows in sliders().values() for slider in rows]
MONDAYS = st.integers(0, 300).map(lambda week: date.fromordinal(date(2023, 1, 2).toordinal() + 7 * week))


@st.composite
def levers(draw: st.DrawFn) -> Lever:
    slider = draw(st.sampled_from(PATHS))
    return Lever(slider.path, slider.value(draw(st.integers(0, 200))), draw(st.none() | MONDAYS))


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    return Setup(
        draw(st.sampled_from(Scenario.names())),
        draw(st.sampled_from(("small", "default"))),
        draw(st.integers(0, 2**63 - 1)),
        merged((), draw(st.lists(levers(), max_size=4))),
        draw(st.none() | MONDAYS),
    )


@given(setups())
def test_an_address_brings_back_the_setup_it_was_written_from(setup: Setup) -> None:
    assert read_address(write_address(setup)) == (setup, [])


def test_a_date_that_is_taken_away_comes_back() -> None:
    setup, refused = read_address("?lever=lab.meta.flagship_date=")
    assert (refused, setup.levers[0].value) == ([], None)
    assert read_address(write_address(setup)) == (setup, [])


@pytest.mark.parametrize(
    "query",
    [
        "?scenario=../../etc/passwd",
        "?scenario=/etc/passwd.toml",
        "?scale=large",
        "?seed=-1",
        "?seed=1e3",
        f"?seed={'9' * 5000}",
        "?lever=demand.thinking_ceiling",
        "?lever=demand.no_such=1",
        "?lever=demand.thinking_ceiling=-5",
        "?lever=demand.thinking_ceiling@2026-13-01=5",
        "?lever=scale.users@2026-01-05=50",
        "?at=soon",
    ],
)
def test_what_an_address_cannot_ask_for_is_named_in_one_line_and_left_out(query: str) -> None:
    setup, refused = read_address(query)
    assert setup == Setup()
    assert len(refused) == 1
    assert "\n" not in refused[0]


def test_one_bad_lever_does_not_take_the_others_with_it() -> None:
    setup, refused = read_address(
        "?seed=3&lever=mechanisms.agents=false&lever=demand.thinking_ceiling=-1&at=2024-01-01"
    )
    assert setup == Setup(seed=3, levers=(Lever("mechanisms.agents", False),), at=date(2024, 1, 1))
    assert len(refused) == 1


def test_keys_of_others_in_the_address_are_passed_over() -> None:
    assert read_address("?utm=x&seed=4") == (Setup(seed=4), [])


def test_the_tab_is_read_back_and_one_that_there_is_not_is_named() -> None:
    titles = ("Market", "Supply network")
    query = write_address(Setup(seed=4), tab_name("Supply network"))
    assert read_address(query) == (Setup(seed=4), [])
    assert read_tab(query, titles) == (1, [])
    assert read_tab(write_address(Setup()), titles) == (0, [])
    place, refused = read_tab("?tab=weather", titles)
    assert place == 0
    assert "weather" in refused[0]
    assert "supply-network" in refused[0]


def test_a_scenario_from_an_address_equals_the_market_that_was_branched() -> None:
    setup = Setup(scale="small", seed=5)
    market = InferenceMarket(setup.build(), rng=5).run(until="2023-04-30")
    branched = market.branch(changes={"demand.thinking_ceiling": 8.0})
    shared = Setup(scale="small", seed=5, levers=(Lever("demand.thinking_ceiling", 8.0, market.clock.date),))
    again = InferenceMarket(read_address(write_address(shared))[0].build(), rng=5)
    for one in (branched, again):
        one.run(until="2023-12-31")
    assert again.observables.frame().equals(branched.observables.frame())


def test_the_path_left_at_the_last_branch_keeps_earlier_levers() -> None:
    early = Lever("demand.hurdle", 0.1, date(2024, 1, 1))
    start = Lever("demand.hurdle", 0.2)
    late = Lever("demand.hurdle", 0.3, date(2025, 1, 6))
    setup = Setup(levers=(start, early, late))
    assert setup.without_last_branch() == Setup(levers=(start, early))
    assert Setup(levers=(start,)).without_last_branch() == Setup(levers=(start,))


def test_a_seed_is_a_whole_number_within_range() -> None:
    assert read_seed(" 12 ") == 12
    for text in ("", "x", "-1", "1.5", str(2**63), "٣"):
        with pytest.raises(JevonsError, match="seed"):
            read_seed(text)


MINE = """
title = "Power squeeze"
description = "A copy with another hurdle."
until = "2024-12-31"

[demand]
hurdle = 0.3
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario file of a user's own, with which the page was started."""
    file = tmp_path / "my.toml"
    file.write_text(MINE, encoding="utf-8")
    monkeypatch.setenv(SCENARIO_VARIABLE, str(file))
    return file


def test_the_file_that_the_page_was_started_with_is_a_scenario_like_any_other(mine: Path) -> None:
    setup, refused = read_address("?scenario=my.toml&scale=small&seed=3")
    assert (refused, setup.scenario) == ([], "my.toml")
    assert read_address(write_address(setup)) == (setup, [])
    assert setup.build() == Scenario.load(mine, scale="small")
    lines = {name: title for name, title, _ in scenario_lines()}
    assert lines["my.toml"] == "Power squeeze (my.toml)"
    assert len(set(lines.values())) == len(Scenario.names()) + 1
    assert stem(setup) == "jevons-my-small-seed3"


@pytest.mark.parametrize("asked", ["other.toml", "/etc/passwd.toml", "FILE", "../my.toml"])
def test_no_address_opens_another_file(asked: str, mine: Path) -> None:
    asked = asked.replace("FILE", str(mine))
    mine.with_name("other.toml").write_text(MINE, encoding="utf-8")
    setup, (line,) = read_address(f"?scenario={asked}")
    assert setup == Setup()
    assert "no such scenario" in line
    assert "start jevons view --scenario" in line
    assert "\n" not in line


def test_a_file_that_was_broken_since_is_refused_in_one_line(mine: Path) -> None:
    mine.write_text("until = 3", encoding="utf-8")
    setup, (line,) = read_address("?scenario=my.toml")
    assert setup == Setup()
    assert "my.toml: until = 3" in line
    assert "\n" not in line
