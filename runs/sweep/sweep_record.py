"""What a sweep's folder says of itself, `sweep.json`: the design in full, the code and the versions behind it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from calibration.store.code_fingerprint import DECIDING, digest, fingerprint, versions
from model import Scenario
from runs.sweep.outcomes import Outcome
from runs.sweep.sweep_folder import VERSION, Layout, StoreError, write_file

# What decides the bits of a result, beside the market: how the sweep keeps it.
SOURCES = ("runs/sweep/outcomes.py", "runs/sweep/parts.py")


def code() -> dict[str, Any]:
    """Return a fingerprint of the code that decides results, this project's version and those it computes with."""
    return {"fingerprint": fingerprint(also=SOURCES), "versions": dict(versions((*DECIDING, "pyarrow")))}


@dataclass(frozen=True)
class Record:
    """`sweep.json` as read: the design's document and digest, the number of runs and the code of each stretch."""

    document: Mapping[str, Any]
    digest: str
    runs: int
    codes: tuple[Mapping[str, Any], ...]

    @property
    def block(self) -> int:
        """How many runs a part holds."""
        return int(self.document["runs_per_part"])

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
        "code": list(record.codes),
        "design": record.document,
    }
    write_file(layout.record, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_record(layout: Layout) -> Record | None:
    """Read `sweep.json`; None where there is none. Raises `StoreError` where it is damaged or of another layout."""
    try:
        content = json.loads(layout.record.read_text(encoding="utf-8"))
        if content["layout"] != VERSION:
            raise StoreError(f"{layout.record}: is of layout {content['layout']}, this version reads {VERSION}")
        record = Record(content["design"], content["digest"], content["runs"], tuple(content["code"]))
        _check(record)
        return record
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise StoreError(f"{layout.root}: is a file, or lies below one; give a folder") from None
    except OSError as error:
        raise StoreError(f"{layout.record}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise StoreError(
            f"{layout.record}: is damaged ({error}); start the sweep with its design and --restart to set it aside"
        ) from None


def _check(record: Record) -> None:
    """Check that a record is whole: the design by its digest, the rest by its types; raises ValueError or TypeError."""
    if record.digest != digest(record.document):
        raise ValueError("the design is not the one that was begun")
    if type(record.runs) is not int or record.runs < 1:
        raise ValueError(f"runs = {record.runs!r}")
    for stretch in record.codes or ({},):
        if not isinstance(stretch["fingerprint"], str) or not isinstance(stretch["versions"], dict):
            raise ValueError(f"code = {stretch!r}")


def write_plan(layout: Layout, plan: pa.Table) -> None:
    """Write the plan; raises `StoreError`."""
    write_file(layout.plan, lambda stream: pq.write_table(plan, stream, compression="zstd", write_page_checksum=True))


def read_plan(layout: Layout) -> pa.Table:
    """Read the plan; raises `StoreError` where it is missing or damaged."""
    try:
        return pq.read_table(layout.plan, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        why = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise StoreError(
            f"{layout.plan}: {why}; jevons sweep with the design and --out {layout.root} restores it"
        ) from None
