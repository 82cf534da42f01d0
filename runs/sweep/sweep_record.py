"""What a sweep's folder says of itself, `sweep.json`: the design in full, the code and the versions behind it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from calibration.store.code_fingerprint import DECIDING, digest, fingerprint, processor, versions
from calibration.store.sealed_files import DamagedError, read_json, read_table, sealed_json, table_bytes
from model import JevonsError, Scenario
from runs.sweep.outcomes import Outcome
from runs.sweep.sweep_folder import VERSION, Layout, StoreError, write_file

# What decides the bits of a result, beside the market: how the sweep keeps it.
SOURCES = ("runs/sweep/outcomes.py", "runs/sweep/parts.py")


def code() -> dict[str, Any]:
    """Return what decides the bits of results: a fingerprint of the code, versions, and the type of processor."""
    return {
        "fingerprint": fingerprint(also=SOURCES),
        "versions": dict(versions((*DECIDING, "pyarrow"))),
        "processor": processor(),
    }


@dataclass(frozen=True)
class Record:
    """`sweep.json` as read: the design and its digest, the number of runs, each stretch's code, the plan's digest."""

    document: Mapping[str, Any]
    digest: str
    runs: int
    codes: Sequence[Mapping[str, Any]]
    plan: str

    @property
    def block(self) -> int:
        """How many runs a part holds."""
        return int(self.document["runs_per_part"])

    @property
    def identity(self) -> str:
        """What tells this sweep from others: its design, which decides its plan, and the code it was begun with."""
        return digest([self.digest, self.codes[0]])[:16]

    def layout(self, root: Path) -> Layout:
        """Return the files of this sweep below `root`."""
        return Layout(root, self.block, self.identity)

    @property
    def processors(self) -> frozenset[str]:
        """The types of processor that runs were done on."""
        return frozenset(str(stretch.get("processor")) for stretch in self.codes)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes of the design."""
        return tuple(Outcome(name, **fields) for name, fields in self.document["outcomes"].items())

    def scenarios(self) -> list[tuple[Scenario, str]]:
        """Return the scenario of each policy and the last day to simulate."""
        return [(Scenario.parse(policy["toml"]), policy["until"]) for policy in self.document["policies"]]


def write_record(layout: Layout, record: Record) -> None:
    """Write `sweep.json`; raises `StoreError`."""
    content = {
        "layout": VERSION,
        "digest": record.digest,
        "runs": record.runs,
        "code": record.codes,
        "plan": record.plan,
        "design": record.document,
    }
    write_file(layout.record, sealed_json(content))


def read_record(layout: Layout) -> Record | None:
    """Read `sweep.json`; None where there is none. Raises `StoreError` where it is damaged or of another layout."""
    try:
        content = read_json(layout.record, needs=("layout",))
        if (found := content["layout"]) != VERSION:
            raise StoreError(f"{layout.record}: is of layout {found}, this version reads {VERSION}")
        record = Record(*(content[key] for key in ("design", "digest", "runs", "code", "plan")))
        if record.digest != digest(record.document) or not record.codes:
            raise DamagedError(f"{layout.record}: is damaged: the design is not the one that was begun")
    except FileNotFoundError:
        return None
    except (DamagedError, KeyError) as error:
        why = error if isinstance(error, DamagedError) else f"{layout.record}: is damaged: it has no {error}"
        raise StoreError(f"{why}; start the sweep with its design and --restart to set it aside") from None
    except JevonsError as error:
        if any(map(os.path.isfile, (layout.root, *layout.root.parents))):
            raise StoreError(f"{layout.root}: is a file, or lies below one; give a folder") from None
        raise StoreError(str(error)) from None
    return record


def write_plan(layout: Layout, plan: pa.Table) -> str:
    """Write the plan and return its digest; raises `StoreError`."""
    content = table_bytes(plan, compression="zstd")
    write_file(layout.plan, content)
    return sha256(content).hexdigest()


def read_plan(layout: Layout) -> pa.Table:
    """Read the plan; raises `StoreError` where it is missing, damaged or not the one that was written."""
    record, why = read_record(layout), "is not the plan that was written"
    try:
        table = read_table(layout.plan)
        if record is None or sha256(layout.plan.read_bytes()).hexdigest() == record.plan:
            return table
    except FileNotFoundError:
        why = "is missing"
    except JevonsError as error:
        why = str(error).removeprefix(f"{layout.plan}: ")
    raise StoreError(f"{layout.plan}: {why}; jevons sweep with the design and --out {layout.root} restores it")
