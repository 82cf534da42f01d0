"""What a sweep says of itself while it runs."""

import importlib.util
import io

import pytest
from rich.console import Console

from runs.sweep.sweep_progress import SweepProgress


def said(*, terminal: bool, done: int, steps: int) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=160)
    with SweepProgress(console, 3, done, 0) as progress:
        for _ in range(steps):
            progress.step(ok=True)
    return stream.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_until_the_first_run_ends_a_sweep_says_that_workers_start(terminal: bool) -> None:
    assert "starting workers" in said(terminal=terminal, done=0, steps=0)
    assert "starting workers" not in said(terminal=terminal, done=3, steps=0), "there is nothing left to start for"


def test_without_a_terminal_the_start_is_one_line_and_the_end_another() -> None:
    first, last = said(terminal=False, done=1, steps=2).splitlines()
    assert first.startswith("starting workers")
    assert last.startswith("3/3 runs, 0 failed")


def test_the_first_run_takes_the_place_of_the_start_on_the_bar() -> None:
    begin, end = said(terminal=True, done=0, steps=1).split("\r\x1b[2K")
    assert "starting workers" in begin
    assert "0 failed" in end
    assert "starting workers" not in end


@pytest.mark.parametrize(("there", "words"), [(object(), True), (None, False)])
def test_that_loops_are_compiled_is_said_where_numba_is_installed(
    there: object, words: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: there)
    assert ("compiles loops first" in said(terminal=False, done=0, steps=0)) == words
