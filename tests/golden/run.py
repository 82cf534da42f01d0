"""The golden run: a tiny market, eighteen months, every observable at three dates."""

from pathlib import Path

import pandas as pd

from model import InferenceMarket, Scenario

GOLDEN = Path(__file__).with_name("golden.csv")
WEEKS = (26, 52, 77)
TINY = {"scale.users": 1000, "scale.developers": 400, "scale.enterprises": 12, "scale.applications_mean": 300.0}


def golden_frame() -> pd.DataFrame:
    """Simulate the golden run and return date, observable, entity, segment, value, unit at the golden weeks."""
    market = InferenceMarket(Scenario.load("baseline").replace(TINY), rng=20230102)
    market.run(until=market.clock.date_of(max(WEEKS)))
    frame = market.observables.frame()
    dates = pd.to_datetime([market.clock.date_of(week) for week in WEEKS])
    return frame[frame["date"].isin(dates)].reset_index(drop=True)
