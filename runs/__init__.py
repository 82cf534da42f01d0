"""What people do with the model: the command line, run folders, sweeps, tables and figures.

`Sweep` and `open` are loaded when they are first asked for, so that importing this costs next to nothing.
"""

TYPE_CHECKING = False  # not from `typing`, whose import takes long enough for a Ctrl-C
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from runs.sweep.results import Results
    from runs.sweep.sweep import Sweep

__all__ = ["Sweep", "open"]


def open(folder: "str | Path") -> "Results":  # noqa: A001 - `runs.open(DIR)` is how it reads
    """Open the results of a sweep: `runs.open(DIR).frame()`, `.runs`, `.query(sql)`. Raises `JevonsError`."""
    from runs.sweep.results import Results

    return Results(folder)


def __getattr__(name: str) -> "Any":
    """Load `Sweep` from its module; AttributeError for any other name."""
    if name != "Sweep":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from runs.sweep.sweep import Sweep

    return Sweep
