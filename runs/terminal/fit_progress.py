"""Progress of a fit: its stages, failed runs, runs from disk, and the best distance from the disclosed figures."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console

from runs.terminal.count_progress import CountProgress

if TYPE_CHECKING:
    from calibration.information import Known


class FitProgress(CountProgress):
    """Counts runs by stage.

    With `known` it also shows the best distance of a run from the figures known then: the root mean square over rows,
    in standard deviations of the disclosure.
    """

    def __init__(self, console: Console, known: "Known | None" = None) -> None:
        super().__init__(console)
        self._known, self._best = known, math.inf
        self._found = self._failed = 0

    def stage(self, name: str, runs: int, done: int = 0, note: str = "") -> None:
        """Begin a stage of so many runs."""
        self._found = self._failed = 0
        super().stage(name, runs, done, note)

    def watch(self, _job: Any, outputs: Mapping[str, float] | None, found: bool) -> None:
        """Count a run: its outputs, None if it failed, and whether it was found on disk."""
        self._found += found
        self._failed += outputs is None
        if outputs is not None and self._known is not None:
            self._best = min(self._best, float(self._known.distance(self._known.outputs([outputs]))[0]))
        parts = [f"{self._found} from disk"] if self._found else []
        parts += [f"{self._failed} failed"] if self._failed else []
        parts += [f"best distance {self._best:.2f} sd"] if math.isfinite(self._best) else []
        self.count(", ".join(parts))
