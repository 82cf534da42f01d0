"""One run as a job: parameters and a seed in, the numbers that targets and shapes ask for out."""

import ast
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import model
from calibration.scoreboard import by_series, evaluate
from calibration.shapes import load_shapes, measures
from calibration.targets import load_targets
from model import InferenceMarket, Parameters, Scenario

# The last target ends here.
UNTIL = "2026-03-31"

# Row counts for many runs, beside the model's own scales: most of a small run is work that does not grow with rows, so
# this one takes as long and has a fifth of the variance between seeds.
ROWS: Mapping[str, Mapping[str, float]] = {
    "medium": {
        "scale.users": 15_000,
        "scale.developers": 5_000,
        "scale.enterprises": 100,
        "scale.applications_mean": 1_000.0,
    }
}

Overrides = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A run of the baseline with other parameters; `scale` is a key of ROWS or names one of the model's scales."""

    overrides: Overrides
    seed: int
    scale: str = "medium"
    until: str = UNTIL


def scenario_of(job: Job) -> Scenario:
    """The scenario of a job; raises JevonsError for parameters that the model refuses."""
    rows = ROWS.get(job.scale, {})
    scenario = Scenario.load("baseline", scale=None if rows else job.scale)
    return scenario.replace({**rows, **dict(job.overrides)})


def simulate(job: Job) -> dict[str, float]:
    """Run a job and evaluate every shipped target and shape by id; NaN where the run does not say.

    Raises JevonsError for parameters that the model refuses, or whose run breaks off.
    """
    index = by_series(InferenceMarket(scenario_of(job), rng=job.seed).run(until=job.until).observables.frame())
    found = {target.id: evaluate(target, index) for target in load_targets()}
    return found | measures(load_shapes(), index)


def key_of(job: Job) -> str:
    """A name for a run: equal where parameters, seed, scale, end, model and questions are equal."""
    paths = tuple(path for path, _ in job.overrides)
    parts = [
        fingerprint(paths),
        questions(),
        [job.scale, ROWS.get(job.scale)],
        job.until,
        job.seed,
        sorted(job.overrides),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


@cache
def fingerprint(overridden: Sequence[str] = ()) -> str:
    """A hash of what decides a run beside its job: the code of the market and the parameters not overridden.

    Comments, docstrings, layout, glosses, sources and bounds do not count, nor do the defaults of parameters that
    the job sets itself: moving the baseline to a member of the posterior leaves the posterior's runs valid.
    """
    digest = hashlib.sha256()
    home = Path(model.__file__).parent
    for file in sorted([*home.glob("*.py"), *(home.parent / "agents").glob("*.py")]):
        tree = _Bare().visit(ast.parse(file.read_text(encoding="utf-8")))
        digest.update(f"{file.parent.name}/{file.name} {ast.dump(tree)}".encode())
    values = {k: v for k, v in Parameters.load().flat().items() if k not in set(overridden) and "title" not in k}
    digest.update(json.dumps(values, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:16]


@cache
def questions() -> str:
    """A hash of what is asked of a run: series and dates of targets and shapes, not the disclosed values."""
    targets = [(t.id, t.series, t.statistic, str(t.start), str(t.end)) for t in load_targets()]
    shapes = [(s.id, s.kind, str(s.term), str(s.than)) for s in load_shapes()]
    return hashlib.sha256(json.dumps([targets, shapes]).encode()).hexdigest()[:16]


class _Bare(ast.NodeTransformer):
    """Takes away what cannot change a run."""

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("parameter", "_switch", "Field"):
            node.args, node.keywords = [], []
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return ast.Pass()
        return self.generic_visit(node)
