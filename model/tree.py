"""A tree of parameter groups: every value addressed by a dotted path, replaced only through validation."""

import csv
import functools
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, cast, get_args, get_origin

from pydantic import ValidationError, field_validator
from pydantic.fields import FieldInfo

from agents.parameter_groups import Group
from model.dotted import FrozenDict, flatten, nest, show_path
from model.errors import JevonsError, nearest, show
from model.values import bounds, is_number, noted, read, refusal

if TYPE_CHECKING:
    import pandas as pd


class ParameterRow(NamedTuple):
    """One parameter as it is printed: its path, its value in the tree (`default`), and its declaration."""

    name: str
    unit: str
    default: Any
    low: float | None
    high: float | None
    prior: str
    source: str
    gloss: str


class Tree(Group):
    """A frozen tree of groups and of tables of profiles by name.

    A field is either a `Group`, or a `dict` from a name to a `Group` (a table of profiles) whose rows come from the
    CSV file named in `TABLES`: a `name` column, one column a field, and optionally `source`.
    """

    TABLES: ClassVar[Mapping[str, Path]] = {}

    @field_validator("*", mode="after")
    @classmethod
    def _freeze(cls, value: Any) -> Any:
        return FrozenDict(value) if isinstance(value, dict) else value

    @classmethod
    def load(cls) -> Self:
        """Return the baseline: each group's defaults and each table as its file has it.

        Read once a process. Raises `JevonsError` naming the file, the line and the column of a bad cell.
        """
        return cast(Self, _load(cls)[0])

    def flat(self) -> dict[str, Any]:
        """Return every value by its path, in the order of declaration."""
        return {path: value for path, value, _ in _leaves(self)}

    def get(self, path: str) -> Any:
        """Return one value (or the group or table) at a path; raises `JevonsError` naming the nearest paths."""
        found: Any = self
        for part in path.split("."):
            if isinstance(found, dict) and part in found:
                found = found[part]
            elif isinstance(found, Group) and part in type(found).model_fields:
                found = getattr(found, part)
            else:
                raise JevonsError(f"{show_path(path)}: no such parameter; {nearest(path, self.flat())}")
        return found

    def replace(self, values: Mapping[str, Any]) -> Self:
        """Return a tree with some values changed, every changed group validated again.

        `values` are by dotted path, or nested; text is read by the type of the parameter. Raises `JevonsError`: one
        line with the key, the value, what is allowed, and for an unknown key the nearest valid ones.
        """
        return self.checked(values)[1]

    def convert(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return new values as `replace` would set them, by full path; raises `JevonsError` as it does."""
        return self.checked(values)[0]

    def checked(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], Self]:
        """Return the results of `convert` and of `replace`, made once."""
        flat = flatten(values)
        tree = self._with_new_rows(flat)
        declared = tree._declared()
        given = {path: value for path, value in flat.items() if _is_parameter(path, value, declared)}
        changed = cast(Self, _replaced(tree, nest(given), ""))
        return {path: changed.get(path) for path in given}, changed

    def _declared(self) -> Mapping[str, FieldInfo]:
        """Return the declaration of every parameter by path, those of new rows included."""
        baseline, declared, _ = _load(type(self))
        same = all(getattr(self, table).keys() == getattr(baseline, table).keys() for table in self.TABLES)
        return declared if same else {path: field for path, _, field in _leaves(self)}

    def _with_new_rows(self, given: Mapping[str, Any]) -> Self:
        """Return the tree with a row for each new name in its tables; `given` states the row's values by path.

        A new row needs what every row of the table's file states. Raises `JevonsError` naming all that is missing.
        """
        tables: dict[str, dict[str, Group]] = {}
        for table, name in dict.fromkeys(tuple(path.split(".")[:2]) for path in given if "." in path):
            if table not in self.TABLES or name in getattr(self, table):
                continue
            _check_name(name)
            shipped: dict[str, Group] = getattr(_load(type(self))[0], table)
            kind = type(next(iter(shipped.values())))
            prefix = f"{table}.{name}."
            stated = {field: given[prefix + field] for field in kind.model_fields if prefix + field in given}
            needed = frozenset.intersection(*(frozenset(row.model_fields_set) for row in shipped.values()))
            if missing := [field for field in kind.model_fields if field in needed and field not in stated]:
                hint = nearest(name, getattr(self, table))
                raise JevonsError(
                    f"{prefix[:-1]}: no such {table}; {hint}; a new {table} also needs {', '.join(missing)}"
                )
            tables.setdefault(table, dict(getattr(self, table)))[name] = _validated(kind, stated, prefix)
        return self.model_copy(update={table: FrozenDict(rows) for table, rows in tables.items()}) if tables else self

    def is_initial(self, path: str) -> bool:
        """Say whether only the start reads a parameter, so that it cannot change later; so it is with a new row."""
        field = self._declared().get(path)
        return field is None or bool(noted(field, "at_start"))

    def rows(self) -> Iterator[ParameterRow]:
        """Walk every parameter with its declaration, in the order of declaration."""
        sources = _load(type(self))[2]
        for path, value, field in _leaves(self):
            prior = noted(field, "prior") if is_number(field) else "fixed"
            source = sources.get(path.rpartition(".")[0]) or noted(field, "source")
            gloss = field.description or ""
            yield ParameterRow(path, noted(field, "unit"), value, *bounds(field), prior, source, gloss)

    def table(self) -> "pd.DataFrame":
        """Return `rows` as a table with the columns of `ParameterRow`; a missing bound is NaN."""
        import pandas as pd

        frame = pd.DataFrame(self.rows(), columns=list(ParameterRow._fields), dtype=object)
        return frame.astype({"low": float, "high": float})


def _leaves(node: Any, prefix: str = "") -> Iterator[tuple[str, Any, FieldInfo]]:
    """Walk every parameter below a group or a table: its path, its value and its declaration."""
    kind: Any = type(node)
    for name, value in node.items() if isinstance(node, dict) else node:
        if isinstance(value, Group | dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value, kind.model_fields[name]


def _is_parameter(path: str, value: object, declared: Collection[str]) -> bool:
    """Say whether a path is a parameter (False for an empty group); raises `JevonsError` for any other path."""
    if path in declared:
        return True
    inside = [leaf for leaf in declared if leaf.startswith(f"{path}.")]
    if not inside:
        raise JevonsError(f"{show_path(path)} = {show(value)}: no such parameter; {nearest(path, declared)}")
    if value == {}:
        return False
    some = ", ".join(inside[:6]) + (", ..." if len(inside) > 6 else "")
    raise JevonsError(f"{path} = {show(value)}: {path} is a group of parameters; set one of {some}")


def _replaced(node: Any, changes: Any, prefix: str) -> Any:
    """Build a group or a table again, bottom up, with the changed values in place; the rest is shared."""
    if not isinstance(node, Group | dict):
        return changes
    values = dict(node)
    for name, inner in changes.items():
        values[name] = _replaced(values[name], inner, f"{prefix}{name}.")
    return values if isinstance(node, dict) else _validated(type(node), values, prefix)


def _validated(kind: type[Group], values: Mapping[str, Any], prefix: str) -> Group:
    """Read and validate one group; what pydantic finds becomes a `JevonsError` of one line."""
    fields = kind.model_fields
    try:
        return kind.model_validate({name: read(value, fields[name]) for name, value in values.items()})
    except ValidationError as error:
        raise refusal(error, kind, values, prefix) from None


@functools.cache
def _load(kind: type[Tree]) -> tuple[Tree, dict[str, FieldInfo], dict[str, str]]:
    """Return the baseline of a tree, its declarations by path, and the sources that rows of tables state, by path."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, field in kind.model_fields.items():
        if get_origin(field.annotation) is dict:
            profile = cast(type[Group], get_args(field.annotation)[1])
            values[name] = _read_profiles(kind.TABLES[name], profile, name, sources)
        else:
            values[name] = cast(type[Group], field.annotation)()
    tree = cast(Tree, _validated(kind, values, ""))
    return tree, {path: field for path, _, field in _leaves(tree)}, sources


def _read_profiles(file: Path, kind: type[Group], table: str, sources: dict[str, str]) -> dict[str, Group]:
    """Read a table of profiles by name from CSV, and note the sources that its rows state.

    Cells are read by the type of the field; an empty cell is the field's default.
    Raises `JevonsError` naming the file and the line.
    """
    profiles: dict[str, Group] = {}
    fields, line = kind.model_fields, 1
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = _checked_header(next(reader, []), kind)
            for cells in filter(None, reader):
                line = reader.line_num
                if len(cells) != len(header):
                    raise JevonsError(f"{len(cells)} cells where the header has {len(header)}")
                row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
                name = row.pop("name")
                _check_name(name)
                if name in profiles:
                    raise JevonsError(f"{name!r} is named twice")
                sources[f"{table}.{name}"] = row.pop("source", "")
                stated = {column: cell for column, cell in row.items() if cell or fields[column].is_required()}
                profiles[name] = _validated(kind, stated, f"{table}.{name}.")
    except OSError as error:
        raise JevonsError(f"{file}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise JevonsError(f"{file}: is not a CSV file in UTF-8: {error}") from None
    except JevonsError as error:
        raise JevonsError(f"{file}, line {line}: {error}") from None
    return profiles


def _check_name(name: str) -> None:
    if not name.replace("_", "").replace("-", "").isalnum():
        raise JevonsError(f"name = {show(name)}: allowed are letters, digits, '-' and '_'")


def _checked_header(header: list[str], kind: type[Group]) -> list[str]:
    """Return the columns of a table; refuses unknown, missing and repeated ones."""
    known = ["name", *kind.model_fields, "source"]
    needed = ["name", *(name for name, field in kind.model_fields.items() if field.is_required())]
    for column in [*header, *needed]:
        if column not in known:
            raise JevonsError(f"no such column {column!r}; {nearest(column, known)}")
        if header.count(column) != 1:
            raise JevonsError(f"column {column!r} is {'given twice' if column in header else 'missing'}")
    return header
