"""Dates in words, as the page shows them."""

from datetime import date


def day_words(day: date) -> str:
    """Return a day as in 5 January 2026."""
    return f"{day.day} {day:%B %Y}"


def month_words(day: date) -> str:
    """Return the month of a day as in January 2026."""
    return f"{day:%B %Y}"
