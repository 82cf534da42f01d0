"""Recovery where the emulator is off: the truth's run brings that error along, and figures must not add it again."""

from datetime import date

import numpy as np

from calibration.emulator import Emulator
from calibration.information import Known
from calibration.recovery import DRAWS, Replicate, recover_one
from tests.calibration.made import level

PARAMETERS, ROWS, TRUTHS = 3, 12, 400
# Of the emulator, in decades: larger than the errors of the figures (0.05) and the discrepancy (0.08).
ERROR = 0.2


def test_intervals_hold_the_truth_as_often_as_they_say_where_the_emulator_is_off() -> None:
    random, day = np.random.default_rng(5), date(2024, 6, 30)
    known = Known(day, tuple(level(f"T{i}", day, 1.0) for i in range(ROWS)), ())
    slopes = 0.1 * random.standard_normal((PARAMETERS, ROWS + 1))
    flat = np.zeros(ROWS + 1)
    emulator = Emulator(np.zeros(PARAMETERS), slopes, flat, flat + ERROR**2, flat)
    ranks = []
    for seed in range(TRUTHS):
        truth = random.standard_normal(PARAMETERS)
        outputs = truth @ slopes + ERROR * random.standard_normal(ROWS + 1)
        ranks.append(recover_one(Replicate(emulator, known, truth, outputs, seed))[0][:PARAMETERS])
    edge = 0.05 * (DRAWS + 1)
    held = ((np.array(ranks) >= edge) & (np.array(ranks) < DRAWS + 1 - edge)).mean()
    # 400 truths of three parameters: the standard error is 0.9% or a little more. With the error twice it is 85%.
    assert 0.875 < held < 0.925
