"""Scenarios: what differs from the baseline, from when on, and over which weeks."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from model.clock import DEFAULT_START, DEFAULT_UNTIL, check_span, parse_date
from model.dotted import FrozenDict, flatten
from model.errors import JevonsError, nearest, show
from model.parameters import Parameters
from model.scenario_file import FOLDER, KEYS, Change, parse, read, scenario_names, split_fields, write


def _rows(users: int, developers: int, enterprises: int, firms: int, applications_mean: float) -> Mapping[str, float]:
    return FrozenDict({f"scale.{name}": value for name, value in locals().items()})


SCALES: Mapping[str, Mapping[str, float]] = FrozenDict(
    small=_rows(3_000, 1_200, 30, 20, 1_000.0), default=FrozenDict(), large=_rows(1_000_000, 100_000, 500, 250, 4_000.0)
)


@dataclass(frozen=True)
class Scenario:
    """What differs from the baseline; values are checked when it is made, and it never changes afterwards.

    `overrides` hold from the first week; each of `changes` holds from its date on (from the first week that starts on
    or after it). `scale` names a set of row counts that explicit `scale.*` overrides refine. Raises `JevonsError`.
    """

    name: str = "baseline"
    title: str = ""
    description: str = ""
    scale: str = "default"
    start: dt.date = DEFAULT_START
    until: dt.date = DEFAULT_UNTIL
    overrides: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    _stages: tuple[tuple[dt.date, Parameters], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check every field, then the parameters from the start and after each change."""
        for key in ("name", "title", "description", "scale"):
            if not isinstance(getattr(self, key), str):
                raise JevonsError(f"{key} = {show(getattr(self, key))} is not allowed: allowed is a text")
        if self.scale not in SCALES:
            raise JevonsError(f"scale = {show(self.scale)}: no such scale; {nearest(self.scale, SCALES)}")
        start, until = parse_date(self.start, "start"), parse_date(self.until, "until")
        check_span(start, until)
        overrides, first = Parameters.load().replace(SCALES[self.scale]).checked(self.overrides)
        stages = [(start, first)]
        for name, lab in first.lab.items():
            if name not in Parameters.load().lab and lab.entry_date > until:
                raise JevonsError(f"lab.{name}.entry_date = {lab.entry_date}: the lab would never enter before {until}")
        changes = _sorted_changes(self.changes, start, until)
        for number, (day, values) in enumerate(changes):
            checked, after = _apply_change(stages[-1][1], day, values)
            changes[number] = (day, FrozenDict(checked))
            stages.append((day, after))
        settled = {"start": start, "until": until, "overrides": FrozenDict(overrides), "changes": tuple(changes)}
        for key, value in {**settled, "_stages": tuple(stages)}.items():
            object.__setattr__(self, key, value)

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the scenarios that come with the model, the baseline first."""
        return scenario_names()

    @classmethod
    def load(cls, name_or_path: str | Path = "baseline", scale: str | None = None) -> Self:
        """Load a scenario that comes with the model by its name, or any other from a path that ends in .toml.

        `scale` takes the place of the scale that the file names. Raises `JevonsError`: one line with the file and
        the line or key at fault, what is allowed, and the nearest valid names.
        """
        text = str(name_or_path)
        if text.endswith(".toml"):
            file = Path(text)
        elif text in cls.names():
            file = FOLDER / f"{text}.toml"
        else:
            known = cls.names()
            hint = nearest(text, known)
            names = "" if known[-1] in hint else f"there are {', '.join(known)}; "
            raise JevonsError(
                f"scenario = {show(text)}: no such scenario; {hint} ({names}or give a path that ends in .toml)"
            )
        try:
            fields: dict[str, Any] = {"name": file.stem, **_read_fields(read(file))}
            if scale is not None:
                fields["scale"] = scale
            return cls(**fields)
        except JevonsError as error:
            raise JevonsError(f"{file.name if file.parent == FOLDER else file}: {error}") from None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the scenario of a file's text, as `as_toml` writes it. Raises `JevonsError`."""
        return cls(**_read_fields(parse(text)))

    @property
    def parameters(self) -> Parameters:
        """The parameters of the first week: baseline, scale and overrides."""
        return self._stages[0][1]

    def parameters_at(self, day: dt.date | str) -> Parameters:
        """Return the parameters in force on a date: those of the first week and every change up to that day."""
        day = parse_date(day)
        return next((stage for since, stage in reversed(self._stages) if since <= day), self.parameters)

    def replace(self, overrides: Mapping[str, Any] | None = None, **fields: Any) -> Self:
        """Return a scenario with overrides added and fields changed, all checked again; raises `JevonsError`."""
        allowed = [one.name for one in dataclasses.fields(self) if one.init and one.name != "overrides"]
        for key in fields:
            if key not in allowed:
                raise JevonsError(f"{key}: no such field of a scenario; {nearest(key, allowed)}")
        if not isinstance(overrides, Mapping | None):
            raise JevonsError(f"overrides = {show(overrides)}: allowed is a table of values by parameter")
        return dataclasses.replace(self, overrides={**self.overrides, **flatten(overrides or {})}, **fields)

    def as_toml(self) -> str:
        """Write the scenario as a file that loads back to an equal one; only what it states is written."""
        head: dict[str, Any] = {"name": self.name, "title": self.title, "description": self.description}
        head |= {"start": self.start} if self.start != DEFAULT_START else {}
        head |= {"until": self.until} if self.until != DEFAULT_UNTIL else {}
        values = dict(self.overrides)
        if self.scale != "default" and any(path.startswith("scale.") for path in values):
            values["scale.preset"] = self.scale
        elif self.scale != "default":
            head["scale"] = self.scale
        return write(head, values, self.changes)


def _read_fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a file's content into the fields of a scenario; refuses unknown keys."""
    parameters = Parameters.load()
    groups = type(parameters).model_fields
    for key in document:
        if key not in KEYS and key.partition(".")[0] not in groups:
            valid = [*KEYS, *groups, *parameters.flat()]
            raise JevonsError(f"{key} = {show(document[key])}: no such key; {nearest(key, valid)}")
    return split_fields(document)


def _sorted_changes(changes: Iterable[Any], start: dt.date, until: dt.date) -> list[Change]:
    """Return the changes by date (those of one day in the order given); refuses days after the last Monday."""
    checked: list[Change] = []
    last_monday = until - dt.timedelta(days=until.weekday())
    for number, change in enumerate(changes, 1):
        try:
            day, values = change
        except (TypeError, ValueError):
            raise JevonsError(f"change {number} = {show(change)}: allowed is a pair of a date and values") from None
        checked.append((parse_date(day, f"change {number}: date", start, last_monday), values))
    return sorted(checked, key=lambda change: change[0])


def _apply_change(before: Parameters, day: dt.date, values: Mapping[str, Any]) -> tuple[dict[str, Any], Parameters]:
    """Return a change's checked values and the parameters after it; what is built at the start cannot change."""
    try:
        checked, after = before.checked(values)
        for path, value in checked.items():
            if before.is_initial(path):
                what = "row counts are set" if path.startswith("scale.") else "what this sets is built"
                allowed = "allowed is to override it from the start of a scenario"
                raise JevonsError(f"{path} = {show(value)}: {what} at the start and cannot change later; {allowed}")
        return checked, after
    except JevonsError as error:
        raise JevonsError(f"change of {day}: {error}") from None
