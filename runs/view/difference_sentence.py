"""The sentence that says how a run differs from the baseline at a date, in the order of causes."""

import math
from collections.abc import Mapping
from datetime import date

import numpy as np

from runs.charts.palette import labs
from runs.charts.readings import QUARTER
from runs.terminal.short_numbers import short
from runs.view.dates import day_words, month_words
from runs.view.measures import LIVE, SERVED, TURNED_AWAY, UNSERVED
from runs.view.moment import Moment
from runs.view.number_words import SMALL_RATIO, figure_words, times_words
from runs.view.recording import Series

COMPARED: Mapping[str, tuple[Series, ...]] = {
    "power": (("power", "market", "all"),),
    "chips": (LIVE,),
    "price": (("price_paid", "market", "api"),),
    "asked": (SERVED, TURNED_AWAY),
}
"""What the sentence tells, each a sum of series; those that part at the same time in this order."""
SUPPLY = ("power", "chips")
# Shares that differ by less are not worth a sentence.
SMALL_SHARE = 0.01
# A difference smaller than this part of the largest one (as logarithms of ratios) is left out.
MINOR = 0.125
# Tokens served are told beside those asked for if the two differ by this factor more than in the baseline.
UNLIKE = 1.2
# A lab is said to be hit only if it has this share of the baseline's revenue.
LARGE_LAB = 0.02
REVENUE: Series = ("revenue_run_rate", "market", "all")


def difference_sentence(now: Moment, other: Moment, parted: date | None) -> str:
    """Say what differs from the baseline at a date, in the order in which it came to differ, and who is hit.

    parted: the date on which the paths part.
    """
    day = now.day
    if parted is not None and day < parted:
        return f"Until {day_words(parted)} both paths are the same: what changes holds from then on."
    ratios = {name: ratio_of(now, other, parts) for name, parts in COMPARED.items()}
    told = [part for part in (_chain(now, other, ratios), _turned_away(now, other, ratios["asked"])) if part]
    parts = [f"{'; '.join(told)}." if told else "", _earned(now, other, ratios)]
    if not any(parts):
        return f"By {month_words(day)} hardly anything differs from the baseline."
    return f"By {month_words(day)}: {' '.join(part for part in parts if part)}"


def ratio_of(now: Moment, other: Moment, parts: tuple[Series, ...]) -> float:
    """Return a sum of series relative to the baseline's; NaN where either is zero."""
    return _ratio(now.total(parts), other.total(parts))


def apart_since(now: Moment, other: Moment, parts: tuple[Series, ...]) -> int:
    """Return the week from which on a sum of series differs as it does now; the number of weeks where it does not.

    It differed otherwise before if it was on the other side of the baseline, or the same for a quarter.
    """
    ratios = [_ratio(*pair) for pair in zip(now.quarters(parts), other.quarters(parts), strict=False)]
    side = np.array([(ratio > 1.0) - (ratio < 1.0) if differs(ratio) else 0 for ratio in ratios])
    if not side.size or not side[-1]:
        return len(side)
    before = np.flatnonzero(side == -side[-1]).tolist()
    same = np.convolve(side == 0, np.ones(QUARTER), "valid") == QUARTER  # from each week on
    return max([0, *(week + 1 for week in before), *(np.flatnonzero(same) + QUARTER).tolist()])


def differs(ratio: float) -> bool:
    """Whether a ratio is worth a word; one that is NaN is not."""
    return max(ratio, 1.0 / ratio) >= SMALL_RATIO


def against(price: float, asked: float) -> bool:
    """Whether the price and demand, as ratios to the baseline, both differ from it, and in opposite directions."""
    return differs(price) and differs(asked) and (price > 1.0) != (asked > 1.0)


def together(week: float, other: float) -> bool:
    """Whether two differences began within a quarter: one may then follow the other."""
    return abs(week - other) < QUARTER


def _chain(now: Moment, other: Moment, ratios: Mapping[str, float]) -> str:
    """Say how supply, price and demand differ: what came to differ first comes first; minor ones are left out."""
    sizes = {name: abs(math.log(ratio)) for name, ratio in ratios.items() if differs(ratio)}
    since: dict[str, float] = {
        name: apart_since(now, other, COMPARED[name])
        for name, size in sizes.items() if size >= MINOR * max(sizes.values())
    }  # fmt: skip
    linked = {"price", "asked"} <= since.keys() and together(since["price"], since["asked"])
    if linked:  # demand follows the price where they move against each other; else the price follows demand
        first, led = min(since["price"], since["asked"]), against(ratios["price"], ratios["asked"])
        since |= {"price": first + (not led) * 0.5, "asked": first + led * 0.5}
    told, last, so = "", "", ", so "
    for name in sorted(since, key=since.__getitem__):
        pair = {last, name}
        scarce = last in SUPPLY and name == "price" and (ratios[last] < 1.0) == (ratios["price"] > 1.0)
        joined = "; "
        if pair == set(SUPPLY):
            joined = " and "
        elif scarce or (linked and pair == {"price", "asked"}):
            joined, so = so, ", and so "
        told, last = f"{told}{joined if told else ''}{_clause(name, now, other, ratios[name])}", name
    return told


