"""Where a sweep's files are, how they are written, and the lock of its folder."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from model import JevonsError, reason_of, write_atomically

VERSION = 3  # 1 had no checksums, in 2 a file of results did not say of which sweep it is
# Runs of one part: one file a run makes queries tens of times slower, one file in all could not be written run by run.
BLOCK = 100


class StoreError(JevonsError):
    """The sweep's folder cannot be written or read; what is in it stays as it is."""


class Layout:
    """The files of a sweep below `root`; all but `log` is the result set, the same bytes however it came about.

    `record` is the design, the code and the versions; `plan` the run table before it has results. `loose` holds each
    run as soon as it has ended, until its block is complete and becomes two files in `parts`: the weekly series, a
    column each, and the run table. `block` is how many runs a part holds. `log` holds times, and files found damaged.
    `sweep` is the identity of the sweep, which each file of results carries: those of another sweep are refused.
    """

    def __init__(self, root: Path, block: int = BLOCK, sweep: str = "") -> None:
        self.root, self.block, self.sweep = root, block, sweep
        self.record, self.plan = root / "sweep.json", root / "plan.parquet"
        self.loose, self.parts, self.log = root / "loose", root / "parts", root / "log"

    def loose_run(self, run: int) -> Path:
        """Return the file of one run: its series or its error."""
        return self.loose / f"{run:07}.run"

    def series_part(self, block: int) -> Path:
        """Return the file of a block's weekly series."""
        return self.parts / f"series-{block:05}.parquet"

    def runs_part(self, block: int) -> Path:
        """Return the file of a block's run table, written last: the block is packed when it is there."""
        return self.parts / f"runs-{block:05}.parquet"

    def block_runs(self, block: int, total: int) -> range:
        """Return the runs of a block of a sweep of `total` runs."""
        return range(block * self.block, min((block + 1) * self.block, total))

    def blocks(self, total: int) -> range:
        """Return the numbers of the blocks of a sweep of `total` runs."""
        return range(-(-total // self.block))

    def make(self) -> None:
        """Make the folders; raises `StoreError`."""
        for folder in (self.root, self.loose, self.parts, self.log):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError):
                raise StoreError(f"--out {self.root}: is a file, or lies below one; give a folder") from None
            except OSError as error:
                raise StoreError(f"--out {self.root}: cannot be written: {reason_of(error)}") from None


def write_file(path: Path, content: str | bytes | Callable[[BinaryIO], object], *, durable: bool = True) -> None:
    """Write a file whole, in place of one that is there; raises `StoreError`."""
    try:
        write_atomically(path, content, overwrite=True, durable=durable)
    except JevonsError as error:
        raise StoreError(f"{error}; what is finished is kept") from error


def remove_partials(root: Path) -> None:
    """Remove the partial files of writers that were killed; raises `OSError`."""
    for file in list(root.rglob(".*.partial")):
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(root: Path, name: str = ".lock", *, shared: bool = False, wait: bool = False) -> Iterator[None]:
    """Hold a lock of a sweep's folder. It ends with its process, however that ends, so none is ever stale.

    `shared`: others may hold it too, as long as nobody holds it alone. `wait`: until it is free. Raises `StoreError`
    where another process holds it.
    """
    try:
        handle = os.open(root / name, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"--out {root}: cannot be written: {reason_of(error)}") from None
    try:
        try:
            _take(handle, shared=shared, wait=wait)
        except OSError:
            holder = os.read(handle, 200).decode(errors="replace").strip() or "another process"
            raise StoreError(
                f"--out {root}: a sweep runs in this folder already ({holder}); wait for it, or give another folder"
            ) from None
        with contextlib.suppress(OSError):  # a full disk: the lock holds without its note
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int, *, shared: bool, wait: bool) -> None:
    """Lock an open file; OSError where another process holds it. Windows has no shared locks: there all are alone."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        return
    fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
