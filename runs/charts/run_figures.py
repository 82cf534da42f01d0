"""The run's figures: tokens, prices, capacity, revenue and adoption, each with the disclosed actuals over it.

A series that the run did not record is left out; a panel without any says so.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calibration.shipped import part_of
from calibration.targets import Target
from model import write_atomically
from runs.charts.curves import Curve, by_lab, by_payer, by_segment, disclosed_tokens
from runs.charts.figure_style import (
    GREY,
    Board,
    day_number,
    draw,
    draw_point,
    finish,
    footnote,
    key,
    label_ends,
    new_figure,
    percent_axis,
    save_png,
    shared_style,
)
from runs.charts.palette import HEX
from runs.charts.readings import series_name, window_words
from runs.terminal.short_numbers import short

# State of compute -> colour, dash, width.
STATES = {"live": ("blue", "solid", 2.0), "installed": ("ink", "dash", 1.3), "ordered": ("orange", "dot", 1.6)}


def write_figures(
    frame: pd.DataFrame,
    targets: Sequence[Target],
    folder: Path,
    watch: Callable[[int, int], object] = lambda _number, _all: None,
) -> list[Path]:
    """Draw every figure of the run's long table `frame` into `folder` as PNG; returns the files, in order.

    `watch(number, all)` is called before each figure, from 1 on.
    """
    board = Board(frame, targets)
    files: list[Path] = []
    for name, build in FIGURES.items():
        watch(len(files) + 1, len(FIGURES))
        path = folder / f"{name}.png"
        with matplotlib.rc_context(shared_style()):
            figure = build(board)
            write_atomically(path, lambda stream: save_png(figure, stream))  # noqa: B023
        files.append(path)
    return files


def tokens(board: Board) -> Figure:
    """Draw tokens served and unserved by segment, and the disclosed totals of Google and OpenAI."""
    served, share = board.end("tokens_served", "market", "all"), board.end("demand_unserved_share", "market", "all")
    title = _title("Tokens a month", board, _short(served, "{} served"), _percent(share, "{} of demand turned away"))
    figure = new_figure(title, (10.5, 4.9))
    left, right = figure.subplots(1, 2, sharey=True)
    unserved = by_segment("tokens_unserved", dash="dot", width=1.3)
    segments = draw(left, board, (*by_segment("tokens_served"), *unserved))
    whole = Curve("tokens_served", "market", "all", "whole market", "grey", width=1.2)
    disclosed = draw(right, board, (whole, *disclosed_tokens()))
    _panel(left, board, segments, "By segment (T = 10¹², Q = 10¹⁵)")
    _panel(right, board, disclosed, "Google and OpenAI against their disclosures", first=False)
    footnote(
        figure, keys=[key("served"), key(f"turned away, {window_words('tokens_unserved')} (left)", "dot", width=1.3)]
    )
    return figure


def prices(board: Board) -> Figure:
    """Draw list prices by lab and tier, and what constant quality and the paid blend cost."""
    quality = board.series("price_constant_quality", "market", "gpt-4-class")
    sold = None if quality is None else quality[quality > 0.0]
    fall = None if sold is None or sold.empty else float(sold.iloc[0] / sold.iloc[-1])
    cheaper = f"GPT-4 quality {float(f'{fall:.2e}'):,.0f} times cheaper" if fall else None
    figure = new_figure(_title("Price per million tokens", board, cheaper), (10.5, 4.9))
    left, right = figure.subplots(1, 2, sharey=True)
    tiers = (
        *by_lab("price_list", "flagship", board.labs),
        *by_lab("price_list", "light", board.labs, dash="dot", width=1.2),
    )
    listed = draw(left, board, tiers)
    blends = (
        Curve("price_constant_quality", "market", "gpt-4-class", "", "ink", width=2.2),
        Curve("price_paid", "market", "api", "", "orange", width=2.2),
    )
    paid = draw(right, board, blends)
    _draw_ratios(right, board, paid)
    _panel(left, board, listed, "List price of output, by lab")
    _panel(right, board, paid, "GPT-4 quality, and the blend (in, out, cached) that is paid", first=False, gap=0.12)
    footnote(figure, keys=[key("flagship tier"), key("light tier", "dot", width=1.2)])
    return figure


def capacity(board: Board) -> Figure:
    """Draw live, installed and ordered compute of each provider, and how busy serving capacity is."""
    live, ordered = board.end("live_compute", "market", "all"), board.end("ordered_compute", "market", "all")
    title = _title("Compute", board, _short(live, "{} H100e live"), _short(ordered, "{} on order"))
    providers = [("market", "All providers"), *((entity, name) for entity, (name, _) in board.hyperscalers.items())]
    rows = math.ceil(len(providers) / 3)
    figure = new_figure(title, (10.5, 2.73 * (rows + 1)))
    grid = figure.add_gridspec(rows + 1, 3)
    shown: list[tuple[Axes, list[Curve], str]] = []
    for i, (entity, name) in enumerate(providers):
        axes = figure.add_subplot(grid[i // 3, i % 3], sharey=shown[0][0] if shown else None)
        states = (
            Curve(f"{state}_compute", entity, "all", "", colour, dash, width=width)
            for state, (colour, dash, width) in STATES.items()
        )
        shown.append((axes, draw(axes, board, states), name))
    for i, (axes, drawn, name) in enumerate(shown):
        _panel(axes, board, drawn, name, first=i % 3 == 0, labelled=False)
        axes.tick_params(labelleft=i % 3 == 0)
    market = Curve("utilisation", "market", "serving", "market", "ink", width=2.2)
    busy = (*by_lab("utilisation", "serving", board.labs, width=1.1), market)
    _shares(figure.add_subplot(grid[rows, :]), board, busy, "Utilisation of serving capacity", "GPU-hours")
    names = {state: series_name(f"{state}_compute", "market", "all") for state in STATES}
    footnote(figure, keys=[key(names[state], dash, colour, width) for state, (colour, dash, width) in STATES.items()])
    return figure


def revenue(board: Board) -> Figure:
    """Draw the revenue run rate by lab with yearly totals, by who pays, and what metered work and plans bring."""
    rate, lead = board.end("revenue_run_rate", "market", "all"), _largest(board, "revenue_run_rate", "all")
    title = _title("Revenue run rate", board, _short(rate, "{} USD a year"), lead and f"{lead} leads")
    figure = new_figure(title, (12.5, 4.9))
    left, middle, right = figure.subplots(1, 3, sharey=True)
    labs_drawn = draw(left, board, by_lab("revenue_run_rate", "all", board.labs))
    whole = Curve("revenue_run_rate", "market", "all", "all", "ink", width=2.2)
    paid = draw(middle, board, (whole, *by_payer("revenue_run_rate")))
    products = (
        Curve("revenue_run_rate", "market", "business-api", "", "orange"),
        Curve("revenue_run_rate", "market", "subscription", "", "indigo"),
        Curve("revenue_run_rate", "market", "seat", "", "grey"),
        Curve("revenue_run_rate", "anthropic", "coding", "", board.labs["anthropic"][1], "dash", width=1.3),
    )
    sold = draw(right, board, products)
    _panel(left, board, labs_drawn, "By lab (bars: totals at a year's rate)")
    _panel(middle, board, paid, "By who pays: parts add up to all", first=False)
    _panel(right, board, sold, "Of this: what is paid for", first=False, gap=0.09)
    footnote(figure)
    return figure


def adoption(board: Board) -> Figure:
    """Draw weekly consumers by lab, developers' tool use and enterprises' stages."""
    people = _largest(board, "weekly_users", "consumer")
    top = max((board.end("weekly_users", n, "consumer") or 0.0 for n in board.labs), default=0.0)
    production = board.end("enterprise_adoption", "market", "production")
    most = _short(top, f"{people} has {{}} weekly users") if people else None
    title = _title("Adoption", board, most, _percent(production, "{} of enterprises in production"))
    figure = new_figure(title, (12.5, 4.6))
    users, developers, firms = figure.subplots(1, 3)
    _panel(users, board, draw(users, board, by_lab("weekly_users", "consumer", board.labs)), "Weekly users", log=False)
    tools = {"any": "any tool", "daily": "every day", "agent": "with agents"}
    colours = ("blue", "green", "vermillion")
    used = [
        Curve("developer_tool_use", "market", *one, colour) for one, colour in zip(tools.items(), colours, strict=True)
    ]
    _shares(developers, board, used, "Developers who use AI tools", "developers")
    stages = {"any-use": "any use", "production": "in production", "three-functions": "three or more functions"}
    reached = [
        Curve("enterprise_adoption", "market", *one, colour)
        for one, colour in zip(stages.items(), colours, strict=True)
    ]
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
    drawn: list[Curve],
    title: str,
    *,
    first: bool = True,
    log: bool = True,
    labelled: bool = True,
    gap: float = 0.062,
) -> None:
    """Give a panel whose curves are drawn its title, axes and labels.

    Only the first of the panels that share a value axis shows the unit.
    """
    axes.set_title(title)
    finish(axes, board, drawn[0].unit if drawn and first else "", log=log)
    if not drawn:
        axes.text(0.5, 0.5, "nothing to show in this run", transform=axes.transAxes, ha="center", color=GREY)
    elif labelled:
        label_ends(axes, board, drawn, gap)


def _shares(axes: Axes, board: Board, curves: Iterable[Curve], title: str, whole: str) -> None:
    """Draw a panel of shares of a `whole`, from 0 to 100 per cent."""
    drawn = draw(axes, board, curves)
    _panel(axes, board, drawn, title, log=False, labelled=False)
    axes.set_ylabel(f"share of {whole}")
    percent_axis(axes)
    label_ends(axes, board, drawn, gap=0.1)


def _draw_ratios(axes: Axes, board: Board, curves: list[Curve]) -> None:
    """Draw disclosed ratios of two levels as points, measured from the run's own value at the first date."""
    for curve in curves:
        values = board.series(*curve.series)
        for target in board.disclosed:
            if values is None or target.series != curve.series or target.statistic != "ratio":
                continue
            base = float(values[: pd.Timestamp(target.start)].iloc[-1:].sum()) or float(values.iloc[0])
            band = (base * target.low, base * target.value, base * target.high)
            draw_point(axes, day_number(target.end), band, part_of(target), HEX[curve.colour])


def _largest(board: Board, observable: str, segment: str) -> str | None:
    """Return the name of the lab with the largest value of a series at the end of the run."""
    ends = {name: board.end(observable, lab, segment) or 0.0 for lab, (name, _) in board.labs.items()}
    best = max(ends, key=lambda name: ends[name])
    return best if ends[best] > 0.0 else None


def _short(value: float | None, template: str) -> str | None:
    return template.format(short(value)) if value else None


def _percent(value: float | None, template: str) -> str | None:
    return template.format(f"{value:.0%}") if value is not None else None


def _title(subject: str, board: Board, *facts: str | None) -> str:
    """Return a title: the subject, and what the run's last week shows."""
    known = [fact for fact in facts if fact]
    if not known or board.last is None:
        return subject
    return f"{subject}: {', '.join(known)} ({board.last.day} {board.last:%B %Y})"
