"""The design of a sweep: what is varied and how often, read from a file or a mapping and checked as a whole."""

import datetime as dt
import fnmatch
import hashlib
import itertools
import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from calibration.store.code_fingerprint import digest
from model import SCALES, JevonsError, Parameters, Scenario, reason_of
from runs.one_run.simulate import Span, span
from runs.sweep.distributions import KEYS, PRIOR, Declared, DesignError, Distribution, check_choice, read_distribution
from runs.sweep.outcomes import Outcome, default_outcomes, read_outcomes
from runs.sweep.samplers import SAMPLERS
from runs.sweep.sweep_folder import BLOCK

DEFAULTS: Mapping[str, Any] = {
    "name": "sweep",
    "scenarios": ["baseline"],
    "scale": None,
    "until": None,
    "replications": 1,
    "samples": None,
    "sampler": "latin-hypercube",
    "seed": 7,
    "constants": {},
    "levers": {},
    "uncertainties": {},
    "ensemble": None,
    "outcomes": None,
    "observables": None,
    "runs_per_part": BLOCK,
}
# What each key means, for the reference.
KEY_GLOSSES: Mapping[str, str] = {
    "name": "what the sweep is called",
    "scenarios": "names of scenarios, or their files",
    "scale": "how many rows represent the world; none: the scenario's",
    "until": "the last date to simulate; none: the scenario's",
    "constants": "parameters set in every run, as a table",
    "levers": "a list of values for each parameter; all combinations are run",
    "uncertainties": 'what is not known: `"prior"` for every parameter with a prior, a list of parameters or patterns '
    "that take their priors, or a table with a distribution for each",
    "ensemble": "a Parquet table drawn jointly: a column for each parameter, and `weight` if rows weigh differently; "
    '`"posterior"` is the calibrated ensemble',
    "samples": "draws of what is uncertain; none: 100 if anything is",
    "sampler": "how the draws are placed",
    "replications": "seeds for each draw",
    "seed": "root of every seed and draw",
    "outcomes": "numbers by which runs are compared: `[outcomes.NAME]` with `observable`, `entity`, `segment`, "
    "`statistic`, `start`, `end`; none: six of the whole market",
    "observables": "names of the observables to keep; none: all",
    "runs_per_part": "runs in one file of results",
}
DEFAULT_SAMPLES = 100
MAX_RUNS = 1_000_000
MAX_POLICIES = 10_000


@dataclass(frozen=True)
class Policy:
    """One combination of a scenario and of lever values, with the constants: what is decided, as it will run."""

    scenario: str
    levers: Mapping[str, Any]
    run: Span


@dataclass(frozen=True)
class Design:
    """A checked design. `settings` are all its keys; `policies` are every scenario with every combination of levers.

    `uncertainties` are drawn `samples` times by `sampler`, together with rows of the `ensemble`, if any; each
    draw is run `replications` times for each policy. `observables` are those to keep (None: all).
    """

    settings: Mapping[str, Any]
    levers: Mapping[str, list[Any]]
    policies: tuple[Policy, ...]
    uncertainties: tuple[Distribution, ...]
    ensemble: Path | None
    outcomes: tuple[Outcome, ...]
    samples: int
    sampler: str
    replications: int
    seed: int
    observables: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """What the sweep is called."""
        return str(self.settings["name"])

    @cached_property
    def document(self) -> dict[str, Any]:
        """The design in full, in plain values: defaults filled in, files by their content."""
        given = self.settings
        document: dict[str, Any] = to_jsonable_python(
            {
                **{key: given[key] for key in ("name", "scale", "samples", "sampler", "replications", "seed")},
                "constants": _flat(given["constants"], "constants"),
                "levers": self.levers,
                "policies": [
                    {
                        "scenario": policy.scenario,
                        "levers": policy.levers,
                        "until": policy.run.until,
                        "toml": policy.run.scenario.as_toml(),
                    }
                    for policy in self.policies
                ],
                "uncertainties": {one.path: one.describe() for one in self.uncertainties},
                "ensemble": None if self.ensemble is None else _digest_of(self.ensemble),
                "outcomes": {outcome.name: outcome.describe() for outcome in self.outcomes},
                "runs_per_part": given["runs_per_part"],
                "observables": self.observables,
            }
        )
        return document

    @cached_property
    def digest(self) -> str:
        """A fingerprint of everything that decides the results, the content of scenario and ensemble files included."""
        return digest(self.document)


def read_design(source: "str | Path | Mapping[str, Any]", changes: Mapping[str, Any] | None = None) -> Design:
    """Read a design from a TOML file or a mapping with the same keys; `changes` take the place of what it says.

    Raises `DesignError`: one line with the file and key at fault and what is allowed.
    """
    given: dict[str, Any] = dict(source) if isinstance(source, Mapping) else _read_file(Path(source))
    given |= changes or {}
    try:
        return _check(given)
    except JevonsError as error:
        where = "" if isinstance(source, Mapping) else f"{source}: "
        raise DesignError(f"{where}{error}") from None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DesignError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DesignError(f"{file}: is not TOML: {error}") from None


