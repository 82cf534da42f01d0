"""The cache of runs: one file a run, named by what determines its bits, so that claims share controls and resume."""

from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from calibration.store.code_fingerprint import code_fingerprint, digest
from calibration.store.jobs import Job, key_of
from calibration.store.packed_series import pack_series, read_head, unpack_series
from calibration.store.run_store import Store
from calibration.targets import load_targets
from model import JevonsError, Scenario
from runs.experiments.run_series import Record

# What claims read; targets' observables are kept too, so that runs can be scored.
OBSERVABLES = frozenset((
    "tokens_served", "tokens_unserved", "tokens_by_kind", "requests", "tokens_per_request", "tokens_per_task",
    "reasoning_token_share", "thinking_effort", "price_paid", "price_constant_quality", "serving_cost_per_token",
    "serving_unit_cost", "gross_margin_inference", "revenue", "revenue_run_rate", "rent", "compute_share_inference",
    "capex", "live_compute", "installed_compute", "ordered_compute", "chips_without_power", "shells_without_power",
    "power", "capacity_limit", "orders_limit",
    "demand_unserved_share", "utilisation", "serving_capacity", "compute_used", "generation", "capability",
    "weekly_users", "requests_per_user_day", "developers", "developer_tool_use", "apps", "productivity",
    "enterprise_adoption", "enterprise_seats", "applications_enabled", "amplification", "urgency", "implementers",
    "customers_over_100b_tokens", "requests_jump_at_release", "price_list",
))  # fmt: skip


@cache
def kept() -> frozenset[str]:
    """Return the observables that are kept of every run."""
    return OBSERVABLES | {target.observable for target in load_targets()}


@dataclass(frozen=True)
class Request:
    """A run wanted: its scenario, its seed, the last day that is read, and the saved state it continues, if any.

    With `every`, all observables are kept, not only those that claims read.
    """

    scenario: Scenario
    seed: int
    until: date
    state: Path | None = None
    every: bool = False

    @cached_property
    def job(self) -> Job:
        """The run."""
        return Job.of(self.scenario, self.seed, self.until, self.state)

    @cached_property
    def digest(self) -> str:
        """The run's key. A longer run serves a shorter request, so the last day is no part of it."""
        numbers = "every" if self.every else digest(sorted(kept()))
        return key_of(self.job._replace(until=""), f"{numbers} {code_fingerprint('runs/experiments/probes.py')}")


class Cache(Store[Record]):
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _pack, _unpack)

    def holds(self, request: Request) -> bool:
        """Say whether a run is there, undamaged and long enough."""
        weeks = self.look(request.digest, lambda content: int(read_head(content)["weeks"]))
        return weeks is not None and weeks >= (request.until - request.scenario.start).days // 7 + 1

    def read(self, digest: str) -> Record:
        """Return a run; raises JevonsError where it is missing or damaged."""
        record = self.get(digest)
        if record is None:
            raise JevonsError(f"{self.file(digest)}: is missing or damaged; run the command again")
        return record


def _pack(record: Record) -> bytes:
    head = {"start": record.start.isoformat(), "weeks": record.weeks, "names": record.names}
    return pack_series(head, record.values, compress=True)


def _unpack(content: memoryview) -> Record:
    head, values = unpack_series(content)
    return Record(date.fromisoformat(head["start"]), tuple(map(tuple, head["names"])), values)
