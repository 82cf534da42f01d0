"""The command, without a browser: what it refuses, and where it listens."""

import importlib
import socket
import sys

import pytest

from model import JevonsError
from runs.cli import execute
from runs.view import serve
from runs.view.serve import SETTINGS, _bind, url_of


def test_a_taken_port_is_refused_in_one_line_with_a_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert execute(["view", "--port", str(port), "--no-browser"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert str(port) in error
    assert "--port" in error


def test_a_missing_extra_is_refused_in_one_line_that_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    assert execute(["view", "--no-browser", "--port", "0"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "extra 'view'" in error


def test_it_listens_on_the_loopback_unless_told_otherwise() -> None:
    command = importlib.import_module("runs.commands.view_command")
    options = {option.name: option.default for option in command.view.params}
    assert options["host"] == "127.0.0.1"
    with _bind("127.0.0.1", 0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
        assert url_of(listening).startswith("http://127.0.0.1:")


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(JevonsError, match="cannot listen"):
        _bind("203.0.113.7", 0)


def test_nothing_is_reported_and_nothing_fetched() -> None:
    assert SETTINGS["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
    assert SETTINGS["SOLARA_ASSETS_CDN"].startswith("http://127.0.0.1")
    assert SETTINGS["SOLARA_MODE"] == "production"


@pytest.mark.parametrize(
    ("scenario", "words"),
    [("power-squeze", "did you mean 'power-squeeze'"), ("missing.toml", "missing.toml: cannot be read")],
)
def test_a_scenario_that_there_is_not_is_refused_before_anything_is_served(
    scenario: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_bind", lambda *_: pytest.fail("it listens"))
    assert execute(["view", "--no-browser", "--port", "0", "--scenario", scenario]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error
