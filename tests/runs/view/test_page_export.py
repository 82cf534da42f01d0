"""Files taken from the page in a browser."""

import io
import tomllib

import pandas as pd
import pytest

from model import InferenceMarket, Scenario
from tests.runs.view.conftest import Open, download

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one server, one browser


def test_files_follow_the_week_shown(open_page: Open) -> None:
    tab = open_page("?scale=small&at=2023-06-05&tab=downloads")  # the tab's former name
    before = pd.read_csv(io.BytesIO(download(tab, "csv")[1]))
    tab.button("Step a week").click()
    tab.reach(lambda at: "at=2023-06-12" in at.page.url)
    after = pd.read_csv(io.BytesIO(download(tab, "csv")[1]))
    assert len(after) == len(before) + 1


def test_files_hold_both_paths_and_the_scenario(open_page: Open) -> None:
    tab = open_page("?scale=small&seed=5&lever=mechanisms.agents=false&at=2023-06-05")
    tab.open_tab("Export")
    tab.page.get_by_text("From the start: Agents on → off").wait_for(timeout=120_000)
    name, content = download(tab, "parquet")
    assert name == "jevons-baseline-small-seed5-levers.parquet"
    base = Scenario.load("baseline", scale="small")
    market, other = (
        InferenceMarket(scenario, rng=5).run(until="2023-06-05")
        for scenario in (base.replace({"mechanisms.agents": False}), base)
    )
    table = pd.read_parquet(io.BytesIO(content))
    for path, of in (("scenario", market), ("baseline", other)):
        expected = of.observables.frame()["value"].to_numpy()
        assert table.loc[table["path"] == path, "value"].to_numpy().tolist() == expected.tolist()
    wide = pd.read_csv(io.BytesIO(download(tab, "csv")[1]))
    assert len(wide) == market.clock.week
    served_tokens = market.observables.series("tokens_served")[-1]
    assert wide["served (token/month), scenario"].iloc[-1] == pytest.approx(served_tokens)
    scenario = download(tab, "toml")[1].decode()
    assert tomllib.loads(scenario)["mechanisms"] == {"agents": False}
    assert Scenario.parse(scenario).parameters == market.parameters
    name, picture = download(tab, "png")
    assert name == "jevons-baseline-small-seed5-levers-measure-tokens.png"
    assert picture.startswith(b"\x89PNG")
    drawing = download(tab, "svg")[1].decode()
    assert "From the start: Agents on → off" in drawing
