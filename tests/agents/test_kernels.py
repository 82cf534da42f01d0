"""Kernels: Numba's loops give what NumPy gives, bit for bit, and one variable chooses between them."""

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.choice import QUANTA
from agents.kernels import numpy_kernels

ROOT = Path(__file__).resolve().parents[2]
LABS, LEVELS = 5, 4
Arguments = dict[str, Any]


def labs(rng: np.random.Generator, n: int) -> Any:
    return rng.integers(-1, LABS, n).astype(np.int8)


def uniforms(rng: np.random.Generator, n: int) -> Any:
    return rng.random(n, dtype=np.float32)


def for_movers(rng: np.random.Generator, n: int) -> Arguments:
    contacts = rng.integers(0, 40, n).astype(np.uint16)
    readiness = rng.lognormal(0.0, 1.0, n).astype(np.float32)
    readiness[rng.random(n) < 0.02] = np.nan
    people = {"app": labs(rng, n), "peers": (contacts * rng.random(n)).astype(np.uint16), "contacts": contacts}
    chances = {"innovation": 0.02, "imitation": 0.3, "appeal": float(rng.random()), "moves": float(rng.random() / 5)}
    return {"uniform": uniforms(rng, n), **people, "readiness": readiness, **chances}


def for_write_moves(rng: np.random.Generator, n: int) -> Arguments:
    known = rng.integers(0, 6, n) * int(rng.random() < 0.9)
    starts = np.concatenate(([0], known.cumsum())).astype(np.int32)
    rows = rng.permutation(n)[: n // 2]
    people = {"app": labs(rng, n), "paid": rng.random(n) < 0.5, "peers": rng.integers(0, 3, n).astype(np.uint16)}
    network = {"starts": starts, "contacts": rng.integers(0, max(n, 1), starts[-1]).astype(np.int32)}
    return {**people, **network, "rows": rows, "apps": labs(rng, len(rows))}


def for_recount(rng: np.random.Generator, n: int) -> Arguments:
    changed, level = rng.permutation(n)[: n // 2], np.bool_ if rng.random() < 0.5 else np.int8
    moved = {name: labs(rng, len(changed)) for name in ("option_before", "option")}
    moved |= {name: rng.integers(0, LEVELS, len(changed)).astype(level) for name in ("level_before", "level")}
    total, rows = np.rint(rng.random((1 + LABS, LEVELS)) * QUANTA), rng.integers(0, 100, (1 + LABS, LEVELS))
    return {"changed": changed, **moved, "amounts": 9 * uniforms(rng, n), "total": total, "rows": rows}


def for_ration(rng: np.random.Generator, n: int) -> Arguments:
    """Counts from nothing to 2^50, fractions with ties, noughts and ones."""
    counts = rng.integers(0, 2 ** rng.integers(1, 50, (n, 1)), (n, 7)) * (rng.random((n, 7)) < 0.8)
    return {"counts": counts, "fraction": np.minimum(rng.integers(0, 9, n) / 7, 1.0), "together": 4}


def for_events(rng: np.random.Generator, n: int) -> Arguments:
    """Three layers of n applications; each calls up to six of those in later layers."""
    degree = rng.integers(0, 7, 2 * n)
    later = np.repeat((np.arange(2 * n) // max(n, 1) + 1) * n, degree)
    called = rng.integers(later, 3 * n).astype(np.int32)
    columns = {"base": uniforms(rng, 3 * n), "limit": 2 * uniforms(rng, 3 * n), "enabled": rng.random(3 * n) < 0.4}
    graph = {"bounds": np.concatenate(([0], degree.cumsum())).astype(np.int32), "called": called}
    return {**columns, "chances": uniforms(rng, 2), "layer_starts": np.arange(4) * n, **graph}


def for_model_tasks(rng: np.random.Generator, n: int) -> Arguments:
    columns = {"events": uniforms(rng, n), "enabled": rng.random(n) < 0.4, "slot": rng.integers(0, 9, n)}
    return {**columns, "calls_per_event": np.float32(0.3), "slots": 9}


def for_draws(rng: np.random.Generator, n: int) -> Arguments:
    return {"out": uniforms(rng, n), "key": rng.integers(0, 2**64, 2, dtype=np.uint64), "counter": 312}


MAKERS: dict[str, Callable[[np.random.Generator, int], Arguments]] = {
    "fill_uniform": for_draws, "model_tasks": for_model_tasks, "movers": for_movers, "ration": for_ration,
    "recount": for_recount, "spread_events": for_events, "write_moves": for_write_moves,
}  # fmt: skip


def bits(value: Any) -> Any:
    """Everything in results or arguments, with types and shapes."""
    if isinstance(value, tuple):
        return [bits(each) for each in value]
    return (value.dtype.str, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("name", numpy_kernels.__all__)
@given(seed=st.integers(0, 2**32), n=st.one_of(st.integers(0, 300), st.integers(4090, 9000)))
def test_a_loop_gives_the_bits_that_numpy_gives(name: str, seed: int, n: int) -> None:
    """Results, and arguments that are written in place; from no rows at all to more than fit a piece."""
    numba_kernels: Any = pytest.importorskip("agents.kernels.numba_kernels", exc_type=ImportError)
    arguments = MAKERS[name](np.random.default_rng(seed), n)
    for_loop = copy.deepcopy(arguments)
    found = getattr(numba_kernels, name)(**for_loop)
    assert bits(found) == bits(getattr(numpy_kernels, name)(**arguments))
    assert list(map(bits, for_loop.values())) == list(map(bits, arguments.values()))


@pytest.mark.parametrize("argument", ["changed", "option", "option_before", "level", "level_before"])
@pytest.mark.parametrize("nonsense", [99, -9])
def test_a_loop_reads_nothing_outside_its_tables(argument: str, nonsense: int) -> None:
    """A column that somebody wrote nonsense to is refused, as NumPy refuses it in its own words."""
    numba_kernels: Any = pytest.importorskip("agents.kernels.numba_kernels", exc_type=ImportError)
    arguments = for_recount(np.random.default_rng(4), 40)
    arguments |= {name: arguments[name].astype(np.int8) for name in ("level", "level_before")}
    arguments[argument][3] = nonsense
    with pytest.raises(IndexError, match="there is not"):
        numba_kernels.recount(**arguments)


def run(code: str, backend: str | None, *blocked: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, in which importing `blocked` fails."""
    others = {name: value for name, value in os.environ.items() if name != "JEVONS_BACKEND"}
    environment = others if backend is None else {**others, "JEVONS_BACKEND": backend}
    block = f"import sys; sys.modules.update(dict.fromkeys({blocked!r}));"
    command = [sys.executable, "-c", block + code]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("backend", "blocked", "chosen"), [(None, (), "numba"), ("numpy", (), "numpy"), (None, ("numba",), "numpy")]
)
def test_the_environment_chooses_at_the_first_use(backend: str | None, blocked: tuple[str, ...], chosen: str) -> None:
    if chosen == "numba":
        pytest.importorskip("numba")
    code = "import agents.users; from agents import kernels; print('numba' in sys.modules, kernels.BACKEND)"
    assert run(code, backend, *blocked).stdout.split() == [str(bool(blocked)), chosen]


@pytest.mark.parametrize(("backend", "blocked"), [("fortran", ()), ("numba", ("numba",))])
def test_a_backend_that_there_is_not_is_refused_in_one_line(backend: str, blocked: tuple[str, ...]) -> None:
    done = run(
        "from runs.cli import main; sys.argv[1:] = ['run', '--quiet', '--until', '2023-02-01']; sys.exit(main())",
        backend,
        *blocked,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"JEVONS_BACKEND={backend}" in done.stderr
    assert "numpy" in done.stderr


@pytest.mark.slow
def test_a_small_run_is_the_same_with_both_backends() -> None:
    pytest.importorskip("numba")
    code = (
        "import hashlib; from model import InferenceMarket, Scenario;"
        "market = InferenceMarket(Scenario.load('baseline', scale='small'), rng=7).run();"
        "print(hashlib.sha256(market.observables.values.tobytes()).hexdigest())"
    )
    found = {run(code, backend).stdout for backend in ("numpy", "numba")}
    assert len(found) == 1
    assert len(found.pop()) == 65


def test_who_asks_is_told_what_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, before it is; nobody is told anything with NumPy."""
    numba: Any = pytest.importorskip("numba")
    from agents import kernels

    def twice(x: int) -> int:
        return 2 * x

    for backend, names in (("numpy", []), ("numba", ["twice"])):
        monkeypatch.setattr(kernels, "BACKEND", backend, raising=False)
        told: list[str] = []
        fresh = numba.njit(twice)
        with kernels.told_of_compiling(told.append):
            assert [fresh(4), fresh(5)] == [8, 10]
        assert told == names
