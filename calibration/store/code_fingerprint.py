"""Which code and which packages a result comes from."""

import ast
import ctypes
import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.linalg import _umath_linalg

from model import Parameters, declared_observables, version

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("mesa", "networkx", "numpy", "pandas", "pyarrow", "scipy")
# The packages that decide the bits of a run.
DECIDING = ("mesa", "numpy", "scipy")


@cache
def fingerprint(overridden: frozenset[str] = frozenset(), also: tuple[str, ...] = ()) -> str:
    """Return a hash of the market's code, of the files `also`, and of all parameters that are not `overridden`.

    Comments, docstrings, layout, and what is said about a parameter (gloss, source, bounds) or an observable (formula,
    gloss) do not count. Nor do the defaults of parameters that a run sets itself: moving the baseline to a member of
    the posterior leaves the posterior's runs valid. NumPy and Numba kernels give the same bits, so the backend does not
    count either.
    """
    values = {k: v for k, v in Parameters.load().flat().items() if k not in overridden and "title" not in k}
    kept = [(one.name, one.unit, one.entities, one.segments) for one in declared_observables()]
    return digest([code_fingerprint("agents", "model", *also), kept, values])[:16]


@cache
def code_fingerprint(*places: str) -> str:
    """Return a hash of the statements in files and folders of the project, the same on every version of Python."""
    files = (file for place in places for file in (sorted((ROOT / place).rglob("*.py")) or [ROOT / place]))
    return digest([(file.relative_to(ROOT).as_posix(), statements(file.read_text(encoding="utf-8"))) for file in files])


def statements(source: str) -> str:
    """Return the statements of a module as text."""
    return repr(_plain(ast.parse(source)))


def _plain(node: Any) -> Any:
    """Return a syntax tree as tuples and lists, without what cannot change a result."""
    if isinstance(node, list):
        return [plain for one in node if (plain := _plain(one)) is not None]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.expr_context):
        return None
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return None
    fields = ((name, _plain(getattr(node, name, None))) for name in node._fields)
    return (type(node).__name__, *((name, value) for name, value in fields if value is not None and value != []))


@cache
def versions(packages: tuple[str, ...] = PACKAGES) -> Mapping[str, str | None]:
    """Return the versions of Python, this project and packages; None for a package that is not installed."""
    python = ".".join(platform.python_version_tuple()[:2])
    found: dict[str, str | None] = {"python": python, "jevons": version()}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


@cache
def processor() -> str:
    """Return what decides the last bits of a result beside code and versions, in one line.

    The machine, the vector instructions that NumPy uses of those it has code for, the kernels of its BLAS, and libc.
    """
    features = np.show_config(mode="dicts")["SIMD Extensions"].get("found", ())
    return f"{platform.machine()} {'+'.join(features) or 'baseline'}, BLAS {_blas()}, {'-'.join(platform.libc_ver())}"


def _blas() -> str:
    """Return the processor for which the OpenBLAS in NumPy chose its kernels, where that is its BLAS."""
    library = ctypes.CDLL(_umath_linalg.__file__)
    for name in ("scipy_openblas_get_corename64_", "scipy_openblas_get_corename", "openblas_get_corename"):
        if hasattr(library, name):
            found = getattr(library, name)
            found.restype = ctypes.c_char_p
            return str(found().decode())
    return "unknown"


def digest(content: Any) -> str:
    """Return the SHA-256 of plain values, as hexadecimal digits; the order of a mapping's keys does not count."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
