"""A hundred kills of main processes, workers and schedulers: no run is lost, done twice, or other than it was."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runs.sweep.sweep import Sweep
from tests.runs.engines.cluster import Cluster
from tests.runs.sweep.test_faults import workers_of
from tests.runs.sweep.tiny import RUNS, TINY, result_set

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
CODE = """
import json, sys
from runs import Sweep
from tests.runs.sweep.tiny import TINY
Sweep(TINY, sys.argv[1]).run(**json.loads(sys.argv[2]))
"""


def start(folder: Path, **options: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(folder), json.dumps(options)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def whole_after_kills(
    folder: Path,
    begin: Callable[[], "subprocess.Popen[bytes]"],
    victims: Callable[[int], list[int]],
    luck: random.Random,
    quota: int,
) -> int:
    """Start a sweep until it ends by itself, and kill it or one of `victims` at random moments; how many were killed.

    A run whose worker dies three times in one start counts as failed, so each start loses two workers at most.
    """
    killed = 0
    while True:
        process, others = begin(), 2
        while process.poll() is None:
            time.sleep(luck.uniform(0.1, 3.0))
            workers = victims(process.pid) if others else []
            victim = luck.choice([process.pid, *workers])
            if killed < quota and process.poll() is None:
                others -= victim != process.pid
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                    killed += 1
        if process.wait() == 0:
            return killed


def outlast(tmp_path: Path, whole: Path, kills: int, sweep: Callable[[Path, random.Random, int], int]) -> None:
    """Kill sweeps in new folders until `kills` are spent; each folder holds the whole sweep in the end."""
    luck, killed, number = random.Random(kills), 0, 0
    while killed < kills:
        number += 1
        folder = tmp_path / f"sweep-{number}"
        killed += sweep(folder, luck, kills - killed)
        assert result_set(folder) == result_set(whole)


def test_kills_of_local_sweeps_and_their_workers(tmp_path: Path, whole_sweep: Path) -> None:
    def sweep(folder: Path, luck: random.Random, quota: int) -> int:
        return whole_after_kills(folder, lambda: start(folder, workers=2), workers_of, luck, quota)

    outlast(tmp_path, whole_sweep, 34, sweep)


def test_kills_of_sweeps_on_dask_of_their_workers_and_of_the_scheduler(tmp_path: Path, whole_sweep: Path) -> None:
    pytest.importorskip("distributed")
    with contextlib.closing(Cluster(tmp_path)) as cluster:

        def begin_in(folder: Path) -> "subprocess.Popen[bytes]":
            cluster.mend()
            return start(folder, engine="dask", scheduler=cluster.address, patience=20)

        def victims(_: int) -> list[int]:
            return [process.pid for process in (cluster.scheduler, *cluster.workers) if process.poll() is None]

        def sweep(folder: Path, luck: random.Random, quota: int) -> int:
            return whole_after_kills(folder, lambda: begin_in(folder), victims, luck, quota)

        outlast(tmp_path, whole_sweep, 33, sweep)


def test_kills_of_shards_that_run_side_by_side(tmp_path: Path, whole_sweep: Path) -> None:
    def sweep(folder: Path, luck: random.Random, quota: int) -> int:
        waiting, killed = ["1/4", "2/4", "3/4", "4/4"], 0
        running: dict[str, subprocess.Popen[bytes]] = {}
        while waiting or running:
            while waiting and len(running) < 2:
                share = waiting.pop()
                running[share] = start(folder, engine="serial", shard=share)
            time.sleep(luck.uniform(0.05, 1.5))
            share = luck.choice(sorted(running))
            if killed < quota and running[share].poll() is None:
                running[share].kill()
                killed += 1
            for share, process in list(running.items()):
                if process.poll() is not None:
                    del running[share]
                    waiting += [] if process.wait() == 0 else [share]
        last = Sweep(TINY, folder)
        last.run(engine="serial", merge=True)
        assert last.outcome is not None
        assert (last.outcome.ok, last.outcome.done_now) == (RUNS, 0)
        return killed

    outlast(tmp_path, whole_sweep, 33, sweep)
