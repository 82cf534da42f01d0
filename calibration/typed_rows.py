"""Objects from CSV files: a row an object, a column a field."""

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from model import JevonsError, reason_of

T = TypeVar("T")
Row = Mapping[str, Any]


class RowError(JevonsError, ValueError):
    """A row that cannot be read or contradicts itself; the message names it."""


def read_rows(
    path: Path,
    kind: type[T],
    name: str,
    fields: Callable[[Row], Row] = lambda row: row,
    check: Callable[[T], object] = lambda row: row,
) -> tuple[T, ...]:
    """Read the rows of a file as objects of `kind`.

    `fields` turns the cells of a row into the fields of an object; `check` raises ValueError for an object that cannot
    be used. A byte order mark, which spreadsheets write, is skipped. Raises RowError, in one line that names the file,
    the line and the first cell of the row, and JevonsError for a file that cannot be read.
    """
    adapter, found = TypeAdapter(kind), []
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    columns = list(reader.fieldnames or ())
    if len(columns) == 1 and (found_instead := re.search("[;\t]", columns[0])):
        raise RowError(f"{path}: has {found_instead[0]!r} between cells; save it as CSV with commas")
    for row in reader:
        line = reader.line_num - sum(cell.count("\n") for cell in row.values() if isinstance(cell, str))
        where = f"{path.name}, line {line}, {name} {row[columns[0]]}"
        if None in row or None in row.values():
            raise RowError(f"{where}: the row has more or fewer cells than the {len(columns)} columns")
        try:
            found.append(adapter.validate_python(fields(row)))
            check(found[-1])
        except KeyError as error:
            raise RowError(f"{path}: the column {error} is missing") from None
        except ValidationError as error:
            first = error.errors()[0]
            if first["type"] == "missing":
                raise RowError(f"{path}: the column {first['loc'][0]!r} is missing") from None
            if first["type"] == "unexpected_keyword_argument":
                known = ", ".join(field.name for field in dataclasses.fields(cast(Any, kind)))
                raise RowError(f"{path}: the column {first['loc'][0]!r} is unknown; allowed are {known}") from None
            cell = f"{'.'.join(map(str, first['loc']))} = {first['input']!r}: " if first["loc"] else ""
            allowed = " (write YYYY-MM-DD)" if first["type"].startswith("date_") else ""
            raise RowError(f"{where}: {cell}{first['msg'].removeprefix('Value error, ')}{allowed}") from None
        except ValueError as error:
            raise RowError(f"{where}: {error}") from None
    return tuple(found)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise JevonsError(f"{path}: cannot be read ({reason_of(error)}); give a CSV file") from None
    except UnicodeDecodeError:
        raise JevonsError(f"{path}: is not text in UTF-8; save it as CSV in UTF-8") from None
