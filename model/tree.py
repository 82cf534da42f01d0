"""A tree of parameter groups: every value addressed by a dotted path, replaced only through validation."""

import csv
import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    NamedTuple,
    NoReturn,
    Self,
    TypeVar,
    cast,
    get_args,
    get_origin,
)

from pydantic import PrivateAttr, ValidationError, field_validator
from pydantic.fields import FieldInfo

from agents.parameter_groups import Group
from model.errors import JevonsError, nearest, show
from model.values import bounds, coerce, is_number, is_optional

if TYPE_CHECKING:
    import pandas as pd

K = TypeVar("K")
V = TypeVar("V")

COLUMNS = ("name", "unit", "default", "low", "high", "prior", "source", "gloss")


class FrozenDict(dict[K, V], Generic[K, V]):
    """A dict that cannot be changed once made; it pickles, copies and compares as a dict."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping is frozen: make a changed copy with replace()")

    if not TYPE_CHECKING:  # a checker still sees the methods of dict, with their types
        __setitem__ = __delitem__ = __ior__ = _refuse
        update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from a plain dict."""
        return FrozenDict, (dict(self),)


class Leaf(NamedTuple):
    """One parameter: its path, its value, its declaration, and where the value comes from."""

    path: str
    value: Any
    field: FieldInfo
    source: str


