"""Consoles: plain where there is no terminal, whatever a notebook sets."""

import pytest

from runs.terminal.console import console


@pytest.mark.parametrize("stderr", [False, True])
def test_without_a_terminal_text_is_plain_where_a_notebook_asks_for_colours(
    stderr: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    found = console(stderr=stderr)
    found.print("[bold]word[/bold]")
    assert not found.is_terminal
    assert capsys.readouterr()[stderr] == "word\n"
