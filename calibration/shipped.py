"""Where the shipped posterior is, and which of its columns are parameters."""

from pathlib import Path

from calibration.targets import ORIGIN

FOLDER = Path(__file__).parent / "posterior"
ENSEMBLE = FOLDER / f"ensemble-{ORIGIN.isoformat()}.parquet"
"""Weighted members fitted to figures up to the last origin: what forecasts, sweeps and experiments draw from."""

OUTPUT = "out:"
WEIGHT, SEED, TAU = "weight", "seed", "tau"


def is_parameter(column: str) -> bool:
    """Whether a column of an ensemble is a parameter, and not the member's weight, seed, discrepancy or outputs."""
    return column not in (WEIGHT, SEED, TAU) and not column.startswith(OUTPUT)