def _check(given: Mapping[str, Any]) -> Design:
    for key in given:
        if key not in DEFAULTS:
            raise DesignError(f"{key}: no such key of a design; there are {', '.join(DEFAULTS)}")
    full: dict[str, Any] = {**DEFAULTS, **given}
    _check_name(full["name"])
    if full["scale"] is not None:
        check_choice(full["scale"], "scale", SCALES)
    until = full["until"].isoformat() if isinstance(full["until"], dt.date) else full["until"]
    combinations = _count_policies(full)
    levers = _read_levers(full["levers"], _texts(full["scenarios"], "scenarios"))
    ensemble = _ensemble(full)
    uncertainties = _read_uncertainties(full["uncertainties"])
    _refuse_twice(full, levers, uncertainties)
    sampled = bool(uncertainties) or ensemble is not None
    full["samples"] = full["samples"] if full["samples"] is not None else DEFAULT_SAMPLES if sampled else 1
    for key, least in (("samples", 1), ("replications", 1), ("seed", 0), ("runs_per_part", 1)):
        _check_count(full[key], key, least)
    samples = int(full["samples"])
    if samples > 1 and not sampled:
        raise DesignError(
            f"samples = {samples}: nothing is uncertain in this design; name uncertainties or an ensemble"
        )
    check_choice(full["sampler"], "sampler", SAMPLERS)
    at_least = combinations * samples * full["replications"]
    if at_least > MAX_RUNS:
        raise DesignError(f"the design has at least {at_least:,} runs; at most {MAX_RUNS:,} are allowed in one sweep")
    policies = tuple(_policies(full, levers, until))
    observables = _texts(full["observables"], "observables") if full["observables"] is not None else None
    last = policies[0].run.until
    outcomes = read_outcomes(full["outcomes"]) if full["outcomes"] is not None else default_outcomes(last)
    counts = {key: full[key] for key in ("samples", "sampler", "replications", "seed")}
    return Design(full, levers, policies, uncertainties, ensemble, outcomes, **counts, observables=observables)


def _count_policies(full: Mapping[str, Any]) -> int:
    """Return how many policies there will be, before any is made; refuses more than are of use."""
    lists = _flat(full["levers"], "levers").values()
    count = math.prod(
        [len(values) if isinstance(values, list | tuple) else 1 for values in (*lists, full["scenarios"])]
    )
    if count > MAX_POLICIES:
        raise DesignError(
            f"levers: {count:,} combinations of scenarios and lever values; at most {MAX_POLICIES:,} are allowed: give "
            "fewer values, or draw the parameters as uncertainties"
        )
    return count


def _check_name(name: Any) -> None:
    """Check that the sweep's name can name a folder, and only one inside the results."""
    if not isinstance(name, str) or not re.fullmatch(r"[\w -][\w. -]*", name):
        raise DesignError(
            f"name = {name!r} is not allowed: allowed are letters, digits, '.', '-', '_' and spaces, not '.' first"
        )


def _policies(full: Mapping[str, Any], levers: Mapping[str, list[Any]], until: str | None) -> Iterator[Policy]:
    """Yield every scenario with every combination of levers, checked."""
    names = _texts(full["scenarios"], "scenarios")
    if len(set(names)) < len(names):
        raise DesignError(f"scenarios = {list(names)}: one is named twice")
    constants = _flat(full["constants"], "constants")
    called: dict[str, str] = {}
    for name in names:
        scenario = Scenario.load(name, scale=full["scale"])
        if (other := called.setdefault(scenario.name, name)) != name:
            raise DesignError(
                f"scenarios: {other} and {name} are both called {scenario.name!r}, and their runs could not be told "
                "apart; give one another name (name = ... in its file)"
            )
        for values in itertools.product(*levers.values()):
            chosen = dict(zip(levers, values, strict=True))
            checked = scenario.replace({**constants, **chosen})
            typed = {path: checked.overrides[path] for path in chosen}
            yield Policy(scenario.name, typed, span(checked, until))


def _read_levers(given: Any, scenarios: Sequence[str]) -> dict[str, list[Any]]:
    levers, parameters = _flat(given, "levers"), Scenario.load(scenarios[0]).parameters
    for path, values in levers.items():
        if not isinstance(values, list) or not values:
            raise DesignError(f"lever {path} = {values!r}: a lever needs a list of at least one value")
        typed = [parameters.convert({path: value})[path] for value in values]  # 1 and 1.0 may be one value
        if any(value in typed[:number] for number, value in enumerate(typed)):
            raise DesignError(f"lever {path} = {values!r}: a value is given twice")
    return levers


