"""A Dask cluster of plain processes, each of which a test may kill."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Cluster:
    """A scheduler and two workers without nannies; `mend` replaces those that are dead."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0
        self.workers: list[subprocess.Popen[bytes]] = []
        self._begin()

    def _begin(self) -> None:
        self._count += 1
        file = self._folder / f"scheduler-{self._count}.json"
        self.scheduler = self._dask("scheduler", "--port", "0", "--host", "127.0.0.1", "--scheduler-file", str(file))
        end = time.monotonic() + 60.0
        while not file.exists() or not file.read_text().endswith("}"):
            assert time.monotonic() < end, "no scheduler starts"
            time.sleep(0.05)
        self.address = file.read_text().split('"address": "')[1].split('"')[0]
        self.workers = [self._worker(), self._worker()]

    def _worker(self) -> "subprocess.Popen[bytes]":
        return self._dask("worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "60")

    def _dask(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": str(self._folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def mend(self) -> None:
        """Replace workers that are dead, and everything where the scheduler is."""
        if self.scheduler.poll() is not None:
            self.close()
            self._begin()
        self.workers = [worker if worker.poll() is None else self._worker() for worker in self.workers]

    def close(self) -> None:
        """Kill all processes."""
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait()
