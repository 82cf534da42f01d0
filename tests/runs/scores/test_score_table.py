"""The table *model against actual* shows every target, says in words whether it is inside, and fits its width."""

import re
from datetime import date, timedelta

import pandas as pd
import pytest
from rich.console import Console

from calibration.scoreboard import scoreboard
from calibration.shipped import ORIGIN, Part
from calibration.targets import Statistic, Target, load_targets
from runs.scores.score_table import against_actuals, period
from runs.terminal.short_numbers import bare


def target(name: str, value: float, part: Part = "fitted", statistic: Statistic = "mean") -> Target:
    dates = (date(2024, 5, 1), date(2024, 5, 31))
    return Target(
        name,
        "tokens_served",
        "google",
        "all",
        statistic,
        *dates,
        value,
        value / 2,
        value * 2,
        "token/month",
        ORIGIN if part == "fitted" else ORIGIN + timedelta(days=1),
        "brief",
    )


def frame_of(value: float) -> pd.DataFrame:
    dates = pd.date_range("2024-04-01", "2024-06-24", freq="7D")
    series = {
        "observable": "tokens_served",
        "entity": "google",
        "segment": "all",
        "value": value,
        "unit": "token/month",
    }
    return pd.DataFrame({"date": dates, **series})


def rendered(targets: list[Target], frame: pd.DataFrame, width: int = 110) -> str:
    console = Console(width=width, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as capture:
        console.print(against_actuals(scoreboard(frame, targets), targets, width))
    return capture.get()


def test_a_row_says_inside_outside_or_nothing() -> None:
    targets = [target("T1", 1e13), target("T2", 9e13), target("T3", 1e13, "scored")]
    lines = rendered(targets, frame_of(1e13)).splitlines()
    rows = {line.split()[0]: line.split() for line in lines if line.startswith("T")}
    assert rows["T1"][-2:] == ["+0.00", "in"]
    assert rows["T2"][-2:] == ["-0.95", "OUT"]
    missing = rendered([target("T1", 1e13)], frame_of(1e13).iloc[:2]).splitlines()[-1].split()
    assert missing[-2:] == ["-", "-"]


def test_figures_that_the_ensemble_saw_come_before_later_ones() -> None:
    text = rendered([target("T2", 1e13, "scored"), target("T1", 1e13)], frame_of(1e13))
    assert text.index("published by") < text.index("T1") < text.index("published after") < text.index("T2")


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_every_shipped_target_has_a_row_that_fits_and_splits_no_figure(width: int) -> None:
    targets = list(load_targets())
    lines = rendered(targets, frame_of(1e13), width).splitlines()
    assert max(len(line) for line in lines) <= width
    rows = {line.split()[0]: line for line in lines if line.strip()}
    for one in targets:
        assert bare(one.value, one.unit) in rows[one.id]
        assert re.search(r"(-|[+-]\d+\.\d\d) +(in|OUT|-) *$", rows[one.id])


@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_narrow_table_says_what_it_leaves_out(width: int) -> None:
    lines = [line.split() for line in rendered(list(load_targets()), frame_of(1e13), width).splitlines()]
    head = next(line for line in lines if line[:1] == ["id"])
    missing = [name for name in ("when", "band", "unit") if name not in head]
    notes = [" ".join(line).partition("left out in a narrow terminal: ")[2] for line in lines if "narrow" in line]
    assert notes == ([", ".join(missing)] if missing else [])
    assert bool(missing) == (width < 160)


@pytest.mark.parametrize(
    ("statistic", "start", "end", "text"),
    [
        ("mean", date(2024, 5, 1), date(2024, 5, 31), "2024-05"),
        ("mean", date(2025, 7, 1), date(2025, 9, 30), "2025-07..09"),
        ("mean", date(2025, 1, 1), date(2025, 12, 31), "2025"),
        ("mean", date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        ("mean", date(2025, 11, 1), date(2026, 2, 28), "2025-11..2026-02"),
        ("mean", date(2025, 11, 3), date(2025, 11, 9), "2025-11-03..2025-11-09"),
        ("level", date(2023, 12, 1), date(2023, 12, 31), "2023-12-31"),
        ("ratio", date(2024, 11, 15), date(2025, 11, 15), "2025-11/2024-11"),
        ("year_total", date(2023, 1, 1), date(2023, 12, 31), "2023"),
        ("quarter_total", date(2026, 1, 1), date(2026, 3, 31), "2026-01..03"),
    ],
)
def test_dates_are_written_short(statistic: Statistic, start: date, end: date, text: str) -> None:
    one = Target("T", "o", "e", "s", statistic, start, end, 1.0, 1.0, 1.0, "u", ORIGIN, "brief")
    assert period(one) == text
