"""Settings of every test, and what tests of all folders share.

`pytest` runs the fast tier, `pytest -m slow` what takes longer: see .ci/run.
"""

import fcntl
import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from model import InferenceMarket

# NumPy's versions of the kernels are tested everywhere, and compiled ones where they are compared with them.
os.environ.setdefault("JEVONS_BACKEND", "numpy")

# Time limits belong in a benchmark: here they would fail on a busy machine. Examples are the same in every run.
settings.register_profile("fast", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("thorough", deadline=None, derandomize=True, max_examples=400)
settings.load_profile("fast")

Once = Callable[[str, Callable[[Path], object]], Path]
SmallMarket = Callable[[str], "InferenceMarket"]


def pytest_collection_finish() -> None:
    """Take what collection made out of the garbage collector's sight: product code collects after every run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a file or folder once in a session, whichever worker asks first: `once(name, make)` gives its path.

    `make` writes to the path that it is given. Tests read what was made and never write there.
    """
    root = tmp_path_factory.getbasetemp()
    shared = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "shared"
    shared.mkdir(exist_ok=True)

    def made(name: str, make: Callable[[Path], object]) -> Path:
        path, partial = shared / name, shared / f"partial-{name}"
        with (shared / f"lock-{name}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                make(partial)
                partial.rename(path)
        return path

    return made


@pytest.fixture(scope="session")
def small_market(once: Once) -> SmallMarket:
    """`small_market(day)`: the baseline at small scale after the week of that day, seed 7; a new copy at each call."""
    from model import InferenceMarket, Scenario

    def load(day: str) -> InferenceMarket:
        def make(path: Path) -> None:
            InferenceMarket(Scenario.load("baseline", scale="small"), rng=7).run(until=day).save(path)

        return InferenceMarket.load(once(f"market-{day}", make))

    return load


@pytest.fixture(scope="session")
def toy_fit(once: Once) -> Path:
    """A calibration of the toy market: a folder with `runs`, what was found in `found.pickle`, and `posterior`."""
    from tests.calibration import toy

    return once("toy", toy.fit)


@pytest.fixture(scope="session")
def whole_sweep(once: Once) -> Path:
    """The result set of an uninterrupted sweep of the tiny design."""
    from runs import Sweep
    from tests.runs.sweep.tiny import RUNS, TINY

    def make(folder: Path) -> None:
        sweep = Sweep(TINY, folder)
        sweep.run(engine="serial")
        assert sweep.outcome is not None
        assert (sweep.outcome.ok, sweep.outcome.failed) == (RUNS, 0)

    return once("sweep", make)
