"""Numbers written short, as people say them: 1.3 Q token/month, 13 B USD, 52 %."""

import math

# Powers of a thousand in the short scale, which is what the disclosed figures are quoted in.
SUFFIXES = ("", "k", "M", "B", "T", "Q")


def short(value: float | None, digits: int = 3) -> str:
    """`value` with `digits` significant digits and a short-scale suffix; "-" where there is no value.

    A thousand quadrillions and more go on in quadrillions, up to a million of them (2,000 Q); what is beyond, or next
    to nothing, is written in powers of ten.
    """
    if value is None or math.isnan(value):
        return "-"
    if math.isinf(value) or value == 0.0:
        return f"{value:g}"
    if not 1e-4 <= abs(value) < 10 ** (3 * len(SUFFIXES) + 3):
        return f"{value:.{digits - 1}e}"
    rounded = float(f"{value:.{digits - 1}e}")
    power = min(max(math.floor(math.log10(abs(rounded))) // 3, 0), len(SUFFIXES) - 1)
    scaled = rounded / 1000.0**power
    decimals = max(digits - 1 - math.floor(math.log10(abs(scaled))), 0)
    text = f"{scaled:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {SUFFIXES[power]}".rstrip()


def with_unit(value: float | None, unit: str) -> str:
    """`value` in short form with its unit: shares as per cent, ratios with a leading x."""
    if value is None or math.isnan(value):
        return "-"
    if unit == "share":
        return f"{short(100.0 * value)}%"
    if unit == "ratio":
        return f"x{short(value)}"
    return f"{short(value)} {unit}"


def bare(value: float | None, unit: str) -> str:
    """`value` in short form without the unit's name, for a column that has the unit beside it."""
    return with_unit(value, unit) if unit in ("share", "ratio") else short(value)


def duration(seconds: float) -> str:
    """Wall time: 0.25 ms, 850 ms, 12.4 s, 3 min 20 s."""
    if 0.0 < seconds < 0.0095:
        return f"{1000.0 * seconds:.2g} ms"
    if seconds < 1.0:
        return f"{1000.0 * seconds:.0f} ms"
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
