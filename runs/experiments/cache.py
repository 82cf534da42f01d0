"""The cache of runs: one file a run, named by what determines its bits, so that claims share controls and resume."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from calibration.targets import load_targets
from model import JevonsError, Scenario
from runs.experiments import probes
from runs.experiments.run_series import Record
from runs.one_run.run_folder import write_atomically
from runs.sweep.sweep_record import code

# What claims read; targets' observables are kept too, so that runs can be scored.
OBSERVABLES = frozenset(
    [
        "tokens_served",
        "tokens_unserved",
        "tokens_by_kind",
        "requests",
        "tokens_per_request",
        "tokens_per_task",
        "reasoning_token_share",
        "thinking_effort",
        "price_paid",
        "price_constant_quality",
        "serving_cost_per_token",
        "serving_unit_cost",
        "gross_margin_inference",
        "revenue",
        "revenue_run_rate",
        "rent",
        "compute_share_inference",
        "capex",
        "live_compute",
        "installed_compute",
        "ordered_compute",
        "chips_without_power",
        "power_waiting",
        "power",
        "demand_unserved_share",
        "utilisation",
        "serving_capacity",
        "compute_used",
        "generation",
        "capability",
        "weekly_users",
        "requests_per_user_day",
        "developers",
        "developer_tool_use",
        "apps",
        "productivity",
        "enterprise_adoption",
        "enterprise_seats",
        "applications_enabled",
        "amplification",
        "urgency",
        "implementers",
        "customers_over_100b_tokens",
        "requests_jump_at_release",
        "price_list",
    ]
)


@cache
def kept() -> frozenset[str]:
    """Return the observables that are kept of every run."""
    return OBSERVABLES | {target.observable for target in load_targets()}


@cache
def _fingerprint() -> str:
    """Return what identifies the code behind a run: the model, and the probes."""
    probing = hashlib.sha256(Path(probes.__file__).read_bytes()).hexdigest()[:16]
    return f"{code()['fingerprint']}-{probing}-{hashlib.sha256(' '.join(sorted(kept())).encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Request:
    """A run wanted: its scenario, its seed, the last day that is read, and the saved state it goes on from, if any.

    With `every`, all observables are kept, not only those that claims read.
    """

    scenario: Scenario
    seed: int
    until: date
    state: Path | None = None
    every: bool = False

    @cached_property
    def trunk(self) -> str:
        """What a run shares with all that have the same past: scale, start, overrides and the saved state."""
        state = None if self.state is None else hashlib.sha256(self.state.read_bytes()).hexdigest()
        return _text([self.scenario.scale, self.scenario.start, dict(self.scenario.overrides), state, self.every])

    @cached_property
    def changes(self) -> tuple[tuple[str, str], ...]:
        """The dated changes in order, as texts."""
        return changes_of(self.scenario)

    @cached_property
    def digest(self) -> str:
        """What determines the run's bits, but for how far it goes."""
        content = _text([self.trunk, self.changes, self.scenario.until, self.seed, _fingerprint()])
        return hashlib.sha256(content.encode()).hexdigest()[:24]


def changes_of(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    """Return a scenario's dated changes in order, as texts."""
    return tuple((day.isoformat(), _text(dict(values))) for day, values in scenario.changes)


def _text(content: Any) -> str:
    return json.dumps(content, sort_keys=True, default=str)


class Cache:
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JevonsError(f"{folder}: cannot be created ({error.strerror}); choose a place with --out") from None

    def file(self, digest: str) -> Path:
        """Return where a run is."""
        return self.folder / f"{digest}.npz"

    def holds(self, request: Request) -> bool:
        """Say whether a run is there and long enough."""
        try:
            with np.load(self.file(request.digest)) as content:
                weeks = int(content["weeks"])
        except (OSError, ValueError, KeyError, EOFError):
            return False
        return weeks >= (request.until - request.scenario.start).days // 7 + 1

    def write(self, digest: str, record: Record) -> None:
        """Keep a run, whole or not at all."""
        names = np.array(["\t".join(name) for name in record.names])
        start = np.array(record.start.isoformat())

        def save(path: Path) -> None:
            with path.open("wb") as file:
                np.savez_compressed(file, values=record.values, names=names, start=start, weeks=np.array(record.weeks))

        write_atomically(self.file(digest), save)

    def read(self, digest: str) -> Record:
        """Read a run; raises JevonsError where it is missing or damaged."""
        file = self.file(digest)
        try:
            with np.load(file) as content:
                names = tuple(tuple(str(name).split("\t")) for name in content["names"])
                return Record(date.fromisoformat(str(content["start"])), names, content["values"])  # type: ignore[arg-type]
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise JevonsError(f"{file}: cannot be read ({error}); delete it and run the command again") from None
