"""Downloads: the run, a figure, the scenario, and the address of this view."""

from collections.abc import Callable
from functools import partial

from model import InferenceMarket
from runs.charts.run_figures import FIGURES
from runs.view.address import write_address
from runs.view.download import FORMATS, figure, scenario_toml, stem, table_csv, table_parquet
from runs.view.page_session import Session
from runs.view.ui import html, solara

VIEW_LEAD = (
    "The scenario with its levers runs again with jevons run --scenario FILE.toml --seed {seed}; the address of the "
    "page brings this view back, to the bit."
)


@solara.component
def DownloadTab(session: Session, market: InferenceMarket | None, week: int) -> None:
    """Show the files to download."""
    name = stem(session.setup)
    if market is None or not week:
        html("p", "jv-lead", "Nothing has been simulated yet: step a week, or press play.")
        return

    def offer(label: str, ending: str, make: Callable[[InferenceMarket], bytes]) -> None:
        def content() -> bytes:
            with session.lock:
                return make(market)

        solara.FileDownload(content, filename=f"{name}{ending}", label=label)

    with html("div", "jv-card"):
        html("h2", "", "The run so far")
        html("p", "jv-lead", "The long table: date, observable, entity, segment, value, unit.")
        with html("div", "jv-row"):
            offer("Parquet", ".parquet", table_parquet)
            offer("CSV", ".csv", table_csv)
    with html("div", "jv-card"):
        html("h2", "", "Figures, with the disclosed actuals")
        for key in FIGURES:
            with html("div", "jv-row"):
                html("span", "jv-figure-name", key.capitalize())
                for kind in FORMATS:
                    offer(kind.upper(), f"-{key}.{kind}", partial(figure, name=key, kind=kind))
    with html("div", "jv-card"):
        html("h2", "", "This view")
        html("p", "jv-lead", VIEW_LEAD.format(seed=session.setup.seed))
        with html("div", "jv-row"):
            offer("Scenario (TOML)", ".toml", lambda _: scenario_toml(session.setup))
        html("code", "jv-address", write_address(session.address_setup))
