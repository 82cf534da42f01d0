"""Where results and documents are, in the checkout that this code belongs to."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "runs" / "results"
DOCS = ROOT / "docs"
