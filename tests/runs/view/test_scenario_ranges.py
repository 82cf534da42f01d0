"""The interval of a scenario's difference in fitted runs, from pairs of runs whose numbers are known."""

import dataclasses
from datetime import date

import pytest

from calibration.ensemble import read_ensembles
from calibration.store.jobs import Failure, Job
from calibration.store.run_store import Result
from model import InferenceMarket, JevonsError, Scenario
from runs.view.address import Lever, Setup
from runs.view.baseline_file import Band, shipped_baseline
from runs.view.headline import headline
from runs.view.measures import TILES
from runs.view.number_words import range_words, value_range_words
from runs.view.scenario_ranges import (
    LEAST_PAIRS,
    PAIRED,
    monthly,
    on_day,
    paired_jobs,
    range_sentence,
    ranges,
    ranges_of,
)

START = date(2024, 1, 1)
MONTHS = ("2024-01", "2024-02")


def runs(factor: float, count: int = 41) -> list[Result]:
    """Runs of which number i has i + 1 of everything (thousandths of a share), times a factor in February."""
    return [
        {
            f"{label}|{month}": (i + 1) * (0.001 if label == "Turned away" else 1.0) * (factor if place else 1.0)
            for label in TILES for place, month in enumerate(MONTHS)
        }
        for i in range(count)
    ]  # fmt: skip


def test_a_difference_is_a_ratio_of_pairs_and_of_a_share_what_is_added() -> None:
    found = ranges({"baseline": runs(1.0), "dear": runs(1.5)}, START)["dear"]
    assert found["Price paid"] == Band((45,), (1.5,), (1.5,))  # 15 February; in January nothing differs
    low, high = on_day(found["Turned away"], 45) or (0.0, 0.0)
    # Of 41 runs number i is turned away 0.0005 (i + 1) more: the ends are those of numbers 2 and 38.
    assert (low, high) == pytest.approx((0.0015, 0.0195))


def test_pairs_with_a_failed_run_are_left_out_and_too_few_are_refused() -> None:
    base, other = runs(1.0, PAIRED), runs(2.0, PAIRED)
    base[0], other[1] = Failure("broke off"), Failure("broke off")
    assert ranges({"baseline": base, "dear": other}, START)["dear"]["Revenue"].low == (2.0,)
    other[: PAIRED - LEAST_PAIRS + 1] = [Failure("broke off")] * (PAIRED - LEAST_PAIRS + 1)
    with pytest.raises(JevonsError, match=f"dear: {LEAST_PAIRS - 1} of {PAIRED} pairs"):
        ranges({"baseline": base, "dear": other}, START)


def test_the_month_nearest_to_a_day_counts_and_none_that_is_far() -> None:
    band = Band((14, 45), (1.0, 2.0), (3.0, 4.0))
    assert [on_day(band, days) for days in (0, 29, 30, 76, 77)] == [(1, 3), (1, 3), (2, 4), (2, 4), None]
    assert on_day(Band((), (), ()), 0) is None


def test_every_scenario_is_run_by_the_same_members_with_the_same_seeds() -> None:
    jobs = paired_jobs(read_ensembles()[-1])
    assert set(jobs) == set(Scenario.names())
    for name, mine in jobs.items():
        assert len(mine) == PAIRED
        for one, base in zip(mine, jobs["baseline"], strict=True):
            assert one.seed == base.seed
            assert one.overrides[: len(base.overrides)] == base.overrides
            assert one.scenario().changes == Scenario.load(name).changes


def test_a_run_gives_the_means_of_its_months() -> None:
    job = Job((), 3, "small", "2023-03-05")
    found = monthly(job)
    market = InferenceMarket(job.scenario(), rng=3).run(until="2023-03-05")
    price = market.observables.series(*TILES["Price paid"])
    assert found["Price paid|2023-01"] == pytest.approx(price[:5].mean())
    assert set(found) == {f"{label}|2023-0{month}" for label in TILES for month in (1, 2)}


def test_words_of_an_interval() -> None:
    assert range_words(0.69, 0.78, "token/month") == "-31% to -22%"
    assert range_words(0.4, 2.2, "USD/year") == "÷2.5 to ×2.2"
    assert range_words(0.998, 1.1, "USD/year") == "0% to +10%"
    assert range_words(-0.004, 0.09, "share") == "0 to +9 points"
    assert range_words(0.0, 0.004, "share") == "0 points"
    assert value_range_words(0.01, 0.2, "share") == "1% to 20%"
    assert value_range_words(1e15, 2e15, "token/month") == "1 Q to 2 Q"


def test_tiles_have_the_interval_of_what_is_on_screen() -> None:
    shipped = shipped_baseline()
    assert shipped is not None
    shipped = dataclasses.replace(shipped, ranges={"recession": {"Revenue": Band((2000,), (0.8,), (1.1,))}})
    run = shipped.recording
    weeks = 2000 // 7 + 1
    recession = ranges_of(Setup("recession"), shipped)
    tiles = {one["label"]: one["range"] for one in headline(run, run, weeks, None, recession)["tiles"]}
    assert (tiles["Revenue"], tiles["Price paid"]) == ("fitted: -20% to +10%", "")
    own = ranges_of(Setup(), shipped)
    assert set(own) == set(TILES)
    revenue = {one["label"]: one["range"] for one in headline(run, None, weeks, None, own)["tiles"]}["Revenue"]
    ends = on_day(own["Revenue"], 7 * (weeks - 1))
    assert ends is not None
    assert revenue == f"fitted: {value_range_words(*ends, 'USD/year')}"


def test_levers_of_ones_own_and_another_model_have_no_interval() -> None:
    shipped = shipped_baseline()
    assert shipped is not None
    moved = Setup("recession", levers=(Lever("labs.menu_cost", 0.02),))
    assert ranges_of(moved, shipped) == {}
    assert ranges_of(Setup("recession"), dataclasses.replace(shipped, code="another")) == {}
    assert ranges_of(Setup("recession"), None) == {}


def test_a_sentence_says_the_interval_of_every_tile() -> None:
    bands = {"Revenue": Band((14,), (0.8,), (1.1,)), "Turned away": Band((14,), (-0.02,), (0.05,))}
    assert range_sentence(bands, 20) == (
        "In nine of ten fitted runs the scenario changes: revenue -20% to +10%, turned away -2 to +5 points."
    )
    assert range_sentence(bands, 100) == ""
