"""Export: what is on screen as a figure and as a table, everything as a table, the scenario, and the address."""

from collections.abc import Callable
from functools import partial
from typing import Any

from model import InferenceMarket
from runs.view.address import write_address
from runs.view.cards import title_of
from runs.view.download import Snapshot, changes_in_words, long_parquet, scenario_toml, snapshot, stem, wide_csv
from runs.view.download_charts import ALL_CHARTS, charts
from runs.view.download_figure import FORMATS, figure
from runs.view.download_widget import FileOffers, Make
from runs.view.page_session import Session
from runs.view.ui import html, solara

LEAD = (
    "Figures and tables hold what is on screen up to the date shown: the scenario, the baseline beside it, the date on "
    "which they part and what was changed."
)
VIEW_LEAD = (
    "The scenario with its levers runs again with jevons run --scenario FILE.toml --seed {seed}; the address of the "
    "page brings this view back, to the bit."
)
ALL = "All small charts"


@solara.component
def DownloadTab(session: Session, market: InferenceMarket | None, week: int) -> None:  # noqa: ARG001 - see `tabs`
    """Show the files to take away: first of all the measure that the first screen shows."""
    chart, set_chart = solara.use_state(f"measure-{session.choices.get('measure', '')}")
    kept: Any = solara.use_ref({})
    titles = {key: one.title for key, one in charts().items()} | {ALL_CHARTS: ALL}
    chart = chart if chart in titles else next(iter(titles))
    html("p", "jv-lead", LEAD)
    with html("div", "jv-card"):
        html("h2", "", title_of(session.setup))
        for line in solara.use_memo(lambda: changes_in_words(session.setup), [session.setup]):
            html("div", "", line)
        with html("div", "jv-row jv-choose"):
            solara.Select(
                "Chart",
                values=list(titles.values()),
                value=titles[chart],
                on_value=lambda title: set_chart(next(key for key, one in titles.items() if one == title)),
                dense=True,
            )
        _Files(_files(session, chart, kept.current), _offers(titles[chart]))
    with html("div", "jv-card"):
        html("h2", "", "This view")
        html("p", "jv-lead", VIEW_LEAD.format(seed=session.setup.seed))
        html("code", "jv-address", write_address(session.address_setup, choices=session.choices))


def _offers(title: str) -> list[dict[str, Any]]:
    """Return the rows of buttons."""
    kinds = [{"key": kind, "label": kind.upper()} for kind in FORMATS]
    return [
        {"title": title, "files": [*kinds, {"key": "csv", "label": "CSV"}]},
        {"title": "Everything recorded", "files": [{"key": "parquet", "label": "Parquet"}]},
        {"title": "The scenario with its levers", "files": [{"key": "toml", "label": "Scenario (TOML)"}]},
    ]


def _files(session: Session, chart: str, kept: dict[Any, Any]) -> dict[str, Make]:
    """Return what makes each file. The copy of the paths and its files are `kept` for a week: none is made twice."""

    def made(ending: str, make: Callable[[Snapshot], bytes]) -> tuple[str, bytes]:
        state = (session.setup, session.week, id(session.whole), id(session.baseline))
        if kept.get("state") != state:
            kept.clear()
            kept.update(view=snapshot(session), state=state)
        view: Snapshot = kept["view"]
        if ending not in kept:
            kept[ending] = make(view)
        return f"{stem(view.setup)}{ending}", kept[ending]

    part = "" if chart == ALL_CHARTS else f"-{chart}"
    drawn = {kind: (f"{part or '-charts'}.{kind}", partial(figure, chart=chart, kind=kind)) for kind in FORMATS}
    others = {
        "csv": (f"{part}.csv", partial(wide_csv, key=chart)),
        "parquet": (".parquet", long_parquet),
        "toml": (".toml", scenario_toml),
    }
    return {key: partial(made, *how) for key, how in (drawn | others).items()}


@solara.component
def _Files(files: dict[str, Make], offers: list[dict[str, Any]]) -> None:
    """Show the buttons; the widget asks for a key."""
    latest: Any = solara.use_ref(files)
    latest.current = files
    element = FileOffers.element(offers=offers)

    def attach() -> Callable[[], None]:
        widget: FileOffers = solara.get_widget(element)

        def asked(change: Any) -> None:
            widget.make(latest.current, str(change["new"][0]))

        widget.observe(asked, "wanted")
        return lambda: widget.unobserve(asked, "wanted")

    solara.use_effect(attach, [])
