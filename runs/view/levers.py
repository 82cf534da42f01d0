"""The levers of the page: which parameters, between which bounds, in which words."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from model import JevonsError, Parameters
from runs.view.address import load_scenario, scenario_names

# A range wider than this factor has a logarithmic slider.
WIDE = 30.0
STEPS = 200


@dataclass(frozen=True)
class Slider:
    """One lever: its parameter, words and bounds."""

    path: str
    title: str
    unit: str
    gloss: str
    source: str
    low: float
    high: float
    whole: bool

    @classmethod
    def of(cls, row: Any, title: str) -> "Slider":
        """Return the slider of a parameter, which is a row of `Parameters.rows`."""
        return cls(row.name, title, row.unit, row.gloss, row.source, row.low, row.high, type(row.default) is int)

    @property
    def logarithmic(self) -> bool:
        """Whether equal distances on the slider are equal factors."""
        return self.low > 0.0 and self.high / self.low > WIDE

    def position(self, value: float) -> int:
        """Return the position of a value on the slider, 0 to `STEPS`, rounded and clipped."""
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(min(max(share, 0.0), 1.0) * STEPS)

    def value(self, position: float) -> float | int:
        """Return the value at a position of the slider, rounded to three digits."""
        share = position / STEPS
        if self.logarithmic:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + (self.high - self.low) * share
        value = min(max(float(f"{value:.3g}"), self.low), self.high)
        return round(value) if self.whole else value


@cache
def words() -> Mapping[str, Any]:
    """Return the titles of mechanisms, and the parameters of each subject with theirs, from `levers.toml`."""
    return tomllib.loads(Path(__file__).with_name("levers.toml").read_text(encoding="utf-8"))


def switches(parameters: Parameters) -> dict[str, str]:
    """Return the titles of all mechanisms by path."""
    names = type(parameters.mechanisms).model_fields
    return {f"mechanisms.{name}": words()["titles"].get(name, name.replace("_", " ").capitalize()) for name in names}


@cache
def sliders() -> Mapping[str, tuple[Slider, ...]]:
    """Return the sliders by subject, with the words and bounds of the parameter table."""
    rows: dict[str, Any] = {row.name: row for row in Parameters.load().rows()}
    return {
        subject: tuple(Slider.of(rows[path], title) for path, title in levers.items())
        for subject, levers in words()["subjects"].items()
    }


@cache
def slider_of(path: str) -> Slider | None:
    """Return the slider of any parameter that is a number between bounds; None for others, such as dates."""
    shown = next((row for rows in sliders().values() for row in rows if row.path == path), None)
    if shown is not None:
        return shown
    row: Any = next((row for row in Parameters.load().rows() if row.name == path), None)
    if row is None or type(row.default) not in (int, float) or row.low is None or row.high is None:
        return None
    if not (math.isfinite(row.low) and math.isfinite(row.high) and row.low < row.high):
        return None
    return Slider.of(row, title_of_path(path))


def title_of_path(path: str) -> str:
    """Return the title of a parameter: that of the table of levers, or its name in words."""
    known = {row.path: row.title for rows in sliders().values() for row in rows} | switches(Parameters.load())
    if path in known:
        return str(known[path])
    if path in words()["others"]:
        return str(words()["others"][path])
    *owner, name = path.split(".")
    of = f" ({owner[-1]})" if len(owner) > 1 else ""
    return name.removesuffix("_usd").replace("_", " ").capitalize() + of


def check(parameters: Parameters, path: str, value: object) -> Any:
    """Return a value as the parameter takes it, checked with all the others. Raises JevonsError."""
    return parameters.replace({path: value}).get(path)


def scenario_lines() -> list[tuple[str, str, str]]:
    """Return name, title and description of every scenario that the page can run."""
    found = []
    for name in scenario_names():
        try:
            scenario = load_scenario(name)
        except JevonsError as error:
            found.append((name, name, str(error)))
        else:
            own = f" ({name})" if scenario.title and name.endswith(".toml") else ""  # it may be a copy of another
            found.append((name, (scenario.title or name) + own, " ".join(scenario.description.split())))
    return found
