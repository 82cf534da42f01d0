"""A progress bar that is on the screen while its block runs."""

from types import TracebackType
from typing import Self

from rich.progress import Progress


class Bar:
    """Shows `self._bar` from entering the block to leaving it; what is derived from this makes the bar."""

    _bar: Progress

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar off."""
        self._bar.stop()
