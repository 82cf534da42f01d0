"""A path that is given: refused in one line, before any work, where nothing could be read or written there."""

import os
from pathlib import Path
from typing import Any

import click


def trouble(path: str | Path) -> str | None:
    """Say why nothing can be read or written at `path` or below it, whether it is there or not; None where it can.

    It may lie behind a folder that we may not enter, have a name that is too long, or one that no text holds (Arrow
    takes names in UTF-8 only).
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

    def __init__(self, *, file_okay: bool = True) -> None:
        super().__init__(file_okay=file_okay, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; a usage error where it cannot be used."""
        found = trouble(value)
        if found is not None:
            self.fail(f"{str(value)!r} cannot be used: {found}; give another place", param, ctx)
        return super().convert(value, param, ctx)


PLACE = Place()
FOLDER = Place(file_okay=False)
