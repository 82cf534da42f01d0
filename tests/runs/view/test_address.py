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
    read_choices,
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


def test_a_run_parts_from_the_baseline_where_it_first_differs() -> None:
    start = Lever("demand.hurdle", 0.2)
    late, later = Lever("demand.hurdle", 0.3, date(2025, 1, 6)), Lever("demand.hurdle", 0.4, date(2026, 1, 5))
    assert Setup().branch_date is None
    assert Setup(levers=(later, late)).branch_date == date(2025, 1, 6)
    assert Setup(levers=(start, late)).branch_date == date(2023, 1, 2)
    assert Setup("power-squeeze").branch_date == date(2026, 1, 5)
    assert Setup("power-squeeze", levers=(late,)).branch_date == date(2025, 1, 6)
    assert Setup("no-agents").branch_date == date(2023, 1, 2)


def test_what_a_run_changes_has_the_scenario_s_values_and_a_lever_s_in_their_place() -> None:
    path, day = "power_supplier.grid.output_factor", date(2026, 1, 5)
    assert Lever(path, 0.5, day) in Setup("power-squeeze").changed()
    edited = Setup("power-squeeze", levers=(Lever(path, 0.25, day),)).changed()
    assert [one.value for one in edited if one.path == path] == [0.25]
    assert Setup("no-agents").changed() == [Lever("mechanisms.agents", False)]
    assert Setup(scale="small").changed() == []


@pytest.mark.parametrize(("asked", "shown"), [("2031-05-01", None), ("2019-01-01", date(2023, 1, 2))])
def test_a_date_outside_the_run_is_named_and_what_is_shown_instead(asked: str, shown: date | None) -> None:
    setup, (line,) = read_address(f"?at={asked}")
    assert setup.at == shown
    assert asked in line
    assert "31 December 2028" in line


def test_what_is_chosen_in_a_tab_comes_back_and_nonsense_is_named() -> None:
    chosen = {"measure": "rent", "enterprise": "12", "cascade": "340", "sample": "500"}
    assert read_choices(write_address(Setup(), "applications", chosen), ["tokens", "rent"]) == (chosen, [])
    found, refused = read_choices("?measure=weather&enterprise=-1&cascade=x&sample=500", ["tokens", "rent"])
    assert found == {"sample": "500"}
    assert len(refused) == 3
    assert all("\n" not in line for line in refused)
    assert read_tab("?tab=market", ["Story", "Explore"]) == (1, [])  # the name it had before


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
