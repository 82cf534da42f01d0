"""The scoreboard as text: on the console, in docs/calibration.md and in README.md, from the same tables."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from calibration.discrepancy import Processes
from calibration.ensemble import Ensemble
from calibration.posterior import LARGEST_K_HAT
from calibration.scores import (
    AHEAD,
    LEAST_SERIES,
    by_anchor,
    by_entrant,
    by_family,
    by_horizon,
    google_tokens,
    losing_figures,
    pit_table,
    summary,
)
from calibration.shapes import Shape, load_shapes
from calibration.targets import Target
from model import write_atomically
from runs.scores.score_table import FITTED, HORIZONS, period, series_title, span
from runs.terminal.narrow_table import fitted_table
from runs.terminal.short_numbers import bare, short

TABLES, SCORES = "tables", "scores"
# How rows of scores begin for figures of a series of which something was public at the origin, and for all others.
KNOWN, NEW = "series with an earlier figure, ", "series without one, "

# Columns that may be wrapped, and those that a narrow terminal can do without, the first one first.
WORDS = ("what", "figures", "family", "rival", "shape", "series", "nearer")
SPARE = (
    "50%", "band", "prior 95%", "p", "CRPS", "50% covers", "median in band", "when", "90%?", "known", "target",
    "its 90%", "width",
)  # fmt: skip

Rows = list[list[str]]
Table = tuple[list[str], Rows]


@dataclass(frozen=True)
class Scoreboard:
    """All that is shown: every scored cell, the table of the latest origin, ensembles, its processes, the targets."""

    cells: pd.DataFrame
    fit: pd.DataFrame
    ensembles: Sequence[Ensemble]
    processes: Processes
    targets: Sequence[Target]

    @property
    def last(self) -> Ensemble:
        """The ensemble of the latest origin."""
        return self.ensembles[-1]

    def of(self, targets: Sequence[Target]) -> "Scoreboard":
        """The same for some of the targets."""
        ids = [target.id for target in targets]
        cells, fit = (frame[frame["id"].isin(ids)].reset_index(drop=True) for frame in (self.cells, self.fit))
        return replace(self, cells=cells, fit=fit, targets=targets)


def figure_rows(board: Scoreboard) -> Table:
    """One row a target at the latest origin; dashes for one that its members' runs lack."""
    prior = "reached" in board.fit
    head = ["id", "what", "when", "target", "band", *(["prior 95%"] if prior else []),
            "median", "50%", "90%", "log10", "band?", "90%?"]  # fmt: skip
    cells: dict[str, Any] = {row["id"]: row for row in board.fit.to_dict("records")}
    rows = []
    for target in board.targets:
        cell, unit = cells.get(target.id), target.unit
        row = [target.id, series_title(target.entity, target.observable, target.segment), period(target),
               bare(target.value, unit), span(target.low, target.high, unit)]  # fmt: skip
        if cell is None or math.isnan(cell["median"]):
            rows.append(row + ["-"] * (len(head) - len(row)))
            continue
        row[0] += "" if cell["fitted"] else "*"
        if prior:
            told = not math.isnan(cell["prior_q025"])
            reach = span(cell["prior_q025"], cell["prior_q975"], unit) if told else "-"
            row.append(reach + ("" if cell["reached"] else " OUT"))
        row += [bare(cell["median"], unit), span(cell["q25"], cell["q75"], unit), span(cell["q05"], cell["q95"], unit)]
        row += [f"{cell['error']:+.2f}", *("in" if cell[name] else "OUT" for name in ("inside", "in90"))]
        rows.append(row)
    return head, rows


