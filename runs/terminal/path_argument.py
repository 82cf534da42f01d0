"""Paths on the command line: one that cannot be used is refused in one line, before any work."""

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path


def trouble(path: "str | Path") -> str | None:
    """Say why nothing can be read or written at `path` or below it, whether it exists or not; None where it can.

    Its folder may refuse entry, its name may be too long, or it may not be UTF-8, which Arrow needs.
    """
    try:
        os.fsencode(path).decode()
        os.stat(os.path.join(path, "."))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return (error.strerror or str(error)).lower()
    except UnicodeError:
        return "its name is not in UTF-8"
    except ValueError as error:
        return str(error)
    return None


class Place(click.Path):
    """A file or folder on the command line, there or still to be made."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the `Path`; a usage error where it cannot be used."""
        from pathlib import Path

        found = trouble(value)
        if found is not None:
            self.fail(f"{str(value)!r} cannot be used: {found}; give another place", param, ctx)
        return Path(os.fsdecode(super().convert(value, param, ctx)))


PLACE = Place()
FOLDER = Place(file_okay=False)
