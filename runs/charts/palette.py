"""Names and colours of labs, hyperscalers and payers in figures.

Names are the profiles' titles, and colours go by place in the table, so a new lab has both in every figure. The hues
are those of the Okabe-Ito palette, which readers with colour-blindness can tell apart. Who asks and who pays have hues
of their own, so that none of them looks like a lab.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from model import Parameters, scenario_outlines

# Colour by name on a white ground.
HEX: Mapping[str, str] = MappingProxyType(
    {
        "ink": "#222222",
        "grey": "#767676",
        "orange": "#E69F00",
        "sky": "#56B4E9",
        "green": "#009E73",
        "yellow": "#F0E442",
        "blue": "#0072B2",
        "vermillion": "#D55E00",
        "purple": "#CC79A7",
        "indigo": "#4B3FA7",
        "olive": "#8A8A1F",
        "wine": "#882255",
    }
)
# By place in the table of labs or hyperscalers; after the last comes the first again.
IN_ORDER = ("green", "vermillion", "blue", "sky", "purple", "orange", "yellow")
# Segment that asks for tokens -> colour.
ASKERS: Mapping[str, str] = MappingProxyType({"consumer": "indigo", "developer": "olive", "enterprise": "wine"})
# Segment that pays -> label, colour (of the segment that asks), dash; their revenues add up to the whole.
PAYERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "consumer": ("consumers", "indigo", "solid"),
        "vendor": ("vendors", "olive", "solid"),
        "coding": ("coders' employers", "olive", "dash"),
        "enterprise": ("enterprises", "wine", "solid"),
        "mid-market": ("mid-market", "wine", "dash"),
    }
)


@cache
def labs() -> Mapping[str, tuple[str, str]]:
    """Return title and colour of every lab by its key, in the order of the table; then those that scenarios add."""
    return _styles(_titles("lab"))


@cache
def hyperscalers() -> Mapping[str, tuple[str, str]]:
    """Return title and colour of every hyperscaler by its key, in the same order."""
    return _styles(_titles("hyperscaler"))


def with_others(known: Mapping[str, tuple[str, str]], names: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Return titles and colours with those of other names behind them, which are their own titles."""
    return _styles({key: title for key, (title, _) in known.items()} | {n: n for n in names if n not in known})


def _titles(table: str) -> dict[str, str]:
    titles = {key: profile.title for key, profile in Parameters.load().get(table).items()}
    added = [(path.split("."), value) for one in scenario_outlines() for path, value in one.overrides.items()]
    return titles | {parts[1]: str(value) for parts, value in added if parts[::2] == [table, "title"]}


def _styles(titles: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    return MappingProxyType(
        {key: (title, IN_ORDER[place % len(IN_ORDER)]) for place, (key, title) in enumerate(titles.items())}
    )
