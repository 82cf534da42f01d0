"""The answer on the first screen: who ran out, when and why, from paths whose numbers are known."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from runs.charts.palette import labs
from runs.terminal.short_numbers import short
from runs.view.answer import answer, answer_beside, answer_series
from runs.view.baseline_file import shipped_baseline
from runs.view.headline import HOLDS, headline
from runs.view.measures import measures
from runs.view.recording import Recording
from tests.runs.view.test_difference import moment

TOKENS = measures()["tokens"]
START, WEEKS = date(2024, 1, 1), 156  # a Monday; three years


def path(short: dict[int, float], held: str = "chips", **lab_shares: float) -> Recording:
    """Return a path: `short` week -> share turned away from that week on; labs turn away their share all the time."""
    share = np.zeros(WEEKS)
    for week, value in short.items():
        share[week:] = value
    rows: dict[tuple[str, str, str], NDArray[np.float64]] = {("demand_unserved_share", "market", "all"): share}
    for lab in labs():
        rows["demand_unserved_share", lab, "all"] = np.full(WEEKS, lab_shares.get(lab, 0.0))
    for name in HOLDS:
        rows["capacity_limit", "market", name] = np.full(WEEKS, float(name == held))
    names: list[Any] = [(*name, "share") for name in rows]
    return Recording.made(START, date(2026, 12, 31), names, np.array(list(rows.values())).T)


def test_a_short_time_is_told_with_its_labs_its_cause_and_when_it_was_over() -> None:
    run = path({52: 0.3, 104: 0.0}, openai=0.25, google=0.12, meta=0.09)
    # The mean of 13 weeks passes a tenth five weeks after the start, and falls below it nine weeks after the end.
    assert answer(TOKENS, run, WEEKS) == (
        "Labs run out from January 2025 to February 2026: OpenAI turns away 25% of demand and "
        "Google 12%, mostly because chips are missing. Since March 2026 supply covers demand."
    )
    assert answer(measures()["unserved"], run, WEEKS) == answer(TOKENS, run, WEEKS)


def test_a_path_that_is_still_short_says_since_when_and_the_week_shown_decides() -> None:
    run = path({52: 0.3, 104: 0.0}, held="power", anthropic=0.4)
    assert answer(TOKENS, run, 100) == (
        "Labs run out since January 2025: Anthropic turns away 40% of demand, mostly because power is missing."
    )
    assert (
        answer(TOKENS, run, 50) == "Nobody runs out by December 2024: at most 0% of demand is turned away in 13 weeks."
    )
    assert answer(TOKENS, run, 0) == answer(TOKENS, None, 5) == ""


def test_a_little_scarcity_at_the_end_is_called_tight() -> None:
    assert answer(TOKENS, path({20: 0.3, 60: 0.05}, openai=0.2), WEEKS).endswith("In December 2026 supply is tight.")


def test_times_that_both_paths_share_are_told_once_and_then_those_of_one_alone() -> None:
    both = {52: 0.3, 60: 0.0}
    run, other = path(both), path({**both, 140: 0.3})
    shared = "Power squeeze. As in the baseline, labs run out from January 2025 to April 2025"
    assert answer_beside(TOKENS, run, other, WEEKS, "Power squeeze") == (
        f"{shared}; in the baseline also since October 2026. Turned away in December 2026: 0%, baseline 30%."
    )
    assert f"{shared}; here also since October 2026." in answer_beside(TOKENS, other, run, WEEKS, "Power squeeze")


def test_the_answer_says_when_the_rent_of_a_chip_is_furthest_from_the_baseline_s() -> None:
    """It is half as high again from week 53 on, and in the baseline too from week 80 on: most in weeks 65 to 79."""
    dearer, later = moment(RENT=(53, 1.5)).run, moment(RENT=(80, 1.5)).run
    told = answer_beside(TOKENS, dearer, later, WEEKS, "Power squeeze")
    assert told.endswith(" The rent of a chip differs most in March 2025: 4.5 USD an hour instead of 3.")
    assert "rent" not in answer_beside(TOKENS, moment(RENT=(53, 1.19)).run, moment().run, WEEKS, "Power squeeze")


@pytest.mark.parametrize(("pause", "spells"), [(14, 1), (40, 2)])
def test_a_pause_shorter_than_the_mean_s_weeks_does_not_end_a_short_time(pause: int, spells: int) -> None:
    """The mean takes some weeks to fall, and rises faster than it fell: a pause of 14 weeks shows as 10."""
    told = answer(TOKENS, path({10: 0.3, 40: 0.0, 40 + pause: 0.3, 120: 0.0}, openai=0.2), WEEKS)
    assert told.count("from ") == spells


def test_where_no_lab_turns_much_away_all_that_are_in_the_run_are_named_and_no_cause_is_invented() -> None:
    told = answer(TOKENS, path({52: 0.3}, held="none", openai=0.05), WEEKS)
    assert "OpenAI turns away 5%" in told
    assert "because" not in told


def test_beside_the_baseline_a_short_time_that_is_the_same_is_said_shortly_and_another_in_full() -> None:
    run, later, never = path({52: 0.3}, openai=0.2), path({80: 0.3}, openai=0.2), path({})
    assert answer_beside(TOKENS, run, None, WEEKS, "Baseline") == answer(TOKENS, run, WEEKS)
    same = answer_beside(TOKENS, run, run, WEEKS, "Power squeeze")
    assert same == "Power squeeze. As in the baseline, labs run out since January 2025."
    told = answer_beside(TOKENS, run, later, WEEKS, "Power squeeze")
    alone = answer(TOKENS, run, WEEKS)
    assert told == f"Power squeeze. {alone} In the baseline labs run out since August 2025."
    assert answer_beside(TOKENS, run, never, WEEKS, "Price war").endswith("In the baseline nobody runs out.")
    nobody = answer_beside(TOKENS, never, never, WEEKS, "Price war")
    assert nobody == "Price war. As in the baseline, nobody runs out by December 2026."


def test_after_a_short_time_as_in_the_baseline_what_differs_at_the_date_is_said() -> None:
    run, other = (path({52: 0.3, 104: after}, openai=0.2) for after in (0.04, 0.02))
    told = answer_beside(measures()["unserved"], run, other, WEEKS, "Power squeeze")
    assert told == (
        "Power squeeze. As in the baseline, labs run out from January 2025 to February 2026. "
        "Turned away in December 2026: 4%, baseline 2%."
    )


@pytest.mark.parametrize(
    ("served", "price", "said", "why"),
    [
        (0.7, 1.5, "fewer tokens are served (-30% in December 2026), but", "dearer, so fewer"),
        (2.0, 0.5, "more tokens are served (×2 in December 2026), and", "cheaper, so more"),
        (0.7, 1.0, "fewer tokens are served (-30% in December 2026), but", ""),
    ],
)
def test_the_answer_says_that_the_price_keeps_demand_within_supply_where_it_does(
    served: float, price: float, said: str, why: str
) -> None:
    run = moment(SERVED=(80, served), UNMET=(80, served), PRICE=(80, price)).run
    told = answer_beside(TOKENS, run, moment().run, WEEKS, "Power squeeze")
    why = f": tokens are {why} are asked for" if why else ""
    before = "Power squeeze. As in the baseline, nobody runs out by December 2026."
    assert told == f"{before} From July 2025 on {said} no more is turned away (1%, baseline 1%){why}."
    scarce = moment(SERVED=(80, served), UNSERVED=(80, 5.0)).run
    told = answer_beside(TOKENS, scarce, moment().run, WEEKS, "Power squeeze")
    assert told.startswith(before)
    assert told.endswith("in December 2026). Turned away: 5%, baseline 1%.")


def test_the_answers_of_other_measures_hold_the_figures_of_the_tiles() -> None:
    found = shipped_baseline()
    assert found is not None
    run = found.recording
    tiles = {tile["label"]: tile for tile in headline(run, None, run.clock.week)["tiles"]}
    for key, label in (("paid", "Price paid"), ("revenue", "Revenue")):
        told = answer(measures()[key], run, run.clock.week)
        assert told.startswith("December 2028: ")
        assert f"{tiles[label]['value']} {tiles[label]['unit']} ({tiles[label]['change']})" in told


def test_the_answers_of_other_measures_have_the_baseline_s_levels_beside_them() -> None:
    run, other = moment(PRICE=(60, 1.5)).run, moment().run
    paid = answer_beside(measures()["paid"], run, other, WEEKS, "Power squeeze")
    assert paid.startswith("Power squeeze. December 2026: paid on the API 3 ")
    assert paid.endswith(" In the baseline: paid on the API 2 USD/Mtok.")
    same = answer_beside(measures()["paid"], other, other, WEEKS, "Power squeeze")
    assert same.startswith("Power squeeze, as in the baseline. December 2026: paid on the API 2 ")
    fewer = moment(CHIPS=(60, 0.5)).run
    assert "In the baseline 1 M work" in answer_beside(measures()["compute"], fewer, other, WEEKS, "Power squeeze")


def test_installed_chips_are_those_that_work_those_that_wait_and_those_being_set_up() -> None:
    found = shipped_baseline()
    assert found is not None
    run = found.recording
    told = answer(measures()["compute"], run, run.clock.week)
    tile = headline(run, None, run.clock.week)["tiles"][0]
    assert told.startswith(f"December 2028: {tile['value']} H100e work ({tile['change']}). Of ")
    names = ("installed_compute", "live_compute", "chips_without_power")
    installed, live, dark = (run.observables.latest(name) for name in names)
    assert f"Of {short(installed)} installed, {short(dark)} wait" in told
    assert f"{short(installed - live - dark)} are being set up." in told


def test_the_shipped_baseline_records_what_its_answer_reads() -> None:
    found = shipped_baseline()
    assert found is not None
    recorded = {name[:3] for name in found.recording.observables.names}
    assert set(answer_series()) <= recorded
    assert answer(TOKENS, found.recording, found.recording.clock.week)
