"""Jobs for engines to do: what they return, raise and survive. Workers import this file by its name."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple


class Mark(NamedTuple):
    """A job that leaves a line in a file each time it is begun."""

    file: str
    number: int


def square(number: int) -> int:
    print("printed by a job")
    return number * number


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


def note(job: Mark) -> int:
    _note(job)
    return job.number


def wait_long(job: Mark) -> int:
    _note(job)
    time.sleep(600)
    return job.number


def _note(job: Mark) -> int:
    """Write that the job was begun, and by whom; how often it has been."""
    file = Path(f"{job.file}.{job.number}")
    with file.open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    return len(file.read_text().splitlines())
