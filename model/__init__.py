"""The market: one week, clock, parameters, scenarios, kernel, allocation, ledger, networks, observables.

This is the public face. Names are loaded when they are first asked for, so that importing it costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.kernels import chosen_backend, told_of_compiling
    from model.about import version
    from model.atomic_files import reason_of, write_atomically
    from model.clock import Clock, parse_date
    from model.errors import ConservationError, JevonsError, NotFiniteError, UnknownSeriesError, nearest
    from model.market import InferenceMarket
    from model.networks import Networks
    from model.observable_table import Observable, declared_observables, declared_series, unknown_series
    from model.observables import Observables
    from model.parameters import Parameters, parse_assignments
    from model.phases import Phase, insert_phase, phase
    from model.scenario import SCALES, Scenario
    from model.scenario_file import scenario_outlines
    from model.world import World

__all__ = [
    "SCALES", "Clock", "ConservationError", "InferenceMarket", "JevonsError", "Networks", "NotFiniteError",
    "Observable", "Observables", "Parameters", "Phase", "Scenario", "UnknownSeriesError", "World", "chosen_backend",
    "declared_observables", "declared_series", "insert_phase", "nearest", "parse_assignments", "parse_date",
    "phase", "reason_of", "scenario_outlines", "told_of_compiling", "unknown_series", "version", "write_atomically",
]  # fmt: skip

_NAMES = {
    "agents.kernels": "chosen_backend told_of_compiling",
    "model.about": "version",
    "model.atomic_files": "reason_of write_atomically",
    "model.clock": "Clock parse_date",
    "model.errors": "ConservationError JevonsError NotFiniteError UnknownSeriesError nearest",
    "model.market": "InferenceMarket",
    "model.networks": "Networks",
    "model.observable_table": "Observable declared_observables declared_series unknown_series",
    "model.observables": "Observables",
    "model.parameters": "Parameters parse_assignments",
    "model.phases": "Phase insert_phase phase",
    "model.scenario": "SCALES Scenario",
    "model.scenario_file": "scenario_outlines",
    "model.world": "World",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it; AttributeError for any other name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names and what the module itself holds."""
    return sorted({*globals(), *__all__})
