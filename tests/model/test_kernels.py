"""Kernels: compiled loops give what NumPy gives, bit for bit, on drawn arguments and in whole markets."""

import copy
import importlib
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import agents.kernels
from agents.kernels import KERNELS, Kernel, compiled, kernel, told_of_compiling, using
from agents.streams import Streams
from model import InferenceMarket, Scenario
from tests.golden.run import golden_frame
from tests.model.kernel_arguments import MAKERS
from tests.model.states import everything

pytest.importorskip("numba")


def same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    return bool(a == b)


@pytest.mark.parametrize("name", MAKERS)
def test_a_loop_gives_the_bits_that_numpy_gives(name: str) -> None:
    """Results, and arguments that are written in place; from no rows at all to more than fit a piece."""
    known = KERNELS[name]
    for seed in range(12):
        for_numpy = MAKERS[name](np.random.default_rng(seed))
        for_loop = copy.deepcopy(for_numpy)
        assert same(known.plain(*for_numpy), known.loop()(*for_loop)), seed
        assert same(for_numpy, for_loop), seed


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 1003, 70_001, (101, 3)])
def test_streams_have_the_same_numbers_compiled(size: int | tuple[int, int]) -> None:
    """Philox as a loop: whole streams of any length, and the set-up."""
    drawn = []
    for loops in (True, False):
        with using(loops):
            streams = Streams(11)
            drawn.append([streams.uniform("a", -1, size), streams.uniform("a", 300, size)])
    assert same(*drawn)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("name", "argument"),
    [("recount", 0), ("recount", 1), ("recount", 2), ("recount", 3), ("recount", 4),
     ("write_uses", 0), ("write_uses", 5), ("write_uses", 8), ("audience_of", 0), ("audience_of", 1),
     ("add_growth", 3), ("seats_after", 1), ("seats_after", 2), ("enabled_after", 3), ("enabled_after", 4)],
)  # fmt: skip
def test_loops_look_nowhere_outside_their_tables(name: str, argument: int, large: bool) -> None:
    """A column that somebody wrote nonsense to is refused, as NumPy refuses it in its own words."""
    drawn = (MAKERS[name](np.random.default_rng(seed)) for seed in range(99))
    arguments = next(a for a in drawn if len(a[argument]) > 3 and a[argument].dtype != np.bool_)
    arguments[argument][3] = np.iinfo(arguments[argument].dtype).max if large else -2
    with pytest.raises(IndexError, match="there is not"):
        KERNELS[name].loop()(*arguments)


def test_every_kernel_is_compared() -> None:
    assert set(KERNELS) == set(MAKERS)


def test_every_loop_stands_for_its_function_as_it_is() -> None:
    """Whoever changes a function changes its loop, sees the comparisons pass, and calls `python -m tests.kernels`."""
    for module in {known.loops for known in KERNELS.values()}:
        now = {name: known.text() for name, known in KERNELS.items() if known.loops == module}
        assert now == importlib.import_module(module).STANDS_FOR


def test_a_compiled_market_is_the_same_market() -> None:
    """All that can be found by walking it, after two years with scarce compute."""
    scenario = Scenario.load("baseline", scale="small").replace({"scale.users": 1500, "hyperscalers.install_weeks": 20})
    walked = []
    for loops in (True, False):
        with using(loops):
            assert compiled() == loops
            market = InferenceMarket(scenario, rng=3)
            market.run(until="2024-12-30")
            assert (market.observables.values[: market.clock.week] != 0.0).any()
            walked.append(everything(market))
    assert walked[0] == walked[1]


def test_the_golden_run_is_the_same_compiled() -> None:
    with using(True):
        found = golden_frame()
    with using(False):
        assert found.equals(golden_frame())


TWO = 2


def twice(x: int) -> int:
    return TWO * x


def test_what_runs_is_settled_at_the_first_call_and_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that differs shows which one runs; the function does after a change in it, a constant or what it calls."""
    kernels: dict[str, Kernel] = {}
    loops = type(sys)("loops_of_this_test")
    monkeypatch.setattr(agents.kernels, "KERNELS", kernels)
    monkeypatch.setitem(sys.modules, loops.__name__, loops)
    loops.__dict__["double"] = lambda x: 2 * x + 1000

    @kernel(loops.__name__, twice)
    def double(x: int) -> int:
        return twice(x)

    loops.__dict__["STANDS_FOR"] = {"double": kernels["double"].text()}
    with using(False):
        assert double(4) == 8
    with using(True):
        assert double(4) == 1008
    assert double.__name__ == "double"

    def check_that_numpy_runs() -> None:
        with using(True), pytest.warns(UserWarning, match="double has changed and has no compiled loop any more"):
            assert double(4) == 4 * TWO
        with using(False):
            assert double(4) == 4 * TWO

    with monkeypatch.context() as changed:
        changed.setitem(globals(), "TWO", 3)
        check_that_numpy_runs()
    kernels["double"].calls = (same,)
    check_that_numpy_runs()


def test_numpy_runs_where_numba_is_not_installed_or_not_wanted() -> None:
    """In processes of their own: one where importing Numba fails, one with the switch, one with neither."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(sys.argv[1:])); from agents.kernels import compiled;"
        "from model import InferenceMarket, Scenario; print(compiled());"
        "InferenceMarket(Scenario.load('baseline', scale='small'), rng=1).step(); print('agents.loops' in sys.modules)"
    )
    for blocked, switch, runs in ((["numba"], "1", "False"), ([], "0", "False"), ([], "1", "True")):
        done = subprocess.run(
            [sys.executable, "-c", code, *blocked], env={**os.environ, "JEVONS_COMPILED": switch},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split() == [runs, runs]


def test_whoever_wants_to_know_is_told_what_is_compiled() -> None:
    """Once, before it is; nobody is where kernels run in NumPy."""
    from numba import njit

    told: list[str] = []
    for loops, names in ((False, []), (True, ["twice"])):
        fresh: Any = njit(twice)
        with using(loops), told_of_compiling(told.append):
            assert [fresh(4), fresh(5)] == [8, 10]
        assert told == names
