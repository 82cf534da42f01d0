"""A member's run: parameters and a seed in, the numbers that targets and shapes ask for out."""

from functools import cache

from calibration.scoreboard import by_series, evaluate
from calibration.shapes import load_shapes, measures
from calibration.store.code_fingerprint import digest
from calibration.store.jobs import Job
from calibration.targets import load_targets
from model import InferenceMarket


def simulate(job: Job) -> dict[str, float]:
    """Run a job and evaluate every shipped target and shape by id; NaN where the run does not reach it.

    Raises JevonsError for parameters that the model refuses, and for a run that breaks off.
    """
    index = by_series(InferenceMarket(job.scenario(), rng=job.seed).run(until=job.until).observables.frame())
    found = {target.id: evaluate(target, index) for target in load_targets()}
    return found | measures(load_shapes(), index)


@cache
def questions() -> str:
    """Return a hash of what is asked of a run: series and dates of targets and shapes, not the disclosed values."""
    targets = [(t.id, t.series, t.statistic, str(t.start), str(t.end)) for t in load_targets()]
    shapes = [(s.id, s.kind, str(s.term), str(s.than)) for s in load_shapes()]
    return digest([targets, shapes])[:16]


simulate.reads = questions  # type: ignore[attr-defined]
