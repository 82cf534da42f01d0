"""Reading one value of a parameter: the type, the bounds, and a refusal that says what is allowed."""

import datetime as dt
import math
import re
import types
from typing import Any, Literal, NoReturn, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from model.clock import EARLIEST, LATEST, parse_date
from model.errors import JevonsError, nearest, show

_FLOAT = re.compile(r"[+-]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][+-]?[0-9]+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9][0-9_]*", re.ASCII)
_MAX_DIGITS = 40


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the lowest and the highest value allowed, None where there is no bound."""
    low = next((item.ge for item in field.metadata if getattr(item, "ge", None) is not None), None)
    high = next((item.le for item in field.metadata if getattr(item, "le", None) is not None), None)
    return low, high


def is_optional(field: FieldInfo) -> bool:
    """Whether None is allowed."""
    return type(None) in _members(field.annotation)


def is_number(field: FieldInfo) -> bool:
    """Whether the values are numbers: only these can have a prior other than fixed."""
    return _kind(field) in (int, float)


def allowed(field: FieldInfo) -> str:
    """Say in words what a parameter may be: the type, the bounds and the unit."""
    kind, low, high = _kind(field), *bounds(field)
    if get_origin(kind) is Literal:
        words = "one of " + ", ".join(show(choice) for choice in get_args(kind))
    elif kind is dt.date:
        words = f"a date YYYY-MM-DD from {EARLIEST} to {LATEST}"
    elif kind in (int, float):
        words = "a whole number" if kind is int else "a number"
        if low is not None and high is not None:
            words += f" from {low:.12g} to {high:.12g}"
        elif low is not None or high is not None:
            words += f" of at least {low:.12g}" if low is not None else f" of at most {high:.12g}"
        extra = field.json_schema_extra
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        words += f" ({unit})" if unit else ""
    else:
        words = "true or false" if kind is bool else "a text"
    return f"{words}, or empty for none" if is_optional(field) else words


def coerce(path: str, value: Any, field: FieldInfo) -> Any:
    """Return a value as the type of its field: text is read, a whole number is taken where a number is wanted.

    True and false never pass as numbers, nor 1 and 0 as true and false; NaN and infinities are refused. Scalars of
    NumPy become Python's. Raises `JevonsError` naming the path, the value and what is allowed.
    """
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()
    text = value.strip() if isinstance(value, str) else None
    if is_optional(field) and (value is None or text == ""):
        return None
    kind = _kind(field)
    if get_origin(kind) is Literal:
        return _choice(path, value, field, get_args(kind))
    if kind is dt.date:
        try:
            return parse_date(value, path)
        except JevonsError:
            _refuse(path, value, field)
    if kind is str:
        return value if isinstance(value, str) else _refuse(path, value, field)
    read: Any = _read_text(text, kind) if text is not None else value
    if kind is float and type(read) is int and abs(read) < 10**_MAX_DIGITS:
        read = float(read)
    if type(read) is not kind:
        _refuse(path, value, field)
    if kind is not bool:
        _check_bounds(path, value, read, field)
    return read


def _read_text(text: str, kind: Any) -> Any:
    """Read text as true or false, a whole number or a number; text that is none of these comes back as it is."""
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    pattern = _INTEGER if kind is int else _FLOAT
    if not pattern.fullmatch(text) or len(text) > _MAX_DIGITS:
        return text
    try:
        return int(text) if kind is int else float(text)
    except ValueError:
        return text


def _check_bounds(path: str, given: object, number: float, field: FieldInfo) -> None:
    low, high = bounds(field)
    if isinstance(number, float) and not math.isfinite(number):
        _refuse(path, given, field, "is not finite")
    if (low is not None and number < low) or (high is not None and number > high):
        _refuse(path, given, field, "is out of bounds")


def _choice(path: str, value: Any, field: FieldInfo, choices: tuple[Any, ...]) -> Any:
    for choice in choices:
        if type(choice) is type(value) and choice == value:
            return choice
    hint = f"; {nearest(value, map(str, choices))}" if isinstance(value, str) else ""
    raise JevonsError(f"{path} = {show(value)} is not allowed: allowed is {allowed(field)}{hint}")


def _refuse(path: str, value: object, field: FieldInfo, fault: str = "is not allowed") -> NoReturn:
    raise JevonsError(f"{path} = {show(value)} {fault}: allowed is {allowed(field)}")


def _members(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def _kind(field: FieldInfo) -> Any:
    """Return the type of a field without None: bool, int, float, str, a date or a Literal."""
    members = [member for member in _members(field.annotation) if member is not type(None)]
    kind = members[0]
    if len(members) != 1 or (kind not in (bool, int, float, str, dt.date) and get_origin(kind) is not Literal):
        raise TypeError(f"a parameter is a bool, int, float, str, date or Literal (or None), not {field.annotation}")
    return kind
