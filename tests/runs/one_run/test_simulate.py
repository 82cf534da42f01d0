"""A run is stopped cleanly, keeps what was recorded, and leaves no empty folder behind."""

import datetime as dt
import json
import re
import signal
import time
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from calibration.store.code_fingerprint import versions
from model import JevonsError, Scenario
from runs.one_run import simulate as simulation
from runs.one_run.manifest import git_state
from runs.one_run.run_request import RunRequest, plan_run, run_scenario
from runs.one_run.simulate import simulate, span
from runs.terminal.run_progress import RunProgress, live_figures

BASELINE = Scenario.load("baseline")


class FakeClock:
    """Weeks from the scenario's start."""

    def __init__(self, scenario: Scenario) -> None:
        self.start, self.until, self.week = scenario.start, scenario.until, 0

    @property
    def date(self) -> dt.date:
        """The Monday of the week about to be simulated."""
        return dt.date.fromordinal(self.start.toordinal() + 7 * self.week)

    def week_of(self, day: dt.date) -> int:
        """The week that holds a day."""
        return (day - self.start).days // 7


class FakeObservables:
    """One series, whose value is the week."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    def latest(self, observable: str, *, default: float) -> float:
        """The value of the last week, of one series only."""
        return 1e12 * self.clock.week if observable == "tokens_served" and self.clock.week else default

    def frame(self) -> pd.DataFrame:
        """The long table so far."""
        weeks = self.clock.week
        dates = pd.date_range(self.clock.start, periods=weeks, freq="7D")
        name = {"observable": "tokens_served", "entity": "google", "segment": "all", "unit": "token/month"}
        return pd.DataFrame({"date": dates, **name, "value": 1e12 * np.arange(weeks)})


class FakeMarket:
    """A market whose week only advances the clock; `at` maps weeks to what happens in them."""

    at: dict[int, Any] = {}  # noqa: RUF012

    def __init__(self, scenario: Scenario, rng: int) -> None:
        self.clock = FakeClock(scenario)
        self.observables = FakeObservables(self.clock)
        self.phase_seconds = {"research": 0.25}
        self.at.get(-1, lambda: None)()

    def step(self) -> None:
        """Do what is planned for the week, then advance."""
        self.at.get(self.clock.week, lambda: None)()
        self.clock.week += 1


def press_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def refuse() -> None:
    raise JevonsError("week 3, phase pricing: price is not a finite number")


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> type[FakeMarket]:
    monkeypatch.setattr(simulation, "InferenceMarket", FakeMarket)
    monkeypatch.setattr(FakeMarket, "at", {})
    return FakeMarket


def request(out: Path, **changes: Any) -> RunRequest:
    asked: dict[str, Any] = {
        "scenario": "baseline",
        "scale": "small",
        "assignments": (),
        "seed": 7,
        "until": "2024-12-31",
        "out": out,
        "figures": False,
        "quiet": True,
    }
    return RunRequest(**asked | changes)


def run(asked: RunRequest) -> tuple[bool, str, str]:
    out, err = (Console(file=StringIO(), width=120) for _ in range(2))
    interrupted = run_scenario(asked, out, err)
    return interrupted, out.file.getvalue(), err.file.getvalue()  # type: ignore[attr-defined]


def plain(console: Console) -> str:
    """What was written to a console, without control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", console.file.getvalue())  # type: ignore[attr-defined]


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_a_whole_run_is_complete_and_says_how_it_was_made(market: type[FakeMarket], tmp_path: Path) -> None:
    interrupted, out, _ = run(request(tmp_path / "run", assignments=("scale.users=5000",), seed=11))
    record = manifest_of(tmp_path / "run")
    assert not interrupted
    assert out == f"{tmp_path / 'run'}\n"
    assert (record["status"], record["weeks"], record["last_week"]) == ("complete", 105, "2024-12-30")
    assert (record["seed"], record["start"], record["until"]) == (11, "2023-01-02", "2024-12-31")
    assert record["scenario"]["name"] == "baseline"
    assert record["scenario"]["overrides"] == {"scale.users": 5000}
    assert record["parameters"]["scale.users"] == 5000
    assert record["phase_seconds"] == {"research": 0.25}
    assert set(record["versions"]) == {"python", "jevons", "mesa", "numpy", "scipy", "pandas", "networkx", "pyarrow"}
    assert set(record["scores"]) == {"fitted"}, "every shipped figure was public when the ensemble was fitted"
    assert record["peak_memory_mib"] > 10.0
    assert len(pd.read_parquet(tmp_path / "run" / "observables.parquet")) == 105


