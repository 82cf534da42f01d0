"""The documentation names what the market records."""

from pathlib import Path

import pandas as pd

from model import Scenario
from tests.golden.run import GOLDEN

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_observable_is_documented_with_its_unit() -> None:
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    recorded = pd.read_csv(GOLDEN, usecols=["observable", "unit"]).drop_duplicates()
    missing = [row for row in recorded.itertuples(index=False) if f"| `{row.observable}` | {row.unit} |" not in text]
    assert not missing


def test_every_mechanism_switch_is_documented() -> None:
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    switches = type(Scenario.load("baseline").parameters.mechanisms).model_fields
    assert len(switches) == 13
    assert not [name for name in switches if f"`{name}`" not in text]
