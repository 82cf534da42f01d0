"""A committed run that must not change unnoticed; `python -m tests.golden` refreshes it deliberately."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.golden.run import GOLDEN, golden_frame

ROOT = Path(__file__).resolve().parents[2]
KEYS = ["date", "observable", "entity", "segment", "unit"]
# The values are written with 12 digits; a thousandth of a millionth leaves room for the last bits of exp and log, which
# differ between processors, and for nothing else.
LAST_BITS = 1e-9
# Without AVX2 and fused multiplication a few decisions of rows fall otherwise: docs/sweeps.md says how far that goes.
OTHER_DECISIONS = 1e-4
# Names that NumPy and OpenBLAS do not know on a processor, or do without there, change nothing.
NO_AVX512 = {"NPY_DISABLE_CPU_FEATURES": "AVX512_SPR AVX512_ICL X86_V4"}
NO_AVX2 = {"NPY_DISABLE_CPU_FEATURES": "AVX512_SPR AVX512_ICL X86_V4 X86_V3"}
HASWELL, PRESCOTT = {"OPENBLAS_CORETYPE": "Haswell"}, {"OPENBLAS_CORETYPE": "Prescott"}


def check(frame: pd.DataFrame, tolerance: float) -> None:
    """Check that a golden run is the committed one, each value within `tolerance` of itself."""
    expected = pd.read_csv(GOLDEN, parse_dates=["date"]).set_index(KEYS)["value"]
    found = frame.astype({key: str for key in KEYS if key != "date"}).set_index(KEYS)["value"]
    assert list(found.index) == list(expected.index)
    gap = np.abs(found.to_numpy() - expected.to_numpy())
    off = gap > tolerance * np.maximum(np.abs(expected.to_numpy()), 1e-6)
    assert not off.any(), f"{off.sum()} values differ, the first: {expected.index[off.argmax()]}"


def on(processor: dict[str, str], *arguments: str) -> str:
    """Return what Python prints where NumPy and its BLAS take this one for another type of processor."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | processor, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_golden_run_is_as_committed() -> None:
    check(golden_frame(), LAST_BITS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("processor", "tolerance"),
    [(NO_AVX512, LAST_BITS), (HASWELL, LAST_BITS), (PRESCOTT, LAST_BITS), (NO_AVX2, OTHER_DECISIONS)],
)
def test_the_golden_run_keeps_to_its_tolerance_on_other_types_of_processor(
    processor: dict[str, str], tolerance: float, tmp_path: Path
) -> None:
    file = tmp_path / "golden.pickle"
    on(processor, "-c", f"from tests.golden.run import golden_frame; golden_frame().to_pickle({str(file)!r})")
    check(pd.read_pickle(file), tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("processor", [NO_AVX512, HASWELL])
def test_statistical_tests_pass_on_other_types_of_processor(processor: dict[str, str]) -> None:
    on(processor, "-m", "pytest", "-q", "-n0", "-m", "", "tests/calibration/test_calibrate.py", "-k", "ranks")
    on(processor, "-m", "pytest", "-q", "-n0", "-m", "", "tests/agents/test_streams.py")


@pytest.mark.slow
@pytest.mark.skipif("x86_64" not in os.uname().machine, reason="the names are those of x86")
def test_records_name_the_type_of_processor_that_numpy_and_its_blas_use() -> None:
    code = "from calibration.store.code_fingerprint import processor; print(processor())"
    assert on(NO_AVX2, "-c", code).startswith("x86_64 baseline, BLAS ")
    assert on(HASWELL, "-c", code) != on(PRESCOTT, "-c", code)