def test_ctrl_c_ends_after_the_week_and_keeps_what_was_recorded(market: type[FakeMarket], tmp_path: Path) -> None:
    market.at = {10: press_ctrl_c}
    before = signal.getsignal(signal.SIGINT)
    interrupted, _, err = run(request(tmp_path / "run"))
    record = manifest_of(tmp_path / "run")
    assert interrupted
    assert "interrupted after week 11" in err
    assert (record["status"], record["weeks"], record["last_week"]) == ("interrupted", 11, "2023-03-13")
    assert len(pd.read_parquet(tmp_path / "run" / "observables.parquet")) == 11
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_stops_at_once(market: type[FakeMarket], tmp_path: Path) -> None:
    def press_twice() -> None:
        press_ctrl_c()
        press_ctrl_c()

    market.at = {3: press_twice}
    with pytest.raises(KeyboardInterrupt):
        run(request(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_ctrl_c_while_building_leaves_no_folder(market: type[FakeMarket], tmp_path: Path) -> None:
    market.at = {-1: press_ctrl_c}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            run(request(tmp_path / "run"))
    finally:
        signal.signal(signal.SIGINT, before)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("existed", [False, True])
def test_a_run_that_fails_takes_only_its_own_empty_folder_away(
    market: type[FakeMarket], tmp_path: Path, existed: bool
) -> None:
    market.at = {3: refuse}
    if existed:
        (tmp_path / "run").mkdir()
    with pytest.raises(JevonsError, match="not a finite number"):
        run(request(tmp_path / "run"))
    assert (tmp_path / "run").exists() == existed


def test_a_used_folder_is_refused_before_anything_is_built(market: type[FakeMarket], tmp_path: Path) -> None:
    market.at = {-1: lambda: pytest.fail("the market was built")}
    (tmp_path / "precious").write_text("kept")
    with pytest.raises(JevonsError, match="is not empty"):
        run(request(tmp_path))


def test_an_earlier_end_keeps_the_scenario_and_a_later_one_extends_it() -> None:
    change = (dt.date(2027, 1, 4), {"mechanisms.agents": False})
    dated = BASELINE.replace(changes=(change,))
    early, late = span(dated, "2027-06-30"), span(dated, "2029-12-31")
    assert (early.scenario, early.until) == (dated, dt.date(2027, 6, 30))
    assert (late.scenario.until, late.until) == (dt.date(2029, 12, 31), dt.date(2029, 12, 31))
    assert late.scenario.changes == dated.changes
    assert span(dated, None).until == dated.until


@pytest.mark.parametrize(("change", "first"), [("2027-01-04", "2027-01-04"), ("2027-01-06", "2027-01-11")])
def test_an_end_before_all_changes_is_refused_with_the_first_that_lets_one_happen(change: str, first: str) -> None:
    dated = BASELINE.replace(changes=((change, {"mechanisms.agents": False}), ("2028-01-03", {"demand.hurdle": 0.3})))
    for early in ("2024-06-30", str(dt.date.fromisoformat(first) - dt.timedelta(days=1))):
        with pytest.raises(JevonsError, match=f"until = {early} is before all changes of .* a date from {first} on"):
            span(dated, early)
    assert not span(dated, first).scenario.parameters_at(first).mechanisms.agents


@pytest.mark.parametrize("text", ["2022-12-31", "2023-02-30", "tomorrow", "2099-01-01"])
def test_an_impossible_end_is_refused(text: str) -> None:
    with pytest.raises(JevonsError, match="until = "):
        span(BASELINE, text)


def test_the_run_stops_in_the_week_that_holds_the_end(market: type[FakeMarket]) -> None:
    seen: list[tuple[int, int]] = []
    outcome = simulate(span(BASELINE, "2023-01-30"), 7, lambda m, weeks: seen.append((m.clock.week, weeks)))
    assert (outcome.weeks, outcome.interrupted) == (5, False)
    assert seen == [(week, 5) for week in range(6)]


def test_the_scale_of_the_request_takes_effect(tmp_path: Path) -> None:
    small = plan_run(request(tmp_path, scale="small")).scenario.parameters.flat()["scale.users"]
    assert small < plan_run(request(tmp_path, scale=None)).scenario.parameters.flat()["scale.users"]


def test_without_a_terminal_progress_is_one_line_a_year(market: type[FakeMarket]) -> None:
    console = Console(file=StringIO(), width=120)
    with RunProgress(console) as progress:
        simulate(span(BASELINE, "2024-06-30"), 7, progress.watch)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == [
        "2023: 52/78 weeks, 52 T token/month, -, - H100e, - USD/year",
        "2024: 78/78 weeks, 78 T token/month, -, - H100e, - USD/year",
    ]


def test_on_a_terminal_progress_ends_at_the_last_week(market: type[FakeMarket]) -> None:
    console = Console(file=StringIO(), width=140, force_terminal=True)
    with RunProgress(console) as progress:
        simulate(span(BASELINE, "2023-12-31"), 7, progress.watch)
    assert "52/52 weeks" in console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [80, 100])
def test_a_narrow_terminal_shows_the_whole_date_and_fewer_figures(market: type[FakeMarket], width: int) -> None:
    console = Console(file=StringIO(), width=width, force_terminal=True)
    with RunProgress(console) as progress:
        simulate(span(BASELINE, "2023-12-31"), 7, progress.watch)
    text = plain(console)
    assert "2023-12-25 " in text
    assert "52/52 weeks" in text
    assert "52 T token/month" in text
    assert "…" not in text


def test_live_figures_take_the_room_there_is() -> None:
    market: Any = FakeMarket(BASELINE, 1)
    market.clock.week = 52
    assert live_figures(market) == "52 T token/month, -, - H100e, - USD/year"
    assert live_figures(market, 30) == "52 T token/month, -, - H100e"
    assert live_figures(market, 15) == ""


def test_on_a_terminal_the_bar_says_which_figure_is_drawn_and_keeps_the_run_only() -> None:
    console = Console(file=StringIO(), width=80, force_terminal=True)
    with RunProgress(console) as progress:
        progress.watch(FakeMarket(BASELINE, 1), 52)  # type: ignore[arg-type]
        progress.draws(2, 5)
        progress.refresh()
    drawing, _, last = plain(console).rpartition("2023-01-02")
    assert re.search("drawing .* 2/5 figures", drawing)
    assert "drawing" not in last


def test_the_note_says_what_the_simulation_and_what_the_whole_command_took(
    market: type[FakeMarket], tmp_path: Path
) -> None:
    asked = request(tmp_path / "run", quiet=False, started=time.perf_counter() - 100.0)
    _, out, _ = run(asked)
    assert re.search(r"\(simulated in \d.*, 1 min 4\d s with loading, scores and files, ", out)


def test_on_a_terminal_the_bar_says_what_is_compiled() -> None:
    console = Console(file=StringIO(), width=140, force_terminal=True)
    with RunProgress(console) as progress:
        progress.watch(FakeMarket(BASELINE, 1), 52)  # type: ignore[arg-type]
        progress.compiles("movers")
    assert "compiling movers, once on this machine" in console.file.getvalue()  # type: ignore[attr-defined]


def test_elsewhere_one_line_says_that_loops_are_compiled() -> None:
    for quiet, lines in ((False, ["compiling loops, once on this machine: about ten seconds"]), (True, [])):
        console = Console(file=StringIO(), width=140)
        with RunProgress(console, quiet=quiet) as progress:
            progress.compiles("movers")
            progress.compiles("tell")
        assert console.file.getvalue().splitlines() == lines  # type: ignore[attr-defined]


def test_git_state_is_null_outside_a_checkout_of_this_project(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    assert git_state(tmp_path / "inner") == {"commit": None, "dirty": None}


def test_versions_name_the_interpreter() -> None:
    assert versions()["python"]
