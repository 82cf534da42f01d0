"""How the page says a figure, its change in a year, and its difference from the baseline."""

import math
import re
from collections.abc import Iterable

from runs.terminal.short_numbers import bare, short

# Units in words that fit a tile.
TILE_UNITS = {"token/month": "a month", "USD/year": "USD a year", "USD/Mtok": "USD/Mtok"}
# A ratio nearer to one is not worth a word.
SMALL_RATIO = 1.02


def figure_words(value: float, unit: str) -> str:
    """Return a value in short form without its unit; shares, which tiles show in per cent, with two digits."""
    return f"{short(100.0 * value, 2)}%" if unit == "share" and not math.isnan(value) else bare(value, unit)


def year_change(value: float, before: float, unit: str) -> str:
    """Say how a value moved in a year, in words that fit a tile."""
    if math.isnan(value) or math.isnan(before):
        return ""
    if unit == "share":
        points = 100 * (value - before)
        return "unchanged in a year" if abs(points) < 0.05 else f"{points_words(points)} in a year"
    if before <= 0.0 or value <= 0.0:
        return ""
    ratio = value / before
    if max(ratio, 1.0 / ratio) < SMALL_RATIO:
        return "unchanged in a year"
    return f"{times_words(ratio)} in a year"


def points_words(points: float) -> str:
    """Say a difference of shares in percentage points."""
    text = f"{points:+.0f}" if abs(points) >= 1.0 else f"{points:+.1f}"
    return f"{text} point{'' if text in ('+1', '-1') else 's'}"


def times_words(ratio: float) -> str:
    """Say a ratio: in per cent where it is small, as a factor where it is large."""
    if 0.5 <= ratio < 2.0:
        return f"{100 * (ratio - 1):+.0f}%"
    return f"×{short(ratio, 2)}" if ratio >= 1.0 else f"÷{short(1.0 / ratio, 2)}"


def difference(value: float, baseline: float, unit: str) -> str:
    """Say how a value differs from the baseline's: points of a share, per cent or a factor of anything else."""
    if math.isnan(value) or math.isnan(baseline):
        return "-"
    if unit == "share":
        points = 100 * (value - baseline)
        return "same" if abs(points) < 0.05 else points_words(points)
    if baseline <= 0.0 or value <= 0.0:
        return "same" if value == baseline else "-"
    ratio = value / baseline
    return "same" if abs(ratio - 1.0) < 0.005 else times_words(ratio)


def range_words(low: float, high: float, unit: str) -> str:
    """Say an interval of differences: points of a share, per cent or factors of anything else."""
    if unit == "share":
        return f"{_joined(f'{100 * end:+.0f}' for end in (low, high))} points"
    return _joined(times_words(end) for end in (low, high))


def value_range_words(low: float, high: float, unit: str) -> str:
    """Say an interval of values."""
    return _joined(figure_words(end, unit) for end in (low, high))


def _joined(ends: Iterable[str]) -> str:
    """Return both ends of an interval, or the one that they are; nothing has no sign."""
    return " to ".join(dict.fromkeys(re.sub(r"^[+-](?=0%?$)", "", end) for end in ends))
