"""Writing a file whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from model.errors import JevonsError

PARTIAL = ".partial"
Content = str | bytes | Callable[[BinaryIO], object]


def reason_of(error: OSError) -> str:
    """Return what the system says, in lower case."""
    return (error.strerror or str(error)).lower()


def write_atomically(path: Path, content: Content, *, overwrite: bool = False, durable: bool = True) -> Path:
    """Write text (as UTF-8), bytes, or what `content` writes to a stream; return the path.

    The file appears in one move, so a reader sees all of it or nothing, and a failure leaves nothing behind. Processes
    that write the same file at once do not disturb each other. `durable` waits until the disk has the file. Raises
    JevonsError where the file exists (unless `overwrite`) or the system refuses.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(6)}{PARTIAL}")
    try:
        if path.is_dir() or (path.exists() and not overwrite):
            raise FileExistsError
        with partial.open("wb") as stream:
            if callable(content):
                content(stream)
            else:
                stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        _appear(partial, path, overwrite=overwrite)
    except FileExistsError:
        message = f"{path}: exists already and is left as it is; give another path, or overwrite=True"
        raise JevonsError(message) from None
    except OSError as error:
        raise JevonsError(f"{path}: cannot be written: {reason_of(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return path


def _appear(partial: Path, path: Path, *, overwrite: bool) -> None:
    """Give a finished file its name; FileExistsError where another process was first and must not be overwritten."""
    if not overwrite:
        try:
            os.link(partial, path)
            return
        except FileExistsError:
            raise
        except OSError:  # a file system without links: the check before must do
            pass
    os.replace(partial, path)
