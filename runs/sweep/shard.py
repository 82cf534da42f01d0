"""A share of a sweep's runs, for machines that know nothing of each other but the folder: array jobs."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from model import JevonsError
from runs.sweep.sweep_folder import Layout, locked


class Shard(NamedTuple):
    """The share `number`, from 1, of `count` shares; written 3/40."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read 3/40; raises `JevonsError`."""
        number, _, count = text.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise JevonsError(f"--shard {text!r}: is not one of N shares, such as 3/40 (from 1/40 to 40/40)")
        return cls(int(number), int(count))

    def __str__(self) -> str:
        """Return 3-of-40, for names of files."""
        return f"{self.number}-of-{self.of}"

    def runs(self, total: int) -> range:
        """Return the runs of this share: neighbours, so that every share has its part of each policy."""
        return range(total * (self.number - 1) // self.of, total * self.number // self.of)


@contextlib.contextmanager
def lock_for(layout: Layout, shard: Shard | None) -> Iterator[None]:
    """Hold the folder: alone, or with other shards but this one alone; raises `StoreError` where it is held."""
    with locked(layout.root, shared=shard is not None), contextlib.ExitStack() as own:
        if shard is not None:
            own.enter_context(locked(layout.log, f"shard-{shard}.lock"))
        yield
