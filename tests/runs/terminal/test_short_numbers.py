"""Short numbers keep three significant digits, pick the suffix people use, and never break on odd values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.terminal.short_numbers import SUFFIXES, bare, duration, short, with_unit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (3.6, "3.6"),
        (350.0, "350"),
        (999.6, "1 k"),
        (1234.0, "1.23 k"),
        (3.0e8, "300 M"),
        (1.3e10, "13 B"),
        (9.7e12, "9.7 T"),
        (1.3e15, "1.3 Q"),
        (-2.5e9, "-2.5 B"),
        (0.00667, "0.00667"),
        (0.0999999, "0.1"),
        (2.0e-7, "2.00e-07"),
        (1.999e18, "2,000 Q"),
        (-5.0e20, "-500,000 Q"),
        (5.0e22, "5.00e+22"),
        (math.nan, "-"),
        (None, "-"),
        (math.inf, "inf"),
    ],
)
def test_short_form_of_hand_worked_values(value: float | None, text: str) -> None:
    assert short(value) == text


@given(st.floats(min_value=1e-4, max_value=9.9e17))
def test_short_form_reads_back_to_three_significant_digits(value: float) -> None:
    number, _, suffix = short(value).partition(" ")
    assert math.isclose(float(number) * 1000.0 ** SUFFIXES.index(suffix), value, rel_tol=0.00501)


def test_shares_are_per_cent_and_ratios_carry_an_x() -> None:
    assert with_unit(0.84, "share") == "84%"
    assert with_unit(4.95, "ratio") == "x4.95"
    assert with_unit(1.3e15, "token/month") == "1.3 Q token/month"
    assert with_unit(math.nan, "share") == "-"
    assert (bare(1.3e15, "token/month"), bare(0.5, "share")) == ("1.3 Q", "50%")


def test_durations_use_the_unit_that_fits() -> None:
    assert [duration(s) for s in (0.0, 0.000254, 0.0123, 12.34, 200.4)] == [
        "0 ms",
        "0.25 ms",
        "12 ms",
        "12.3 s",
        "3 min 20 s",
    ]