def score_rows(board: Scoreboard) -> Table:
    """One row for the figures that the latest ensemble saw, and one a horizon for those forecast before."""
    head = ["figures", "number", "median in band", "median error", "50% covers", "90% covers", "width", "CRPS",
            "WIS", "compared", "WIS ratio", "its 90%", "p"]  # fmt: skip
    seen = board.fit[board.fit["fitted"]]
    inside, within = seen["inside"].mean(), seen["in90"].mean()
    rows = [[FITTED, str(len(seen)), f"{inside:.0%}", f"{seen['error'].abs().median():.2f}", "-", f"{within:.0%}"]]
    rows[0] += ["-"] * (len(head) - len(rows[0]))
    known, new = by_anchor(board.cells)
    groups = {"": board.cells, KNOWN: known, NEW: new, "Google's tokens, ": google_tokens(board.cells)}
    for name, part in groups.items():
        for one in by_horizon(part).to_dict("records") if len(part) else ():
            words = name + HORIZONS[one["horizon"]]
            rows.append([words, f"{one['figures']:.0f}", f"{one['inside']:.0%}", *_scores(one), *_relative(one)])
    return head, rows


def _scores(one: dict[Any, Any]) -> list[str]:
    shares = [f"{one[name]:.0%}" for name in ("in50", "in90")]
    return [f"{one['median_abs']:.2f}", *shares, *(f"{one[name]:.2f}" for name in ("width", "crps", "wis"))]


def _relative(one: dict[Any, Any]) -> list[str]:
    if not one["compared"]:
        return ["0", "-", "-", "-"]
    known = not math.isnan(one["ratio_low"])
    between = f"{one['ratio_low']:.2f} to {one['ratio_high']:.2f}" if known else "-"
    return [f"{one['compared']:.0f}", f"{one['ratio']:.2f}", between, _number(one["p"])]


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def family_rows(board: Scoreboard) -> Table:
    """One row a family and horizon."""
    head = ["family", "figures", "number", "median error", "50% covers", "90% covers", "width", "CRPS", "WIS",
            "compared", "WIS ratio", "its 90%"]  # fmt: skip
    rows = []
    for one in by_family(board.cells).to_dict("records"):
        told = [one["family"], HORIZONS[one["horizon"]], f"{one['figures']:.0f}", *_scores(one)]
        rows.append([*told, *_relative({**one, "p": float("nan")})[:-1]])
    return head, rows


def rival_rows(board: Scoreboard) -> Table:
    """One row a simple forecast: the market's mean WIS over its own."""
    head = ["rival", "compared", "market's WIS of its", "its 90%"]
    rows = []
    for one in by_entrant(board.cells).to_dict("records"):
        known = not math.isnan(one["low"])
        between = f"{one['low']:.2f} to {one['high']:.2f}" if known else "-"
        rows.append([one["rival"], str(one["figures"]), _number(one["ratio"]), between])
    return head, rows


def pit_rows(board: Scoreboard) -> Table:
    """One row a horizon: the share of figures in each fifth of their density."""
    head = ["figures", "cells", "lowest fifth", "second", "middle", "fourth", "highest"]
    rows = []
    for one in pit_table(board.cells).to_dict("records"):
        shares = [f"{one[f'fifth{i}']:.0%}" for i in range(1, 6)]
        rows.append([HORIZONS[one["horizon"]], str(one["cells"]), *shares])
    return head, rows


def losing_rows(board: Scoreboard) -> Table:
    """One row a figure and horizon at which a simple forecast scores better."""
    rows = []
    for one in losing_figures(board.cells).to_dict("records"):
        nearer = ", ".join(f"{name} {theirs:.2f} ({ours:.2f})" for name, (theirs, ours) in one["better"].items())
        rows.append([one["id"], one["series"].replace("/", " "), HORIZONS[one["horizon"]], nearer])
    return ["id", "series", "figures", "nearer"], rows


def process_rows(board: Scoreboard) -> Table:
    """One row a family: what its discrepancy is at the latest origin."""
    head = ["family", "scale, decades", "length, years", "members' spread counts", "disclosures, decades"]
    return head, [[family, f"{one.scale:.3f}", f"{one.length:.2f}", f"x{one.spread:.2f}", f"{one.disclosure:.3f}"]
                  for family, one in board.processes.items()]  # fmt: skip