def _clause(name: str, now: Moment, other: Moment, ratio: float) -> str:
    """Say how one of `COMPARED` differs."""
    if name == "power":
        return f"{_more(ratio, 'less', 'much')} power is connected"
    if name == "chips":
        return f"{_more(ratio, 'fewer', 'many')} chips work"
    if name == "asked":
        return f"customers ask for {_more(ratio, 'fewer', 'many')} tokens"
    paid = [short(of.total(COMPARED[name])) for of in (now, other)]
    return f"a million tokens cost {paid[0]} USD instead of {paid[1]} ({signed(ratio)})"


def _turned_away(now: Moment, other: Moment, asked: float) -> str:
    """Say how much more or less of demand is turned away, and what that does to the tokens served."""
    one, two = now.value(UNSERVED), other.value(UNSERVED)
    if not abs(one - two) >= SMALL_SHARE:
        return ""
    told = f"{figure_words(one, 'share')} of demand is turned away instead of {figure_words(two, 'share')}"
    served = ratio_of(now, other, (SERVED,))
    if not (served <= asked / UNLIKE if one > two else served >= asked * UNLIKE):
        return told
    return f"{told}, and {_more(served, 'fewer', 'many')} tokens are served"


def _earned(now: Moment, other: Moment, ratios: Mapping[str, float]) -> str:
    """Say how the labs' revenue differs, or why it does not, and which large labs lose and gain most."""
    ratio = ratio_of(now, other, (REVENUE,))
    told = ""
    if differs(ratio):
        told = f"the labs earn {_more(ratio, 'less', 'much')}"
    elif against(ratios["price"], ratios["asked"]):
        made_up = "dearer tokens make up for fewer" if ratios["price"] > 1.0 else "more tokens make up for cheaper ones"
        told = f"the labs earn as much, as {made_up}"
    hit = _hit_and_favoured(now, other, "" if differs(ratio) else "revenue ")
    told = "; ".join(part for part in (told, hit) if part)
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def _hit_and_favoured(now: Moment, other: Moment, what: str) -> str:
    """Name the large lab that loses most, and the one that gains most; `what` is said before the first figure."""
    before = {lab: other.value(("revenue_run_rate", lab, "all")) for lab in labs()}
    large = [lab for lab, earned in before.items() if earned >= LARGE_LAB * other.value(REVENUE)]
    ratios = {lab: _ratio(now.value(("revenue_run_rate", lab, "all")), before[lab]) for lab in large}
    ordered = sorted((lab for lab in large if differs(ratios[lab])), key=ratios.__getitem__)
    ends = [(ordered[0], "is hit hardest")] if ordered and ratios[ordered[0]] < 1.0 else []
    ends += [(ordered[-1], "gains most")] if ordered and ratios[ordered[-1]] > 1.0 else []
    return ", ".join(
        f"{labs()[lab][0]} {does} ({'' if place else what}{signed(ratios[lab])})"
        for place, (lab, does) in enumerate(ends)
    )


def _ratio(value: float, baseline: float) -> float:
    return float(value / baseline) if value > 0.0 and baseline > 0.0 else math.nan


def _more(ratio: float, less: str, many: str) -> str:
    """Say a ratio as in 26% less, 30% more, 4 times as much."""
    if ratio >= 2.0:
        return f"{short(ratio, 2)} times as {many}"
    return f"{_percent(abs(100 * (ratio - 1)))}% {less if ratio < 1.0 else 'more'}"


def signed(ratio: float) -> str:
    """Say a ratio as in -26%, +30%, ×4."""
    return times_words(ratio) if ratio >= 2.0 else f"{'-' if ratio < 1.0 else '+'}{_percent(abs(100 * (ratio - 1)))}%"


def _percent(change: float) -> str:
    """Say a change in per cent; what loses nearly all does not lose 100%."""
    return f"{min(change, 99.9):.1f}" if 99.5 <= change < 100.0 else f"{change:.0f}"
