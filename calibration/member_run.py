"""A member's run: parameters and a seed in, the numbers that targets and shapes ask for out."""

from collections.abc import Sequence
from functools import cache, partial

from calibration.scoreboard import by_series, evaluate
from calibration.shapes import load_shapes, measures
from calibration.store.code_fingerprint import digest
from calibration.store.jobs import Job
from calibration.store.run_store import Work
from calibration.targets import Target, load_targets
from model import InferenceMarket

# Read once a process: reading takes a twentieth of the time of a run.
_targets, _shapes = cache(load_targets), cache(load_shapes)


def simulate(job: Job) -> dict[str, float]:
    """Run a job and evaluate every shipped target and shape by id; NaN where the run does not reach it.

    Raises JevonsError for parameters that the model refuses, and for a run that breaks off.
    """
    return _answers(_targets(), job)


@cache
def questions() -> str:
    """Return a hash of what is asked of a run: series and dates of targets and shapes, not the disclosed values."""
    targets = [(t.id, t.series, t.statistic, str(t.start), str(t.end)) for t in _targets()]
    shapes = [(s.id, s.kind, str(s.term), str(s.than)) for s in _shapes()]
    return digest([targets, shapes])[:16]


simulate.reads = questions  # type: ignore[attr-defined]


def asking(targets: Sequence[Target]) -> Work:
    """Return what runs a job and evaluates these targets and every shape; results are kept by what is asked."""
    work = partial(_answers, tuple(targets))
    work.reads = digest([questions(), [(t.id, *question(t)) for t in targets]])  # type: ignore[attr-defined]
    return work


def question(target: Target) -> tuple[object, ...]:
    """What a target asks of a run: its series and dates, not the disclosed value."""
    return (target.series, target.statistic, str(target.start), str(target.end))


def _answers(targets: Sequence[Target], job: Job) -> dict[str, float]:
    index = by_series(InferenceMarket(job.scenario(), rng=job.seed).run(until=job.until).observables.frame())
    return {target.id: evaluate(target, index) for target in targets} | measures(_shapes(), index)
