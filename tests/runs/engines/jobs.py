"""Jobs for engines to do: what they return, raise and survive. Workers import this file by its name."""

import gc
import itertools
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

LARGE = 50_000_000
WRITE = ("1", "64")  # the number of write() on x86-64 and on ARM


_HOARD: list[bytes] = []


class Mark(NamedTuple):
    """A job that leaves a line in a file each time it is begun."""

    file: str
    number: int


def square(number: int) -> int:
    print("printed by a job")
    return number * number


def itself(job: Any) -> Any:
    return job


def who(_: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three is\nnot allowed")
    return number


def leave(number: int) -> int:
    sys.exit(number)


def unpicklable(_: int) -> Any:
    return lambda: None


def die_once(job: Mark) -> int:
    began = _note(job)
    if began == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return job.number


def always_die(job: Mark) -> int:
    _note(job)
    os.kill(os.getpid(), signal.SIGKILL)
    return job.number


def die_or_wait(job: Mark) -> int:
    """Die, or take longer than three workers take to die."""
    if "deadly" in job.file:
        return always_die(job)
    _note(job)
    time.sleep(0.2)
    return job.number


def die_while_sending(job: Mark) -> bytes:
    """Return what does not fit into a pipe; the first time the worker is killed while it writes it."""
    if _note(job) == 1:
        main = Path(f"/proc/self/task/{os.getpid()}/syscall")

        def kill_at_write() -> None:
            while True:
                number, *arguments = main.read_text().split()
                if number in WRITE and int(arguments[2], 16) > LARGE // 2:
                    os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=kill_at_write, daemon=True).start()
    return bytes(LARGE)


def note(job: Mark) -> int:
    _note(job)
    return job.number


def wait_long(job: Mark) -> int:
    _note(job)
    time.sleep(600)
    return job.number


def hoard(number: int) -> int:
    """Keep memory, and take long enough for loky to look at it afterwards; returns the process."""
    _HOARD.append(bytes([number]) * 20_000_000)
    time.sleep(1.1)
    return os.getpid()


def never_end_at_three(number: int) -> int:
    """Return the number; three keeps its worker busy for ever, in one call that no exception can enter."""
    if number == 3:
        sum(itertools.repeat(0))
    return number


def _note(job: Mark) -> int:
    """Write that the job was begun, and by whom; how often it has been."""
    file = Path(f"{job.file}.{job.number}")
    with file.open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    return len(file.read_text().splitlines())


def nap(number: int) -> int:
    time.sleep(0.01)
    return number


def frozen(_: int) -> int:
    return gc.get_freeze_count()
