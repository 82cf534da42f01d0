"""Downloads: the run, a figure, the scenario, and the address of this view."""

from collections.abc import Callable

from model import InferenceMarket
from runs.charts.run_figures import FIGURES
from runs.view.address import write_address
from runs.view.download import FORMATS, figure, scenario_toml, stem, table_csv, table_parquet
from runs.view.page_session import Session
from runs.view.ui import rv, solara

VIEW_LEAD = (
    "The scenario with its levers runs again with jevons run --scenario FILE.toml --seed {seed}; the address of the "
    "page brings this view back, to the bit."
)
FIGURE_TITLES = {
    "tokens": "Tokens",
    "prices": "Prices",
    "capacity": "Capacity",
    "revenue": "Revenue",
    "adoption": "Adoption",
}


@solara.component
def DownloadTab(session: Session, market: InferenceMarket | None, week: int) -> None:
    """Show what can be taken away."""
    name = stem(session.setup)
    if market is None or not week:
        rv.Html(tag="p", class_="jv-lead", children=["Nothing has been simulated yet: step a week, or press play."])
        return

    def locked(make: Callable[[InferenceMarket], bytes]) -> Callable[[], bytes]:
        def content() -> bytes:
            with session.lock:
                return make(market)

        return content

    with rv.Html(tag="div", class_="jv-card"):
        rv.Html(tag="h2", children=["The run so far"])
        rv.Html(tag="p", class_="jv-lead", children=["The long table: date, observable, entity, segment, value, unit."])
        with rv.Html(tag="div", class_="jv-row"):
            solara.FileDownload(locked(table_parquet), filename=f"{name}.parquet", label="Parquet")
            solara.FileDownload(locked(table_csv), filename=f"{name}.csv", label="CSV")
    with rv.Html(tag="div", class_="jv-card"):
        rv.Html(tag="h2", children=["Figures, with the disclosed actuals"])
        for key in FIGURES:
            with rv.Html(tag="div", class_="jv-row"):
                rv.Html(tag="span", class_="jv-figure-name", children=[FIGURE_TITLES.get(key, key)])
                for kind in FORMATS:
                    content = locked(lambda of, key=key, kind=kind: figure(of, key, kind))  # type: ignore[misc]
                    solara.FileDownload(content, filename=f"{name}-{key}.{kind}", label=kind.upper())
    with rv.Html(tag="div", class_="jv-card"):
        rv.Html(tag="h2", children=["This view"])
        rv.Html(tag="p", class_="jv-lead", children=[VIEW_LEAD.format(seed=session.setup.seed)])
        with rv.Html(tag="div", class_="jv-row"):
            solara.FileDownload(lambda: scenario_toml(session.setup), filename=f"{name}.toml", label="Scenario (TOML)")
        rv.Html(tag="code", class_="jv-address", children=[write_address(session.address_setup)])
