"""Values by dotted path: nested tables as flat ones and back, and a dict that cannot be changed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from model.errors import JevonsError, show

K = TypeVar("K")
V = TypeVar("V")


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


def flatten(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested tables, whose keys may themselves be dotted, into values by path; an empty table stays as {}.

    Raises `JevonsError` for a path given twice.
    """
    flat: dict[str, Any] = {}
    for key, value in tables.items():
        path = f"{prefix}{key}"
        inner = flatten(value, f"{path}.") if isinstance(value, Mapping) and value else {path: value}
        for one in inner:
            if one in flat:
                raise JevonsError(f"{show_path(one)} is given twice: once as {show(flat[one])}")
        flat.update(inner)
    return flat


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn values by dotted path into nested tables; the inverse of `flatten`."""
    tables: dict[str, Any] = {}
    for path, value in values.items():
        *above, name = path.split(".")
        table = tables
        for part in above:
            table = table.setdefault(part, {})
        table[name] = value
    return tables


def show_path(path: str) -> str:
    """Show a path as it is where it is short and printable, else quoted."""
    return path if path.isprintable() and path.strip() == path and 0 < len(path) <= 120 else show(path)
