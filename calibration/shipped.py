"""Where the shipped posterior is, what it saw, and which of its columns are parameters."""

from datetime import date
from pathlib import Path
from typing import Literal, get_args

from calibration.targets import Target

FOLDER = Path(__file__).parent / "posterior"
ENSEMBLE = max(FOLDER.glob("ensemble-*.parquet"), default=FOLDER / "ensemble-2026-06-30.parquet")
"""Weighted members of the latest origin: what forecasts, sweeps and experiments draw from."""
ORIGIN = date.fromisoformat(ENSEMBLE.stem.removeprefix("ensemble-"))
"""The day of that origin: members were fitted to figures that were public by then."""
PRIOR = "prior.parquet"
"""Beside the ensembles: draws from the prior with what their runs give, in the same format. It may be missing."""

OUTPUT = "out:"
WEIGHT, SEED, TAU = "weight", "seed", "tau"

Part = Literal["fitted", "scored"]
PARTS: tuple[Part, ...] = get_args(Part)


def part_of(target: Target, origin: date = ORIGIN) -> Part:
    """*fitted* where the figure was public by the origin and may be fitted, *scored* where it came later."""
    return "fitted" if target.published <= origin else "scored"


def is_parameter(column: str) -> bool:
    """Whether a column of an ensemble is a parameter, and not the member's weight, seed, discrepancy or outputs."""
    return column not in (WEIGHT, SEED, TAU) and not column.startswith(OUTPUT)
