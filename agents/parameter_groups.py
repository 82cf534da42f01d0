"""Groups of parameters: frozen, validated objects whose fields are declared in `data/parameters.csv`.

A row of that table states the default, bounds, unit, prior, source and meaning of one parameter. A class beside the
behaviour that reads the parameters names them with their types. To add a parameter, add a row and a field.
"""

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TABLE = Path(__file__).resolve().parent / "data" / "parameters.csv"
READERS: dict[str, Any] = {
    "number": float,
    "whole number": int,
    "flag": {"true": True, "false": False}.__getitem__,
    "text": str,
    "date": date.fromisoformat,
}
"""How the default of each `type` of the table is read."""

Prior = Literal["uniform", "loguniform", "normal", "lognormal", "fixed"]


class Group(BaseModel):
    """A frozen set of parameters that belong to one subject; unknown names and wrong types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def parameter(
    default: Any,
    *,
    unit: str,
    gloss: str,
    source: str,
    low: float | None = None,
    high: float | None = None,
    prior: Prior = "uniform",
    at_start: bool = False,
) -> Any:
    """Return the field of one parameter of a `Group`.

    `low` and `high` are hard bounds and the support of the `prior`; `source` is an evidence or fact id
    (see calibration/data), or says that the value is a choice of this model. What a parameter sets `at_start` is built
    once: a later change would do nothing, or harm, and is refused.
    """
    return Field(
        default,
        ge=low,
        le=high,
        description=gloss,
        json_schema_extra={"unit": unit, "prior": prior, "source": source, "at_start": at_start},
    )


def declared(path: str) -> Any:
    """Return the field of a parameter as its row of the table declares it; path: its group and name.

    Raises KeyError for a parameter without a row, ValueError naming the row where a cell cannot be read.
    """
    row = rows()[path]
    try:
        low, high = (float(row[bound]) if row[bound] else None for bound in ("low", "high"))
        default = READERS[row["type"]](row["default"]) if row["default"] or row["type"] == "text" else None
    except (KeyError, ValueError) as error:
        raise ValueError(f"{TABLE.name}, {path}: {error}") from None
    prior: Any = row["prior"]
    at_start = row["read"] == "start"
    about = {name: row[name] for name in ("unit", "gloss", "source")}
    return parameter(default, **about, low=low, high=high, prior=prior, at_start=at_start)


@cache
def rows() -> dict[str, dict[str, str]]:
    """Return the rows of the table by the path of their parameter."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {f"{row['group']}.{row['name']}": row for row in csv.DictReader(file)}
