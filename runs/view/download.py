"""Files to download: the run as a table, a figure, the scenario."""

import io

import matplotlib
import pandas as pd

from calibration.targets import load_targets
from model import InferenceMarket, JevonsError
from runs.charts.figure_style import Board, shared_style
from runs.charts.run_figures import FIGURES
from runs.view.address import Setup

FORMATS = ("png", "svg")


def table_parquet(market: InferenceMarket) -> bytes:
    """Return the long table of the run so far as Parquet. Raises JevonsError before the first week."""
    buffer = io.BytesIO()
    _table(market).to_parquet(buffer, compression="zstd", index=False)
    return buffer.getvalue()


def table_csv(market: InferenceMarket) -> bytes:
    """Return the long table of the run so far as CSV. Raises JevonsError before the first week."""
    return _table(market).to_csv(index=False, lineterminator="\n").encode()


def figure(market: InferenceMarket, name: str, kind: str) -> bytes:
    """Return a standard figure of the run so far, as `kind` (png or svg). Raises JevonsError for any other."""
    if name not in FIGURES or kind not in FORMATS:
        known = f"figures are {', '.join(FIGURES)}, as {' or '.join(FORMATS)}"
        raise JevonsError(f"figure = {name!r} as {kind!r}: no such figure; {known}")
    buffer = io.BytesIO()
    with matplotlib.rc_context({**shared_style(), "svg.fonttype": "none"}):
        FIGURES[name](Board(_table(market), load_targets())).savefig(buffer, format=kind, dpi=150.0)
    return buffer.getvalue()


def scenario_toml(setup: Setup) -> bytes:
    """Return the scenario with all levers as a file that `jevons run --scenario` takes."""
    return setup.build().as_toml().encode()


def stem(setup: Setup) -> str:
    """Return the name, without ending, under which files of a view are saved."""
    moved = "-levers" if setup.levers else ""
    return f"jevons-{setup.scenario.removesuffix('.toml')}-{setup.scale}-seed{setup.seed}{moved}"


def _table(market: InferenceMarket) -> pd.DataFrame:
    if not market.clock.week:
        raise JevonsError("nothing has been simulated yet: step a week, or press play")
    return market.observables.frame()
