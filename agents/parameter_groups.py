"""Declaring parameters beside the behaviour that reads them.

A group of parameters is a frozen, validated object; each parameter states its unit, bounds, prior,
source and meaning where it is declared, so that the whole table can be gathered and printed.
"""

import functools
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

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
    """Declare one parameter of a `Group`.

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


initial = functools.partial(parameter, at_start=True)
"""Declare a parameter that only the start reads."""