def support_rows(ensembles: Sequence[Ensemble]) -> Table:
    """One row an origin: what was fitted, members, k-hat, and what the members are worth at full weight."""
    head = [
        "origin",
        "rows and shapes fitted",
        "members",
        "k-hat",
        f"at most {LARGEST_K_HAT:g}?",
        "effective members if weighted",
    ]
    rows = []
    for one in ensembles:
        k_hat = one.provenance.get("k_hat")
        numbers = (one.provenance.get("members"), k_hat, one.provenance.get("effective_at_full_weight"))
        members, shape, worth = ("-" if value is None else f"{value:g}" for value in numbers)
        passed = "-" if k_hat is None else "yes" if k_hat <= LARGEST_K_HAT else "FAILED"
        rows.append([one.origin.isoformat(), str(len(one.provenance["fitted"])), members, shape, passed, worth])
    return head, rows


def shape_rows(ensemble: Ensemble) -> Table:
    """One row a shape: the share of the ensemble that has it."""
    head = ["id", "shape", "known", "fitted", "members that have it"]
    rows = []
    for shape in load_shapes():
        if shape.id in ensemble.ids:
            fitted = "yes" if shape.id in ensemble.provenance["fitted"] else "no"
            rows.append([shape.id, shape.note, shape.known.isoformat(), fitted, f"{_share(ensemble, shape):.0%}"])
    return head, rows


def _share(ensemble: Ensemble, shape: Shape) -> float:
    holds = [shape.holds(value) for value in ensemble.output(shape.id).tolist()]
    return float(ensemble.weight @ holds)


def unreached(board: Scoreboard) -> str | None:
    """Name the figures outside the central 95% of the prior; None where its draws do not come with the model."""
    if "reached" not in board.fit:
        return None
    told = board.fit[board.fit["reached"].notna()]  # not of a user's own: the prior's runs were not asked for them
    out = told.loc[~told["reached"].astype(bool), "id"].tolist()
    return f"{len(told) - len(out)} of {len(told)} figures are inside the central 95% of the prior" + (
        f"; the prior hardly reaches {', '.join(out)}" if out else ""
    )


def _parts(board: Scoreboard) -> list[tuple[str, str, Table]]:
    """Title, explanation and table of what both the console and the page show."""
    return [
        ("Scores", SCORES_NOTE, score_rows(board)),
        ("Against simple forecasts", RIVAL_NOTE, rival_rows(board)),
        ("By family of series", "", family_rows(board)),
        ("Where figures fall in their densities", PIT_NOTE, pit_rows(board)),
        ("The discrepancy at the latest origin", "", process_rows(board)),
        ("Signs and shapes", "", shape_rows(board.last)),
        ("The ensembles", "", support_rows(board.ensembles)),
    ]


SCORES_NOTE = (
    "*fitted*: figures that the latest ensemble saw. The other rows: figures forecast at every origin before they "
    "were public, by how far ahead the end of their window was; never fitted. Of a *series with an earlier figure* "
    "something was public at the origin, and forecasts start from it. A figure counts once in a row. Errors, widths "
    "and scores are in decades (powers of ten). *CRPS* and *WIS*: distance between the whole density and the figure. "
    "*WIS ratio*: mean WIS over that of a forecast that carries every series on at the growth all have in common, "
    "over the figures for which it says anything (*compared*), with a 90% interval from drawing whole series anew "
    f"({LEAST_SERIES} or more). "
    "*p*: of a Diebold-Mariano test for few origins that both are equally good."
)
RIVAL_NOTE = (
    "All figures ahead of an origin. Below one the market is nearer. *pool*: market and common growth in equal parts. "
    "*none*: figures for which no simple forecast exists."
)
PIT_NOTE = "Where densities are right, each fifth holds 20%."
LOST = "every figure that a simple forecast wins: its WIS (the market's in the same cells)"


def print_scores(out: Console, board: Scoreboard) -> None:
    """Print the whole scoreboard."""
    _print(out, f"every figure at the origin {board.last.origin}", figure_rows(board))
    out.print("* not fitted; log10 of the median over the figure\n")
    if words := unreached(board):
        out.print(f"{words}\n", soft_wrap=True)
    for title, _, table in _parts(board):
        _print(out, title.lower(), table)
    _print(out, LOST, losing_rows(board))


def as_markdown(board: Scoreboard) -> str:
    """The generated part of docs/calibration.md."""
    parts = [_provenance(board.last)]
    parts += [words] if (words := unreached(board)) else []
    for title, note, table in _parts(board):
        parts += [f"### {title}", *([note] if note else []), _markdown(*table)]
    return "\n\n".join(parts) + "\n"


