"""The page's address: scenario, scale, seed, levers, the date shown, the tab and what is chosen in it, to share."""

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from model import JevonsError, Parameters, Scenario, nearest, parse_date
from runs.view.dates import day_words

SCALES = ("small", "default")
BASELINE = "baseline"
# What a tab shows at first, by key in the address. Whole numbers, but for the measure's name.
CHOICES = ("measure", "enterprise", "cascade", "sample")
SCENARIO_VARIABLE = "JEVONS_VIEW_SCENARIO"
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Lever:
    """A parameter's value: from the first week on, or from the week of `since`."""

    path: str
    value: Any
    since: dt.date | None = None


@dataclass(frozen=True)
class Setup:
    """What makes a view: the same setup gives the same market, bit for bit. `at`: the week shown, else the last."""

    scenario: str = BASELINE
    scale: str = "default"
    seed: int = 7
    levers: tuple[Lever, ...] = ()
    at: dt.date | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether this is the baseline itself, with nothing changed."""
        return self.scenario == BASELINE and not self.levers

    def baseline(self) -> Scenario:
        """Return the baseline that this setup is compared with: same scale, same span."""
        own = load_scenario(self.scenario, scale=self.scale)
        return Scenario.load(BASELINE, scale=self.scale).replace(start=own.start, until=own.until)

    @property
    def branch_date(self) -> dt.date | None:
        """The date on which this path parts from the baseline: the start where it differs from the first week on.

        None where nothing is changed.
        """
        return parting(self.build(), self.baseline())

    def changed(self) -> list["Lever"]:
        """Return all that the scenario and the levers change, by date and path; `since` None is the first week."""
        scenario = self.build()
        at_start = [Lever(path, value) for path, value in scenario.overrides.items() if not path.startswith("scale.")]
        later = [Lever(path, value, day) for day, values in scenario.changes for path, value in values.items()]
        return list(merged(at_start, later))

    def build(self) -> Scenario:
        """Return the scenario with its levers. Raises JevonsError."""
        scenario = load_scenario(self.scenario, scale=self.scale)
        scenario = scenario.replace({lever.path: lever.value for lever in self.levers if lever.since is None})
        dated: dict[dt.date, dict[str, Any]] = {}
        for lever in self.levers:
            if lever.since is not None:
                dated.setdefault(lever.since, {})[lever.path] = lever.value
        return scenario.replace(changes=(*scenario.changes, *sorted(dated.items())))


def parting(scenario: Scenario, baseline: Scenario) -> dt.date | None:
    """Return the date from which a scenario differs from the baseline; None where it never does."""
    if dict(scenario.overrides) != dict(baseline.overrides):
        return scenario.start
    return next((day for day, values in scenario.changes if values), None)


def opened_file() -> Path | None:
    """Return the scenario file that `jevons view --scenario` was started with; no address can name another."""
    text = os.environ.get(SCENARIO_VARIABLE, "")
    return Path(text) if text else None


def scenario_names() -> list[str]:
    """Return what the page can run: the scenarios that come with the model, and the name of the opened file."""
    file = opened_file()
    return [*Scenario.names(), *([] if file is None else [file.name])]


def load_scenario(name: str, scale: str | None = None) -> Scenario:
    """Return the scenario of one of these names; raises JevonsError."""
    file = opened_file()
    return Scenario.load(file if file is not None and name == file.name else name, scale=scale)


def read_address(query: str) -> tuple[Setup, list[str]]:
    """Read a query string; parts that cannot be used are left out and named, one line each.

    Keys: scenario, scale, seed, at (a date), and lever (repeatable) as PATH=VALUE or PATH@DATE=VALUE. A date outside
    the scenario is named too.
    """
    setup, refused = Setup(), []
    for key, text in parse_qsl(query.lstrip("?"), keep_blank_values=True):
        try:
            wanted = _with(setup, key, text)
            wanted.build()
        except JevonsError as error:
            refused.append(f"A part of the address was ignored: {error}")
        else:
            setup = wanted
    if setup.at is not None:
        scenario = setup.build()
        if not scenario.start <= setup.at <= scenario.until:
            span = f"{day_words(scenario.start)} to {day_words(scenario.until)}"
            shown = "end" if setup.at > scenario.until else "start"
            refused.append(
                f"A part of the address was ignored: at = {setup.at} is outside the run ({span}); its {shown} is shown"
            )
            setup = replace(setup, at=None if shown == "end" else scenario.start)
    return setup, refused


def read_choices(query: str, measures: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return what an address chooses within tabs (`CHOICES`) and what was refused, one line each."""
    found, refused = {}, []
    for key, text in parse_qsl(query.lstrip("?"), keep_blank_values=True):
        if key not in CHOICES:
            continue
        names = list(measures)
        if key == "measure" and text not in names:
            refused.append(f"measure = {text[:60]!r}: no such measure; {nearest(text, names)}")
        elif key != "measure" and not (text.isascii() and text.isdigit() and len(text) <= 9):
            refused.append(f"{key} = {text[:60]!r} is not allowed: allowed is a whole number")
        else:
            found[key] = text
    return found, [f"A part of the address was ignored: {line}" for line in refused]


