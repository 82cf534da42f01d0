"""One value of a parameter: read it from text, and say what is allowed where it is refused."""

import datetime as dt
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal, Union, cast, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from model.clock import EARLIEST, LATEST, parse_date
from model.errors import JevonsError, nearest, show

READERS: Mapping[type, Callable[[str], Any]] = {
    int: int,
    float: float,
    bool: {"true": True, "false": False}.__getitem__,
}

FAULTS = {
    "finite_number": "is not finite",
    "greater_than_equal": "is out of bounds",
    "less_than_equal": "is out of bounds",
}
"""Words for pydantic's kinds of error; any other is not allowed."""


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the lowest and the highest value allowed, None where there is no bound."""
    low, high = (
        next((float(getattr(m, end)) for m in field.metadata if hasattr(m, end)), None) for end in ("ge", "le")
    )
    return low, high


def is_optional(field: FieldInfo) -> bool:
    """Whether None is allowed."""
    return type(None) in _members(field)


def is_number(field: FieldInfo) -> bool:
    """Whether the values are numbers: only these can have a prior other than fixed."""
    return _kind(field) in (int, float)


def allowed(field: FieldInfo) -> str:
    """Say in words what a parameter may be: the type, the bounds and the unit."""
    kind, (low, high) = _kind(field), bounds(field)
    if get_origin(kind) is Literal:
        words = "one of " + ", ".join(show(choice) for choice in get_args(kind))
    elif is_number(field):
        words = "a whole number" if kind is int else "a number"
        if low is not None and high is not None:
            words += f" from {low:.12g} to {high:.12g}"
        elif low is not None or high is not None:
            words += f" of at least {low:.12g}" if low is not None else f" of at most {high:.12g}"
        words += f" ({unit})" if (unit := noted(field, "unit")) else ""
    else:
        date = f"a date YYYY-MM-DD from {EARLIEST} to {LATEST}"
        words = {bool: "true or false", str: "a text", dt.date: date}[kind]
    return f"{words}, or empty for none" if is_optional(field) else words


def noted(field: FieldInfo, key: str) -> Any:
    """Return what `parameter` noted beside the bounds and the gloss: unit, prior, source or at_start."""
    return cast(dict[str, Any], field.json_schema_extra)[key]


def read(value: Any, field: FieldInfo) -> Any:
    """Turn text into the type of its field and a NumPy scalar into Python's; what cannot be read comes back as text.

    Pydantic, which is strict, refuses that text, and checks types and bounds. Its own reading of text is too generous
    for a command line: 'yes' and '1' are true, '2.0' is a whole number, and a number of seconds is a date.
    """
    value = _plain(value)
    if not isinstance(value, str | dt.date):
        return value
    kind, text = _kind(field), str(value).strip()
    if text == "" and is_optional(field):
        return None
    try:
        if kind is dt.date:
            return parse_date(value)
        return READERS[kind](text) if kind in READERS else value
    except (JevonsError, ValueError, KeyError):
        return text


def refusal(error: ValidationError, kind: type[Any], given: Mapping[str, Any], prefix: str) -> JevonsError:
    """Return the first of pydantic's errors about a group as one line: the path, the value and what is allowed.

    given: the values of the group as the user gave them, by name; prefix: the path of the group with a final dot.
    """
    first = error.errors(include_url=False)[0]
    if not first["loc"]:  # a rule between fields
        message = first["msg"].removeprefix("Value error, ")
        return JevonsError(f"{prefix.rstrip('.')}: {message}" if prefix else message)
    name = str(first["loc"][0])
    value, field = _plain(given[name]), kind.model_fields[name]
    choices = get_args(_kind(field)) if isinstance(value, str) else ()
    hint = f"; {nearest(value, choices)}" if choices else ""
    fault = FAULTS.get(first["type"], "is not allowed")
    return JevonsError(f"{prefix}{name} = {show(value)} {fault}: allowed is {allowed(field)}{hint}")


def _members(field: FieldInfo) -> tuple[Any, ...]:
    union = get_origin(field.annotation) in (Union, types.UnionType)
    return get_args(field.annotation) if union else (field.annotation,)


def _kind(field: FieldInfo) -> Any:
    """Return the type of a field without None: bool, int, float, str, a date or a Literal."""
    return next(member for member in _members(field) if member is not type(None))


def _plain(value: Any) -> Any:
    """Return a scalar of NumPy as Python's (NumPy is not imported for it); anything else as it is."""
    is_scalar = type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0
    return value.item() if is_scalar else value
