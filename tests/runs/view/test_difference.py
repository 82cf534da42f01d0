"""The sentence on what differs from the baseline, from paths whose numbers are known."""

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from runs.view.difference_sentence import COMPARED, apart_since, difference_sentence
from runs.view.measures import UNSERVED
from runs.view.moment import Moment
from runs.view.recording import Recording, Series

START, WEEKS = date(2024, 1, 1), 156  # a Monday; three years
REVENUE = ("revenue_run_rate", "market", "all")
RENT = ("rent", "market", "all")
OPENAI, GOOGLE = (("revenue_run_rate", lab, "all") for lab in ("openai", "google"))
(POWER,), (CHIPS,), (PRICE,), (SERVED, UNMET) = (COMPARED[name] for name in ("power", "chips", "price", "asked"))
LEVELS: dict[Series, float] = {
    POWER: 1000.0, CHIPS: 1e6, PRICE: 2.0, SERVED: 1e15, UNMET: 1e13, UNSERVED: 0.01, REVENUE: 1e9, OPENAI: 7e8,
    GOOGLE: 2e8, RENT: 3.0,
}  # fmt: skip


def moment(**factors: tuple[int, float]) -> Moment:
    """Return the end of a path: each series of this name is multiplied by a factor from a week on."""
    rows: dict[Series, NDArray[np.float64]] = {series: np.full(WEEKS, level) for series, level in LEVELS.items()}
    for name, (week, factor) in factors.items():
        rows[globals()[name]][week:] *= factor
    values = np.array(list(rows.values())).T
    return Moment(Recording.made(START, date(2026, 12, 31), [(*one, "") for one in rows], values), WEEKS)


def said(parted: date | None = None, **factors: tuple[int, float]) -> str:
    return difference_sentence(moment(**factors), moment(), parted)


def test_causes_come_before_effects_with_figures_per_cents_and_who_is_hit() -> None:
    told = said(
        POWER=(60, 0.74), CHIPS=(80, 0.82), PRICE=(100, 1.23), SERVED=(100, 0.74), UNMET=(100, 0.74),
        REVENUE=(110, 0.92), GOOGLE=(110, 0.84),
    )  # fmt: skip
    assert told == (
        "By December 2026: 26% less power is connected and 18% fewer chips work, so a million tokens cost 2.46 USD "
        "instead of 2 (+23%), and so customers ask for 26% fewer tokens. "
        "The labs earn 8% less; Google is hit hardest (-16%)."
    )


def test_what_came_to_differ_first_is_told_first() -> None:
    told = said(SERVED=(20, 0.5), UNMET=(20, 0.5), CHIPS=(90, 0.9))
    assert told == "By December 2026: customers ask for 50% fewer tokens; 10% fewer chips work."


def test_chips_that_become_more_while_tokens_get_dearer_are_not_called_their_cause() -> None:
    assert "20% more chips work; a million tokens cost 2.4 USD" in said(CHIPS=(60, 1.2), PRICE=(80, 1.2))
    assert "20% more chips work, so a million tokens cost 1.6 USD" in said(CHIPS=(60, 1.2), PRICE=(80, 0.8))


def test_what_differs_much_less_than_the_rest_is_left_out() -> None:
    assert (
        said(CHIPS=(60, 1.03), PRICE=(80, 0.5)) == "By December 2026: a million tokens cost 1 USD instead of 2 (-50%)."
    )
    assert "3% more chips" in said(CHIPS=(60, 1.03), PRICE=(80, 0.9))


def test_dearer_tokens_that_make_up_for_fewer_explain_the_same_revenue() -> None:
    told = said(PRICE=(60, 2.0), SERVED=(60, 0.5), UNMET=(60, 0.5), GOOGLE=(60, 0.9))
    assert "The labs earn as much, as dearer tokens make up for fewer; Google is hit hardest (revenue -10%)." in told
    assert "more tokens make up for cheaper ones" in said(PRICE=(60, 0.5), SERVED=(60, 2.0), UNMET=(60, 2.0))
    assert "earn" not in said(PRICE=(60, 0.5), SERVED=(60, 0.5), UNMET=(60, 0.5))


def test_the_lab_that_gains_most_is_named_beside_the_one_that_loses_most() -> None:
    assert "OpenAI is hit hardest (revenue -10%), Google gains most (+20%)." in said(OPENAI=(60, 0.9), GOOGLE=(60, 1.2))
    assert "The labs earn 50% more; OpenAI gains most (+40%)." in said(
        REVENUE=(60, 1.5), OPENAI=(60, 1.4), GOOGLE=(60, 1.2)
    )


def test_a_lab_that_loses_nearly_all_does_not_lose_all_of_it() -> None:
    assert "OpenAI is hit hardest (revenue -99.9%)" in said(OPENAI=(60, 0.0001))


def test_a_curve_that_crosses_the_baseline_differs_from_the_crossing_on() -> None:
    other = moment()
    served = np.full(WEEKS, LEVELS[SERVED])
    served[20:100] *= 2.0
    served[100:] *= 0.5
    crossed = Moment(Recording.made(START, date(2026, 12, 31), [(*SERVED, "")], served[:, None]), WEEKS)
    assert 100 < apart_since(crossed, other, (SERVED,)) < 113  # the mean of a quarter crosses a little later
    assert apart_since(other, other, (SERVED,)) == WEEKS
    assert apart_since(moment(SERVED=(20, 2.0)), other, (SERVED,)) == 20


@pytest.mark.parametrize(("demand", "order"), [(0.8, ("customers", "cost")), (1.5, ("cost", "customers"))])
def test_price_follows_demand_where_both_fall_and_demand_the_price_where_they_move_against_each_other(
    demand: float, order: tuple[str, str]
) -> None:
    told = said(PRICE=(60, 0.7), SERVED=(60, demand), UNMET=(60, demand))
    first, second = (told.index(word) for word in order)
    assert first < told.index(", so ") < second


def test_a_price_that_moves_long_before_demand_is_not_called_its_cause() -> None:
    told = said(PRICE=(20, 0.7), SERVED=(120, 1.5), UNMET=(120, 1.5))
    assert "(-30%); customers ask for 50% more tokens" in told


def test_scarcity_is_told_with_the_tokens_served_where_they_move_unlike_demand() -> None:
    told = said(UNSERVED=(60, 50.0), SERVED=(60, 0.5), UNMET=(60, 51.0))
    assert told.startswith("By December 2026: 50% of demand is turned away instead of 1%, and 50% fewer tokens are")
    assert "customers" not in told
    alike = said(UNSERVED=(60, 5.0), SERVED=(60, 0.5), UNMET=(60, 0.5))
    assert alike.endswith("5% of demand is turned away instead of 1%.")


def test_much_more_is_said_in_times_and_a_passing_difference_not_at_all() -> None:
    assert "14 times as much power is connected and 16 times as many chips work" in said(
        POWER=(1, 14.0), CHIPS=(1, 16.0)
    )
    other = moment(PRICE=(40, 0.5))
    assert difference_sentence(other, other, None) == "By December 2026 hardly anything differs from the baseline."
    assert said(parted=date(2027, 1, 4)).startswith("Until 4 January 2027 both paths are the same")


def test_a_lab_that_loses_while_all_earn_the_same_is_named_with_its_revenue() -> None:
    assert said(OPENAI=(60, 0.9)) == "By December 2026: OpenAI is hit hardest (revenue -10%)."