def _with(setup: Setup, key: str, text: str) -> Setup:
    """Return a setup with one pair of the query; unknown keys (a proxy's, say) are ignored."""
    match key:
        case "scenario":
            if text not in (names := scenario_names()):
                way = f"; to open a file, start jevons view --scenario {text[:60]}" if text.endswith(".toml") else ""
                raise JevonsError(f"scenario = {text[:60]!r}: no such scenario; {nearest(text, names)}{way}")
            return replace(setup, scenario=text)
        case "scale":
            if text not in SCALES:
                raise JevonsError(
                    f"scale = {text[:60]!r}: the page runs {' or '.join(SCALES)}; use `jevons run` for large"
                )
            return replace(setup, scale=text)
        case "seed":
            return replace(setup, seed=read_seed(text))
        case "at":
            return replace(setup, at=parse_date(text, "at"))
        case "lever":
            return replace(setup, levers=(*setup.levers, _lever(text)))
        case _:
            return setup


def _lever(text: str) -> Lever:
    place, equals, value = text.partition("=")
    path, _, day = place.partition("@")
    if not equals or not path:
        raise JevonsError(f"lever = {text[:60]!r} is not PATH=VALUE or PATH@DATE=VALUE")
    checked = Parameters.load().convert({path: value})
    return Lever(path, checked[path], parse_date(day, "lever date") if day else None)


def read_seed(text: str) -> int:
    """Return the seed that a text states. Raises JevonsError."""
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19 or int(digits) > LARGEST_SEED:
        raise JevonsError(f"seed = {text[:40]!r} is not allowed: allowed is a whole number from 0 to {LARGEST_SEED}")
    return int(digits)


# Names that tabs had before.
FORMER = {"market": "explore", "downloads": "export"}


def read_tab(query: str, titles: Sequence[str]) -> tuple[int, list[str]]:
    """Return the number of the tab that a query string names (the first by default), and what was refused."""
    name = dict(parse_qsl(query.lstrip("?"))).get("tab")
    names = [tab_name(title) for title in titles]
    name = FORMER.get(name, name) if name else None
    if name is None or name in names:
        return (names.index(name) if name else 0), []
    return 0, [f"A part of the address was ignored: tab = {name[:60]!r}: no such tab; {nearest(name, names)}"]


def tab_name(title: str) -> str:
    """Return a tab's title as it is in an address."""
    return title.lower().replace(" ", "-")


def write_address(setup: Setup, tab: str = "", choices: Mapping[str, str] | None = None) -> str:
    """Return the query string (with its question mark) that `read_address`, `read_tab`, `read_choices` read back."""
    pairs = [("scenario", setup.scenario)]
    pairs += [("scale", setup.scale)] if setup.scale != Setup.scale else []
    pairs += [("seed", str(setup.seed))]
    pairs += [("lever", _write_lever(lever)) for lever in setup.levers]
    pairs += [("at", setup.at.isoformat())] if setup.at else []
    pairs += [("tab", tab)] if tab else []
    pairs += [(key, choices[key]) for key in CHOICES if choices and key in choices]
    return "?" + urlencode(pairs, safe="@=:")


def _write_lever(lever: Lever) -> str:
    day = f"@{lever.since.isoformat()}" if lever.since else ""
    return f"{lever.path}{day}={write_value(lever.value)}"


def write_value(value: Any) -> str:
    """Write a parameter's value as `--set` takes it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)


def merged(levers: Iterable[Lever], added: Iterable[Lever]) -> tuple[Lever, ...]:
    """Return levers with others added; a later value replaces an earlier one of the same path and date."""
    by_place = {(lever.path, lever.since): lever for lever in (*levers, *added)}
    return tuple(by_place.values())