class Tree(Group):
    """A frozen tree of groups and of tables of profiles by name.

    A field is either a `Group`, or a `dict` from a name to a `Group` (a table of profiles) whose rows come from the
    CSV file named in `TABLES`: a `name` column, one column a field, and optionally `source`.
    """

    TABLES: ClassVar[Mapping[str, Path]] = {}

    _sources: FrozenDict[str, str] = PrivateAttr(default_factory=FrozenDict)

    @field_validator("*", mode="after")
    @classmethod
    def _freeze(cls, value: Any) -> Any:
        return FrozenDict(value) if isinstance(value, dict) else value

    @classmethod
    def load(cls) -> Self:
        """Return the baseline: each group's defaults and each table as its file has it.

        Read once a process. Raises `JevonsError` naming the file, the line and the column of a bad cell.
        """
        return cast(Self, _load(cls))

    def leaves(self) -> Iterator[Leaf]:
        """Walk every parameter in the order of declaration."""
        for path, group in _groups(self):
            for name in type(group).model_fields:
                value = getattr(group, name)
                if not isinstance(value, Group | dict):
                    field = type(group).model_fields[name]
                    source = self._sources.get(path) or str(_extra(field).get("source", ""))
                    yield Leaf(f"{path}.{name}" if path else name, value, field, source)

    def flat(self) -> dict[str, Any]:
        """Return every value by its path."""
        return {leaf.path: leaf.value for leaf in self.leaves()}

    def get(self, path: str) -> Any:
        """Return one value (or the group or table) at a path; raises `JevonsError` naming the nearest paths."""
        found: Any = self
        for part in path.split("."):
            if isinstance(found, dict) and part in found:
                found = found[part]
            elif isinstance(found, Group) and part in type(found).model_fields:
                found = getattr(found, part)
            else:
                raise JevonsError(f"{_plain(path)}: no such parameter; {nearest(path, self.flat())}")
        return found

    def convert(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Turn new values (text, or typed as in TOML; tables may be nested) into checked values by full path.

        Raises `JevonsError` as `replace` does.
        """
        checked: dict[str, Any] = {}
        for path, value in flatten(values).items():
            field = self._field(path)
            if field is not None:
                checked[path] = coerce(path, value, field)
            elif not (value == {} and isinstance(self.get(path), Group | dict)):
                self._refuse_path(path, value, self.flat())
        return checked

    def _field(self, path: str) -> FieldInfo | None:
        """Return the declaration of the parameter at a path; None for anything else."""
        above, _, name = path.rpartition(".")
        group: Any = self
        for part in above.split(".") if above else ():
            group = group.get(part) if isinstance(group, dict) else getattr(group, part, None)
        if not isinstance(group, Group) or isinstance(getattr(group, name, None), Group | dict):
            return None
        return type(group).model_fields.get(name)

    def replace(self, values: Mapping[str, Any]) -> Self:
        """Return a tree with some values changed, the whole validated again.

        `values` are by dotted path, or nested; text is read by the type of the parameter. Raises `JevonsError`: one
        line with the key, the value, what is allowed, and for an unknown key the nearest valid ones.
        """
        changed = cast(Self, _rebuild(self, self.convert(values), ""))
        changed._sources = self._sources
        return changed

    def differences(self, other: "Tree") -> dict[str, tuple[Any, Any]]:
        """Return `(mine, theirs)` by path wherever two trees differ; a path that one lacks counts as None."""
        mine, theirs = self.flat(), other.flat()
        pairs = {path: (mine.get(path), theirs.get(path)) for path in {**mine, **theirs}}
        return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}

    def table(self) -> "pd.DataFrame":
        """Return one row a parameter: name, unit, default (the value in this tree), low, high, prior, source, gloss."""
        import pandas as pd

        rows = []
        for path, value, field, source in self.leaves():
            extra = _extra(field)
            prior = extra.get("prior", "") if is_number(field) else "fixed"
            rows.append((path, extra.get("unit", ""), value, *bounds(field), prior, source, field.description))
        frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
        return frame.astype({"low": float, "high": float})

    def _refuse_path(self, path: str, value: object, leaves: Iterable[str]) -> NoReturn:
        """Say why a path cannot be set: it names a group, or nothing."""
        inside = [leaf for leaf in leaves if leaf.startswith(f"{path}.")]
        if inside:
            some = ", ".join(inside[:6]) + (", ..." if len(inside) > 6 else "")
            raise JevonsError(f"{path} = {show(value)}: {path} is a group of parameters; set one of {some}")
        raise JevonsError(f"{_plain(path)} = {show(value)}: no such parameter; {nearest(path, leaves)}")


def flatten(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested tables, whose keys may themselves be dotted, into values by path; an empty table stays as {}.

    Raises `JevonsError` for a path given twice.
    """
    flat: dict[str, Any] = {}
    for key, value in tables.items():
        path = f"{prefix}{key}"
        inner = flatten(value, f"{path}.") if isinstance(value, Mapping) and value else {path: value}
        twice = [one for one in inner if one in flat]
        if twice:
            raise JevonsError(f"{_plain(twice[0])} is given twice: once as {show(flat[twice[0]])}")
        flat.update(inner)
    return flat


def _groups(group: Group, path: str = "") -> Iterator[tuple[str, Group]]:
    """Walk a group and the groups inside it, parents first, with their paths."""
    yield path, group
    for name in type(group).model_fields:
        value = getattr(group, name)
        here = f"{path}.{name}" if path else name
        if isinstance(value, Group):
            yield from _groups(value, here)
        elif isinstance(value, dict):
            for row, profile in value.items():
                yield from _groups(profile, f"{here}.{row}")


def _rebuild(group: Group, changed: Mapping[str, Any], prefix: str) -> Group:
    """Build a group again, bottom up, with the changed values in place; every group is validated."""
    values: dict[str, Any] = {}
    for name in type(group).model_fields:
        value, path = getattr(group, name), f"{prefix}{name}"
        if isinstance(value, Group):
            values[name] = _rebuild(value, changed, f"{path}.")
        elif isinstance(value, dict):
            values[name] = {row: _rebuild(profile, changed, f"{path}.{row}.") for row, profile in value.items()}
        else:
            values[name] = changed.get(path, value)
    return _validated(type(group), values, prefix)


def _validated(kind: type[Group], values: Mapping[str, Any], prefix: str) -> Group:
    """Validate one group; what pydantic finds (rules between fields, mostly) becomes one line."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        path = (prefix + ".".join(str(part) for part in first["loc"])).rstrip(".")
        given = "" if not first["loc"] else f" = {show(first['input'])}"
        message = first["msg"].removeprefix("Value error, ")
        raise JevonsError(f"{path}{given}: {message}" if path else message) from None


@functools.cache
def _load(kind: type[Tree]) -> Tree:
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, field in kind.model_fields.items():
        if get_origin(field.annotation) is dict:
            profile = cast(type[Group], get_args(field.annotation)[1])
            values[name], rows = read_profiles(kind.TABLES[name], profile, name)
            sources.update(rows)
        else:
            values[name] = _validated(cast(type[Group], field.annotation), {}, f"{name}.")
    tree = cast(Tree, _validated(kind, values, ""))
    tree._sources = FrozenDict(sources)
    return tree


def read_profiles(file: Path, kind: type[Group], prefix: str) -> tuple[dict[str, Group], dict[str, str]]:
    """Read a table of profiles from CSV: the profiles by name, and the sources that rows state, by path.

    Cells are read by the type of the field; an empty cell is None where the field allows it, else the field's default.
    Raises `JevonsError` naming the file and the line.
    """
    profiles: dict[str, Group] = {}
    sources: dict[str, str] = {}
    line = 1
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = _check_header(next(reader, []), kind)
            for cells in reader:
                line = reader.line_num
                if cells:
                    name, profile, source = _read_profile(header, cells, kind, prefix)
                    if name in profiles:
                        raise JevonsError(f"{name!r} is named twice")
                    profiles[name] = profile
                    sources |= {f"{prefix}.{name}": source} if source else {}
    except OSError as error:
        raise JevonsError(f"{file}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise JevonsError(f"{file}: is not a CSV file in UTF-8: {error}") from None
    except JevonsError as error:
        raise JevonsError(f"{file}, line {line}: {error}") from None
    return profiles, sources


def _check_header(header: list[str], kind: type[Group]) -> list[str]:
    """Return the columns of a table; refuses unknown, missing and repeated ones."""
    known = ["name", *kind.model_fields, "source"]
    for column in header:
        if column not in known:
            raise JevonsError(f"no such column {column!r}; {nearest(column, known)}")
        if header.count(column) > 1:
            raise JevonsError(f"column {column!r} is given twice")
    needed = ["name", *(name for name, field in kind.model_fields.items() if field.is_required())]
    for column in needed:
        if column not in header:
            raise JevonsError(f"column {column!r} is missing; needed are {', '.join(needed)}")
    return header


def _read_profile(header: list[str], cells: list[str], kind: type[Group], prefix: str) -> tuple[str, Group, str]:
    """Read one line of a table: the name, the profile and the source it states (may be empty)."""
    if len(cells) != len(header):
        raise JevonsError(f"{len(cells)} cells where the header has {len(header)}")
    row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    name = row.pop("name")
    if not name.replace("_", "").replace("-", "").isalnum():
        raise JevonsError(f"name = {show(name)}: allowed are letters, digits, '-' and '_'")
    source = "" if "source" in kind.model_fields else row.pop("source", "")
    values: dict[str, Any] = {}
    for column, cell in row.items():
        field = kind.model_fields[column]
        if cell or is_optional(field) or field.is_required():
            values[column] = coerce(f"{prefix}.{name}.{column}", cell, field)
    return name, _validated(kind, values, f"{prefix}.{name}."), source


def _extra(field: FieldInfo) -> dict[str, Any]:
    """Return what `parameter()` noted beside the bounds and the gloss: unit, prior, source."""
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def _plain(path: str) -> str:
    """Show a path as it is where it is printable, else quoted."""
    return path if path.isprintable() and path.strip() == path and len(path) <= 120 and path else show(path)
