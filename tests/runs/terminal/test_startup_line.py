"""A command that is long in coming says so: on a terminal soon, in a log after a while."""

import io
import time

import pytest

from runs.terminal.startup_line import ERASE_LINE, early_line


class Terminal(io.StringIO):
    """Text that is kept, as if it were shown."""

    def isatty(self) -> bool:
        """Whether this is a terminal."""
        return True


@pytest.mark.parametrize(
    ("stream", "quiet", "patience", "written"),
    [
        (Terminal(), False, 0.0, f"loading ...{ERASE_LINE}"),
        (Terminal(), False, 60.0, ""),
        (Terminal(), True, 0.0, ""),
        (io.StringIO(), False, 0.0, "loading ...\n"),
        (io.StringIO(), False, None, ""),
    ],
    ids=["slow", "quick", "quiet", "no terminal", "no terminal, quick"],
)
def test_the_line_is_shown_where_it_takes_long_and_taken_off(
    stream: io.StringIO, quiet: bool, patience: float | None, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    with early_line("loading", quiet=quiet, patience_seconds=patience):
        until = time.monotonic() + 5.0
        while written and not stream.getvalue() and time.monotonic() < until:
            time.sleep(0.005)
    assert stream.getvalue() == written


def test_a_block_that_prints_itself_ends_the_line_first(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with early_line("loading", patience_seconds=0.0) as shown:
        until = time.monotonic() + 5.0
        while not stream.getvalue() and time.monotonic() < until:
            time.sleep(0.005)
        shown()
        stream.write("answer")
    assert stream.getvalue() == f"loading ...{ERASE_LINE}answer"
