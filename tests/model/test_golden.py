"""A committed run that must not change unnoticed; `python -m tests.golden` refreshes it deliberately."""

import numpy as np
import pandas as pd

from tests.golden.run import GOLDEN, golden_frame

KEYS = ["date", "observable", "entity", "segment", "unit"]


def test_the_golden_run_is_as_committed() -> None:
    # The values are written with 12 digits; a thousandth of a millionth leaves room for the last bits of exp and log,
    # which differ between processors, and for nothing else.
    expected = pd.read_csv(GOLDEN, parse_dates=["date"]).set_index(KEYS)["value"]
    frame = golden_frame().astype({key: str for key in KEYS if key != "date"})
    found = frame.set_index(KEYS)["value"]
    assert list(found.index) == list(expected.index)
    gap = np.abs(found.to_numpy() - expected.to_numpy())
    off = gap > 1e-9 * np.maximum(np.abs(expected.to_numpy()), 1e-6)
    assert not off.any(), f"{off.sum()} values differ, the first: {expected.index[off.argmax()]}"
