"""The run's figures: tokens, prices, capacity, revenue and adoption, each with the disclosed actuals over it.

A series that the run did not record is left out; a panel without any says so.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calibration.targets import Target
from model import write_atomically
from runs.charts.figure_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RC,
    SKY,
    VERMILLION,
    Board,
    Line,
    LineStyle,
    day_number,
    draw,
    draw_actuals,
    draw_point,
    finish,
    footnote,
    key,
    label_ends,
    new_figure,
    percent_axis,
    save_png,
)
from runs.charts.palette import HEX, PAYERS, hyperscalers, labs
from runs.terminal.short_numbers import short

# State of compute -> colour, line style, width.
STATES: dict[str, tuple[str, LineStyle, float]] = {
    "ordered": (ORANGE, ":", 1.6),
    "installed": (BLACK, "--", 1.3),
    "live": (BLUE, "-", 2.0),
}
SEGMENTS = {"embedded": PURPLE, **{name: HEX[colour] for name, colour in reversed(list(PAYERS.items()))}}
TOKEN_UNIT = "tokens a month (T = 10$^{12}$, Q = 10$^{15}$)"
# Weeks.
QUARTER = 13


def write_figures(
    frame: pd.DataFrame,
    targets: Sequence[Target],
    folder: Path,
    watch: Callable[[int, int], object] = lambda _number, _all: None,
) -> list[Path]:
    """Draw every figure of the run's long table `frame` into `folder` as PNG; the files, in order.

    `watch(number, all)` is called before each, from 1 on.
    """
    board = Board(frame, targets)
    files: list[Path] = []
    for name, build in FIGURES.items():
        watch(len(files) + 1, len(FIGURES))
        path = folder / f"{name}.png"
        with matplotlib.rc_context(RC):
            figure = build(board)
            write_atomically(path, lambda stream: save_png(figure, stream))  # noqa: B023
        files.append(path)
    return files


def tokens(board: Board) -> Figure:
    """Tokens served and unserved by segment, and the disclosed totals of Google and OpenAI."""
    served, share = board.end("tokens_served", "market", "all"), board.end("demand_unserved_share", "market", "all")
    title = _title("Tokens a month", board, _short(served, "{} served"), _percent(share, "{} of demand unserved"))
    figure = new_figure(title, (10.5, 4.9))
    left, right = figure.subplots(1, 2, sharey=True)
    lines = [Line("tokens_served", "market", s, s, c) for s, c in SEGMENTS.items()]
    lines += [Line("tokens_unserved", "market", s, s, c, ":", 1.3, QUARTER) for s, c in SEGMENTS.items()]
    segments = draw(left, board, lines)
    companies = [
        Line("tokens_served", "market", "all", "whole market", GREY, width=1.2),
        Line("tokens_served", "google", "all", "Google, all surfaces", _colour("google")),
        Line("tokens_served", "google", "api", "Google, API", SKY, "--"),
        Line("tokens_served", "openai", "all", "OpenAI, all", _colour("openai")),
        Line("tokens_served", "openai", "api", "OpenAI, API", ORANGE, "--"),
    ]
    disclosed = draw(right, board, companies)
    _panel(left, board, segments, "By segment", TOKEN_UNIT)
    _panel(right, board, disclosed, "Google and OpenAI against their disclosures", "")
    footnote(figure, keys=[key("served"), key("unserved, mean of 13 weeks (left)", ":", width=1.3)])
    return figure


def prices(board: Board) -> Figure:
    """List prices by lab and tier, and what constant quality and the paid blend cost."""
    quality = board.series("price_constant_quality", "market", "gpt-4-class")
    sold = None if quality is None else quality[quality > 0.0]
    fall = None if sold is None or sold.empty else float(sold.iloc[0] / sold.iloc[-1])
    cheaper = f"GPT-4-class quality {float(f'{fall:.2e}'):,.0f} times cheaper" if fall else None
    title = _title("Price per million tokens", board, cheaper)
    figure = new_figure(title, (10.5, 4.9))
    left, right = figure.subplots(1, 2, sharey=True)
    lines = [*_by_lab("price_list", "flagship"), *_by_lab("price_list", "light", ":", 1.2)]
    listed = draw(left, board, lines)
    blends = [
        Line("price_constant_quality", "market", "gpt-4-class", "GPT-4-class\nquality", BLACK, width=2.2),
        Line("price_paid", "market", "api", "paid on the API\n(in, out, cached)", ORANGE, width=2.2),
    ]
    paid = draw(right, board, blends)
    _draw_ratios(right, board, paid)
    _panel(left, board, listed, "List price of output, by lab", "USD per million tokens")
    _panel(right, board, paid, "Constant quality, and the blend that customers pay", "", gap=0.12)
    footnote(figure, keys=[key("flagship tier"), key("light tier", ":", width=1.2)])
    return figure


def capacity(board: Board) -> Figure:
    """Live, installed and ordered compute of each provider, and how busy serving capacity is."""
    live, ordered = board.end("live_compute", "market", "all"), board.end("ordered_compute", "market", "all")
    title = _title("Compute", board, _short(live, "{} H100e live"), _short(ordered, "{} on order"))
    providers = [("market", "All providers"), *((entity, name) for entity, (name, _) in hyperscalers().items())]
    rows = math.ceil(len(providers) / 3)
    figure = new_figure(title, (10.5, 2.73 * (rows + 1)))
    grid = figure.add_gridspec(rows + 1, 3)
    shown: list[tuple[Axes, list[Line], str]] = []
    for i, (entity, name) in enumerate(providers):
        axes = figure.add_subplot(grid[i // 3, i % 3], sharey=shown[0][0] if shown else None)
        lines = [Line(f"{state}_compute", entity, "all", "", c, style, w) for state, (c, style, w) in STATES.items()]
        shown.append((axes, draw(axes, board, lines), name))
    for i, (axes, drawn, name) in enumerate(shown):
        _panel(axes, board, drawn, name, "H100e" if i % 3 == 0 else "", labelled=False)
        axes.tick_params(labelleft=i % 3 == 0)
    busy = _by_lab("utilisation", "serving", width=1.1)
    busy.append(Line("utilisation", "market", "serving", "market", BLACK, width=2.2))
    _shares(figure.add_subplot(grid[rows, :]), board, busy, "Utilisation of serving capacity", "GPU-hours")
    names = {"live": "live", "installed": "installed", "ordered": "on order"}
    footnote(
        figure, keys=[key(name, STATES[state][1], STATES[state][0], STATES[state][2]) for state, name in names.items()]
    )
    return figure


def revenue(board: Board) -> Figure:
    """Revenue run rate by lab with yearly totals, by who pays, and what the API and coding bring."""
    rate, lead = board.end("revenue_run_rate", "market", "all"), _largest(board, "revenue_run_rate", "all")
    title = _title("Revenue run rate", board, _short(rate, "{} USD a year"), lead and f"{lead} leads")
    figure = new_figure(title, (12.5, 4.9))
    left, middle, right = figure.subplots(1, 3, sharey=True)
    by_lab = draw(left, board, _by_lab("revenue_run_rate", "all"))
    for line in by_lab:
        draw_actuals(left, board.actuals("revenue", line.entity, line.segment), line.colour)
    whole = Line("revenue_run_rate", "market", "all", "all", BLACK, width=2.2)
    payers = [Line("revenue_run_rate", "market", s, f"{s}s", HEX[c]) for s, c in PAYERS.items()]
    paid = draw(middle, board, [whole, *payers])
    products = [
        Line("revenue_run_rate", "market", "api", "API", ORANGE),
        Line("revenue_run_rate", "market", "coding", "coding", GREY),
        Line("revenue_run_rate", "anthropic", "coding", "Anthropic's\ncoding", _colour("anthropic"), "--", 1.3),
    ]
    sold = draw(right, board, products)
    _panel(left, board, by_lab, "By lab (bars: totals of a year)", "USD/year")
    _panel(middle, board, paid, "By who pays: parts add up to all", "")
    _panel(right, board, sold, "Of this: API and coding, which overlap", "", gap=0.09)
    footnote(figure)
    return figure


def adoption(board: Board) -> Figure:
    """Weekly consumers by lab, developers' tool use and enterprises' stages."""
    people = _largest(board, "weekly_users", "consumer")
    top = max((board.end("weekly_users", n, "consumer") or 0.0 for n in labs()), default=0.0)
    production = board.end("enterprise_adoption", "market", "production")
    most = _short(top, f"{people} has {{}} weekly users") if people else None
    title = _title("Adoption", board, most, _percent(production, "{} of enterprises in production"))
    figure = new_figure(title, (12.5, 4.6))
    users, developers, firms = figure.subplots(1, 3)
    by_lab = draw(users, board, _by_lab("weekly_users", "consumer"))
    _panel(users, board, by_lab, "Consumers", "weekly users", log=False)
    tools = (("any", "any tool", BLUE), ("daily", "daily", GREEN), ("agent", "agents", VERMILLION))
    used = [Line("developer_tool_use", "market", s, t, c) for s, t, c in tools]
    _shares(developers, board, used, "Developers who use AI tools", "developers")
    stages = (
        ("any-use", "any use", BLUE),
        ("production", "production", GREEN),
        ("three-functions", "three or more\nfunctions", VERMILLION),
    )
    reached = [Line("enterprise_adoption", "market", s, t, c) for s, t, c in stages]
    _shares(firms, board, reached, "Enterprises by stage reached", "enterprises")
    footnote(figure)
    return figure


FIGURES: dict[str, Callable[[Board], Figure]] = {
    "tokens": tokens,
    "prices": prices,
    "capacity": capacity,
    "revenue": revenue,
    "adoption": adoption,
}


def _panel(
    axes: Axes,
    board: Board,
    drawn: list[Line],
    title: str,
    unit: str,
    *,
    log: bool = True,
    labelled: bool = True,
    gap: float = 0.062,
) -> None:
    """Title, axes and labels of a panel whose lines are drawn, like those of the panels that share its value axis."""
    axes.set_title(title)
    finish(axes, board, unit, log=log)
    if not drawn:
        axes.text(0.5, 0.5, "nothing to show in this run", transform=axes.transAxes, ha="center", color=GREY)
    elif labelled:
        label_ends(axes, board, drawn, gap)


def _shares(axes: Axes, board: Board, lines: list[Line], title: str, whole: str) -> None:
    """A panel of shares of a `whole`, from 0 to 100 per cent."""
    drawn = draw(axes, board, lines)
    _panel(axes, board, drawn, title, f"share of {whole}", log=False, labelled=False)
    percent_axis(axes)
    label_ends(axes, board, drawn, gap=0.1)


def _draw_ratios(axes: Axes, board: Board, lines: list[Line]) -> None:
    """Disclosed ratios of two levels, as points measured from where the run's own series stood at the first date."""
    for line in lines:
        values = board.series(line.observable, line.entity, line.segment)
        for target in board.actuals(line.observable, line.entity, line.segment):
            if values is None or target.statistic != "ratio":
                continue
            base = float(values[: pd.Timestamp(target.start)].iloc[-1:].sum()) or float(values.iloc[0])
            band = (base * target.low, base * target.value, base * target.high)
            draw_point(axes, day_number(target.end), band, target.role, line.colour)


def _by_lab(observable: str, segment: str, style: LineStyle = "-", width: float = 1.7) -> list[Line]:
    """A line for every lab, under its name and in its colour."""
    return [Line(observable, lab, segment, name, HEX[colour], style, width) for lab, (name, colour) in labs().items()]


def _colour(lab: str) -> str:
    """Colour of a lab, grey for one that the data do not have."""
    return HEX[labs().get(lab, ("", "grey"))[1]]


def _largest(board: Board, observable: str, segment: str) -> str | None:
    """Name of the lab with the largest value of a series at the end of the run."""
    ends = {name: board.end(observable, lab, segment) or 0.0 for lab, (name, _) in labs().items()}
    best = max(ends, key=lambda name: ends[name])
    return best if ends[best] > 0.0 else None


def _short(value: float | None, template: str) -> str | None:
    return template.format(short(value)) if value else None


def _percent(value: float | None, template: str) -> str | None:
    return template.format(f"{value:.0%}") if value is not None else None


def _title(subject: str, board: Board, *facts: str | None) -> str:
    """Subject and what the run's last month shows, with its name."""
    known = [fact for fact in facts if fact]
    if not known or board.last is None:
        return subject
    return f"{subject}: {', '.join(known)} ({board.last:%b %Y})"
