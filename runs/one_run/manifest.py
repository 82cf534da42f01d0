"""What a run folder says about itself: scenario, parameters, versions, code, time and memory."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from calibration.store.code_fingerprint import ROOT, processor, versions
from model import Scenario
from runs.one_run.simulate import FinishedRun, Span


def manifest(run: Span, seed: int, outcome: FinishedRun, scores: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything needed to understand and repeat a run, as plain values.

    `scores` has one entry for figures that the shipped ensemble saw, and one for later ones. Seconds are wall time;
    memory is the peak of this process in MiB.
    """
    scenario, market = run.scenario, outcome.market
    last = market.clock.date - timedelta(days=7) if outcome.weeks else None
    return {
        "status": "interrupted" if outcome.interrupted else "complete",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "scenario": describe(scenario),
        "parameters": scenario.parameters.flat(),
        "seed": seed,
        "start": scenario.start,
        "until": run.until,
        "weeks": outcome.weeks,
        "last_week": last,
        "scores": {str(row["part"]): {k: v for k, v in row.items() if k != "part"} for row in scores},
        "versions": dict(versions()),
        "processor": processor(),
        "git": git_state(),
        "wall_seconds": round(outcome.build_seconds + outcome.run_seconds, 3),
        "build_seconds": round(outcome.build_seconds, 3),
        "run_seconds": round(outcome.run_seconds, 3),
        "phase_seconds": {name: round(seconds, 4) for name, seconds in market.phase_seconds.items()},
        "peak_memory_mib": peak_memory_mib(),
    }


def describe(scenario: Scenario) -> dict[str, Any]:
    """The scenario's name and what it changes: overrides by dotted path, and dated changes."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "scale": scenario.scale,
        "overrides": dict(scenario.overrides),
        "changes": [{"date": day, "set": dict(values)} for day, values in scenario.changes],
    }


def git_state(root: Path = ROOT) -> dict[str, Any]:
    """Commit of the checkout at `root` and whether tracked or new files differ from it; None where unknown."""
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        return {"commit": None, "dirty": None}
    changes = _git(root, "status", "--porcelain")
    return {"commit": _git(root, "rev-parse", "--verify", "HEAD"), "dirty": None if changes is None else changes != ""}


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10.0, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def peak_memory_mib() -> float | None:
    """Largest resident size of this process so far in MiB; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024.0**2 if sys.platform == "darwin" else 1024.0), 1)