def _read_uncertainties(given: Any) -> tuple[Distribution, ...]:
    """Read "prior", a list of paths or patterns that take their priors, or a table of distributions by path."""
    table = declared_parameters()
    if given == PRIOR:
        given = ["*"]
    if isinstance(given, list):
        return tuple(read_distribution(PRIOR, table[path]) for path in _matches(given, table))
    if not isinstance(given, Mapping):
        raise DesignError(
            f'uncertainties = {given!r}: write "prior", a list of parameters, or a table of distributions'
        )
    found: dict[str, Distribution] = {}
    for path, value in _leaves(given):
        named = _matches([path], table) if "*" in path else [path]
        for one in named:
            if one not in table:
                Parameters.load().get(one)  # says what the nearest names are
                raise DesignError(f"uncertainty {one}: only a number can be uncertain")
            if one in found:
                raise DesignError(f"uncertainty {one} is given twice")
            found[one] = read_distribution(value, table[one])
    for distribution in found.values():
        for value in distribution.values:  # of a choice: each is a value that the parameter takes
            Parameters.load().convert({distribution.path: value})
    return tuple(found.values())


def _leaves(given: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Walk nested tables down to the distributions, which are tables too."""
    words = {"distribution", *itertools.chain.from_iterable(KEYS.values())}
    for key, value in given.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value and not words & value.keys():
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _matches(patterns: list[Any], table: Mapping[str, Declared]) -> list[str]:
    """Return the parameters of paths and patterns in the order of the table; patterns skip what has no prior."""
    found: set[str] = set()
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise DesignError(f"uncertainties: {pattern!r} is not the name of a parameter")
        if "*" in pattern:
            here = {path for path, one in table.items() if fnmatch.fnmatchcase(path, pattern) and one.prior != "fixed"}
            if not here:
                raise DesignError(f"uncertainties: no parameter with a prior matches {pattern!r}")
            found |= here
        elif pattern in table:
            found.add(pattern)
        else:
            Parameters.load().get(pattern)
            raise DesignError(f"uncertainty {pattern}: only a number can be uncertain")
    return [path for path in table if path in found]


def declared_parameters() -> dict[str, Declared]:
    """Return every numeric parameter by path, as the parameter table declares it."""
    rows = Parameters.load().table().to_dict("records")
    return {
        row["name"]: Declared(
            row["name"],
            float(row["default"]),
            None if math.isnan(row["low"]) else float(row["low"]),
            None if math.isnan(row["high"]) else float(row["high"]),
            row["prior"],
            isinstance(row["default"], int),
        )
        for row in rows
        if isinstance(row["default"], int | float) and not isinstance(row["default"], bool)
    }  # fmt: skip


def _ensemble(full: Mapping[str, Any]) -> Path | None:
    if full["ensemble"] is None:
        return None
    if full["ensemble"] == "posterior":
        from calibration.shipped import ENSEMBLE

        if not ENSEMBLE.is_file():
            raise DesignError(f"ensemble = 'posterior': there is no {ENSEMBLE}; calibrate first, or name a file")
        return ENSEMBLE
    if not isinstance(full["ensemble"], str) or not os.path.isfile(full["ensemble"]):
        raise DesignError(f"ensemble = {full['ensemble']!r}: no such file; give a Parquet table, a column a parameter")
    return Path(full["ensemble"])


def _refuse_twice(full: Mapping[str, Any], levers: Mapping[str, Any], uncertain: tuple[Distribution, ...]) -> None:
    groups = {
        "a constant": set(_flat(full["constants"], "constants")),
        "a lever": set(levers),
        "an uncertainty": {one.path for one in uncertain},
    }
    for (one, first), (other, second) in itertools.combinations(groups.items(), 2):
        for path in sorted(first & second):
            raise DesignError(f"{path} is {one} and {other}: it can be one of them")


def _flat(given: Any, what: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise DesignError(f"{what} = {given!r}: write a table of values by parameter")
    flat: dict[str, Any] = {}
    for key, value in given.items():
        flat |= (
            {f"{key}.{name}": one for name, one in _flat(value, what).items()}
            if isinstance(value, Mapping)
            else {key: value}
        )
    return flat


def _check_count(value: Any, what: str, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise DesignError(f"{what} = {value!r} is not allowed: allowed is a whole number from {least}")


def _texts(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value or not all(map(_is_name, value)):
        raise DesignError(f"{what} = {value!r} is not allowed: allowed is a list of at least one name")
    return tuple(value)


def _is_name(value: Any) -> bool:
    """Whether a value is a text that can be the name of a file and be written in UTF-8."""
    return isinstance(value, str) and value.isprintable()


def _digest_of(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise DesignError(f"ensemble {file}: cannot be read: {reason_of(error)}") from None
