"""The smallest sweep that still has two parts, and how to compare two result sets byte by byte."""

import hashlib
from pathlib import Path
from typing import Any

TINY: dict[str, Any] = {
    "name": "tiny",
    "until": "2023-01-20",
    "runs_per_part": 20,
    "samples": 13,
    "scenarios": ["baseline", "unlimited-supply"],
    "uncertainties": {"demand.thinking_ceiling": "prior", "chip_maker.merchant.expansion": [0.2, 0.6]},
    "constants": {"scale.users": 100, "scale.developers": 100, "scale.enterprises": 5, "scale.applications_mean": 200},
    "outcomes": {"served": {"observable": "tokens_served", "statistic": "last"}},
}
RUNS = 26


def result_set(root: Path) -> dict[str, str]:
    """The digest of every file of the result set: all but the log and the lock."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
        if path.relative_to(root).parts[0] not in ("log", ".lock")
    }
