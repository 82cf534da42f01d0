"""Kernels: the few loops that take most of a run, in NumPy or compiled by Numba, with the same results bit for bit.

`JEVONS_BACKEND` in the environment chooses `numpy` or `numba`; without it Numba is used where it is installed. The
choice is made when a kernel is first asked for, so that importing this package stays cheap. Callers write
`kernels.movers(...)`. `BACKEND` names the choice.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from agents.jevons_error import JevonsError
from agents.kernels import numpy_kernels

if TYPE_CHECKING:
    from agents.kernels.numpy_kernels import *  # noqa: F403 - both modules have the same functions

    BACKEND: str


def __getattr__(name: str) -> Any:
    """Choose the backend and load its kernels at the first use; AttributeError for any other name."""
    if name not in ("BACKEND", *numpy_kernels.__all__):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    backend = chosen_backend()
    try:
        module = importlib.import_module(f"agents.kernels.{backend}_kernels")
    except ImportError as error:
        raise JevonsError(f"Numba cannot be loaded ({error}): set JEVONS_BACKEND=numpy, or reinstall numba") from None
    globals().update({kernel: getattr(module, kernel) for kernel in module.__all__}, BACKEND=backend)
    return globals()[name]


def chosen_backend() -> str:
    """Return `numpy` or `numba`; JevonsError where the environment asks for another, or for what is not installed."""
    installed = find_spec("numba") is not None
    backend = os.environ.get("JEVONS_BACKEND") or ("numba" if installed else "numpy")
    if backend not in ("numpy", "numba"):
        raise JevonsError(f"JEVONS_BACKEND={backend}: it is numpy or numba")
    if backend == "numba" and not installed:
        raise JevonsError("JEVONS_BACKEND=numba, but Numba is not installed: install it, or set JEVONS_BACKEND=numpy")
    return backend


@contextmanager
def told_of_compiling(tell: Callable[[str], None]) -> Iterator[None]:
    """Call `tell` with the name of each kernel that Numba is about to compile, which it does once on a machine."""
    if sys.modules[__name__].BACKEND == "numpy":
        yield
        return
    events: Any = importlib.import_module("numba.core.event")

    class Teller(events.Listener):  # type: ignore[misc,unused-ignore]
        def on_start(self, event: Any) -> None:
            function = event.data["dispatcher"].py_func
            if not function.__module__.startswith("numba."):  # Numba compiles parts of its own too
                tell(function.__name__)

        def on_end(self, event: Any) -> None:
            pass

    with events.install_listener("numba:compile", Teller()):
        yield