def readme_table(board: Scoreboard) -> str:
    """The generated part of README.md: four rows of scores, with every term explained."""
    told = {one["horizon"]: one for one in by_horizon(board.cells).to_dict("records")}
    head = ["how far ahead", "figures", "typical factor", "in the 90% interval", "its width",
            "WIS relative to common growth"]  # fmt: skip
    rows = []
    for horizon in AHEAD:
        if one := told.get(horizon):
            relative = _relative(one)
            between = f" ({relative[2]})" if relative[2] != "-" else ""
            ratio = f"{relative[1]}{between}, {relative[0]} figures" if one["compared"] else "-"
            factors = [short(10.0 ** one["median_abs"], 3), f"{one['in90']:.0%}", short(10.0 ** one["width"], 2)]
            rows.append(
                [HORIZONS[horizon], f"{one['figures']:.0f}", f"x{factors[0]}", factors[1], f"x{factors[2]}", ratio]
            )
    # Not those after which no figure's period ended.
    ahead = board.cells.loc[board.cells["horizon"] > 0, "origin"]
    origins = sorted(ahead.unique()) or [board.last.origin.isoformat()]
    note = (
        f"{len(origins)} ensembles, each fitted to what was public on its day (its *origin*), from {origins[0]} to "
        f"{origins[-1]}, forecast every figure that was not public yet. *How far ahead*: from the origin to the end of "
        "the figure's period. *Typical factor*: half of the figures are nearer to the median forecast than this. *In "
        "the 90% interval*: the share of the figures that it holds. *Its width*: the upper end over the lower one. "
        "*WIS* (weighted interval score): how far a whole forecast is from the figure. *Common growth*: every series "
        "goes on at the growth that all have in common. Below one the market is nearer; in brackets its 90% interval. "
        "Only ratios and series with earlier "
        f"figures can be compared.{_by_anchor(board)}{_lost_families(board)}"
    )
    return f"{_markdown(head, rows)}\n\n{textwrap.fill(note, 120)}\n"


def _by_anchor(board: Scoreboard) -> str:
    """Say how far off the nearest forecasts are for series with an earlier figure, and for others; may be empty."""
    known, new = (part[part["horizon"] == AHEAD[0]] for part in by_anchor(board.cells))
    if known.empty or new.empty:
        return ""
    factors = [short(10.0 ** summary(part)["median_abs"], 3) for part in (known, new)]
    return f" For such series the typical factor a quarter ahead is x{factors[0]}, else x{factors[1]}."


def _lost_families(board: Scoreboard) -> str:
    """Name the families and horizons at which common growth is clearly nearer, with the ratio; may be empty."""
    lost = [
        f"{one['family']} {HORIZONS[one['horizon']]} ahead, {one['ratio']:.2f} "
        f"({one['ratio_low']:.2f} to {one['ratio_high']:.2f})"
        for one in by_family(board.cells).to_dict("records")
        if one["ratio_low"] > 1.0
    ]
    return f" Common growth is nearer for {'; '.join(lost)}." if lost else ""


def write_table(path: Path, table: Table) -> Path:
    """Write a table as CSV beside a page; its path."""
    head, rows = table
    return write_atomically(path, pd.DataFrame(rows, columns=head).to_csv(index=False), overwrite=True)


def _provenance(last: Ensemble) -> str:
    told: Any = last.provenance
    rows = len([name for name in told["fitted"] if name.startswith("T")])
    return (
        f"Origin {told['origin']}: {rows} rows and {len(told['fitted']) - rows} shapes fitted; {len(last)} members at "
        f"scale {told['scale']}. Model {told['model']}, targets {told['questions']} "
        f"(fitted to {told.get('fit_questions', told['questions'])}), data {told['data']}, prior {told['prior']}."
    )


def _print(out: Console, title: str, table: Table) -> None:
    head, rows = table
    spelt = [[cell.replace("_", " ") for cell in row] for row in rows]
    out.print(fitted_table(title, head, spelt, out.width, words=WORDS, spare=SPARE))
    out.print()


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
