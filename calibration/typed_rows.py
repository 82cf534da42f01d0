"""Objects from CSV files: a row an object, a column a field."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from model import JevonsError

T = TypeVar("T")
Row = Mapping[str, Any]


class RowError(JevonsError, ValueError):
    """A row that cannot be read or contradicts itself; the message names it."""


def read_rows(path: Path, kind: type[T], name: str, fields: Callable[[Row], Row] = lambda row: row) -> tuple[T, ...]:
    """Read the rows of a file as objects of `kind`; `fields` turns the cells of a row into the fields of an object.

    Raises RowError, in one line that begins with `name` and the first cell of the row.
    """
    adapter, found = TypeAdapter(kind), []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or ())
        for row in reader:
            where = f"{name} {row[columns[0]]}"
            if None in row or None in row.values():
                raise RowError(f"{where}: the row has more or fewer cells than the {len(columns)} columns")
            try:
                found.append(adapter.validate_python(fields(row)))
            except KeyError as error:
                raise RowError(f"{path}: the column {error} is missing") from None
            except ValidationError as error:
                first = error.errors()[0]
                if first["type"] == "missing":
                    raise RowError(f"{path}: the column {first['loc'][0]!r} is missing") from None
                cell = f"{'.'.join(map(str, first['loc']))} = {first['input']!r}: " if first["loc"] else ""
                raise RowError(f"{where}: {cell}{first['msg'].removeprefix('Value error, ')}") from None
    return tuple(found)
