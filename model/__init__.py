"""The market: one week, clock, parameters, scenarios, kernel, allocation, ledger, networks, observables.

This is the public face. Names are loaded when they are first asked for, so that importing it costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.about import version
    from model.clock import Clock, parse_date
    from model.errors import ConservationError, JevonsError, NotFiniteError
    from model.market import InferenceMarket
    from model.networks import Networks
    from model.observables import Observables
    from model.parameters import Parameters, parse_assignment
    from model.phase import Phase
    from model.scenario import SCALES, Scenario

__all__ = [
    "SCALES",
    "Clock",
    "ConservationError",
    "InferenceMarket",
    "JevonsError",
    "Networks",
    "NotFiniteError",
    "Observables",
    "Parameters",
    "Phase",
    "Scenario",
    "parse_assignment",
    "parse_date",
    "version",
]

_HOME = {
    "Clock": "clock",
    "ConservationError": "errors",
    "InferenceMarket": "market",
    "JevonsError": "errors",
    "Networks": "networks",
    "NotFiniteError": "errors",
    "Observables": "observables",
    "Parameters": "parameters",
    "Phase": "phase",
    "SCALES": "scenario",
    "Scenario": "scenario",
    "parse_assignment": "parameters",
    "parse_date": "clock",
    "version": "about",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it; AttributeError for any other name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names and what the module itself holds."""
    return sorted({*globals(), *__all__})
