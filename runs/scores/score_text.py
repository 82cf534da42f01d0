"""The scoreboard of an ensemble as text: on the console and in docs/calibration.md, from the same tables."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from calibration.discrepancy import reach_at
from calibration.ensemble import Ensemble
from calibration.scores import losing_cells, score_table, skill_table
from calibration.shapes import Shape, load_shapes
from calibration.store.sealed_files import check_sum
from calibration.targets import ROLES, Target, load_targets
from model import JevonsError, write_atomically
from runs.scores.score_table import FITTED, not_fitted, period, series_title, span
from runs.terminal.narrow_table import fitted_table
from runs.terminal.short_numbers import bare

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"

NOTE = "not fitted; a log10 in brackets is a share of the band of a row whose band reaches zero"

# Columns that may be wrapped, and those that a narrow terminal can do without, the first one first.
WORDS = ("what", "rows", "cells", "baseline", "shape", "series", "nearer")
SPARE = ("50%", "band", "band?", "when", "90%?", "CRPS baseline", "RMSE baseline", "role", "known", "target")

Rows = list[list[str]]


def target_rows(board: pd.DataFrame, ensemble: Ensemble, targets: Sequence[Target]) -> tuple[list[str], Rows]:
    """Header and one row a target at the ensemble's origin; dashes for one that its members' runs lack."""
    head = ["id", "what", "when", "target", "band", "median", "50%", "90%", "log10", "band?", "90%?"]
    mine = {cell["id"]: cell for cell in board[board["origin"] == ensemble.origin.isoformat()].to_dict("records")}
    rows = []
    for target in targets:
        cell: dict[Any, Any] = mine.get(target.id, {})
        given = [
            target.id if cell.get("fitted") else f"{target.id}*",
            series_title(target.entity, target.observable, target.segment),
            period(target),
            bare(target.value, target.unit),
            span(target.low, target.high, target.unit),
        ]
        if not cell:
            rows.append([*given, "-", "-", "-", "-", "-", "-"])
            continue
        rows.append(
            [
                *given,
                bare(cell["median"], target.unit),
                span(cell["q25"], cell["q75"], target.unit),
                span(cell["q05"], cell["q95"], target.unit),
                ("({:+.2f})" if cell["linear"] else "{:+.2f}").format(cell["error"]),
                "in" if cell["inside"] else "OUT",
                "in" if cell["in90"] else "OUT",
            ]
        )
    return head, rows


def score_rows(board: pd.DataFrame, origin: str) -> tuple[list[str], Rows]:
    """Header and one row a set of figures: those that the fit saw, and of each role those that it did not."""
    head = ["rows", "number", "median in band", "median |log10|", "rms", "CRPS", "50% covers", "90% covers"]
    mine = board[board["origin"] == origin]
    parts = [(FITTED, mine[mine["fitted"]])]
    parts += [(not_fitted(role), mine[mine["role"].eq(role) & ~mine["fitted"]]) for role in ROLES]
    rows = []
    for name, part in parts:
        rows += [[name, *_score(one)] for one in score_table(part.assign(role="calibrate")).to_dict("records")]
    return head, rows


def rolling_rows(board: pd.DataFrame) -> tuple[list[str], Rows]:
    """Header and one row an origin: the rows beyond it."""
    head = ["origin", "fitted", "scored", "median in band", "median |log10|", "rms", "CRPS", "50% covers", "90% covers"]
    rows = []
    for origin, part in board.groupby("origin", sort=True):
        ahead = part[~part["fitted"] & (part["years"] > 0)].assign(role="validate")
        fitted = str(int(part["fitted"].sum()))
        rows += [[str(origin), fitted, *_score(one)] for one in score_table(ahead).to_dict("records")]
    return head, rows


def support_rows(ensembles: Sequence[Ensemble]) -> tuple[list[str], Rows]:
    """Header and one row an origin: members, k-hat, and what the members are worth at full weight and as they are."""
    head = ["origin", "members", "k-hat", "worth at full weight", "power of the weights", "worth"]
    names = ("members", "k_hat", "effective_at_full_weight", "weight_power", "effective_members")
    told = [[one.provenance.get(name) for name in names] for one in ensembles]
    cells = [["-" if value is None else f"{value:g}" for value in row] for row in told]
    return head, [[one.origin.isoformat(), *row] for one, row in zip(ensembles, cells, strict=True)]


def skill_rows(board: pd.DataFrame) -> tuple[list[str], Rows]:
    """Header and one row a set of cells and a baseline.

    Without the ratios, of which no baseline knows more than one figure, the comparison is harder.
    """
    head = [
        "cells",
        "baseline",
        "number",
        "RMSE market",
        "RMSE baseline",
        "ratio",
        "CRPS market",
        "CRPS baseline",
        "lost",
    ]
    last = board["origin"].max()
    ratios = board["id"].isin([target.id for target in load_targets() if target.statistic == "ratio"])
    sets: list[tuple[str, pd.DataFrame]] = [("all origins", board), ("all origins, no ratios", board[~ratios])]
    sets += [(f"{last}, validate", board[board["origin"].eq(last) & board["role"].eq("validate")])]
    rows = []
    for name, part in sets:
        for one in skill_table(part).to_dict("records"):
            keys = ("rmse_market", "rmse_baseline", "ratio", "crps_market", "crps_baseline")
            numbers = ["" if math.isnan(one[key]) else f"{one[key]:.2f}" for key in keys]
            lost = "" if one["baseline"] == "none" else str(one["losses"])
            rows.append([name, str(one["baseline"]), str(one["cells"]), *numbers, lost])
    return head, rows


def losing_rows(board: pd.DataFrame, targets: Sequence[Target]) -> tuple[list[str], Rows]:
    """Header and one row a cell that some baseline wins."""
    names = {target.id: f"{target.entity} {target.observable}" for target in targets}
    head = ["origin", "id", "series", "role", "market", "nearer"]
    rows = []
    for cell in losing_cells(board).to_dict("records"):
        nearer = ", ".join(f"{name} {error:+.2f}" for name, error in cell["better"].items())
        row = [cell["origin"], cell["id"], names[cell["id"]], cell["role"], f"{cell['error']:+.2f}", nearer]
        rows.append([str(item) for item in row])
    return head, rows


def shape_rows(ensemble: Ensemble) -> tuple[list[str], Rows]:
    """Header and one row a shape: the share of the ensemble that has it."""
    head = ["id", "shape", "known", "fitted", "members that have it"]
    rows = []
    for shape in load_shapes():
        if shape.id in ensemble.ids:
            share = _share(ensemble, shape)
            fitted = "yes" if shape.id in ensemble.provenance["fitted"] else "no"
            rows.append([shape.id, shape.note, shape.known.isoformat(), fitted, f"{share:.0%}"])
    return head, rows


def _share(ensemble: Ensemble, shape: Shape) -> float:
    holds = [shape.holds(value) for value in ensemble.output(shape.id).tolist()]
    return float(ensemble.weight @ holds)


def print_scores(out: Console, board: pd.DataFrame, ensembles: Sequence[Ensemble], targets: Sequence[Target]) -> None:
    """Print the whole scoreboard."""
    last = ensembles[-1]
    for role in ROLES:
        chosen = [target for target in targets if target.role == role]
        _print(out, f"{role}, origin {last.origin}", *target_rows(board, last, chosen))
    out.print(f"* {NOTE}\n")
    _print(out, "scores", *score_rows(board, last.origin.isoformat()))
    _print(out, "signs and shapes", *shape_rows(last))
    _print(out, "rolling origins, rows beyond the origin", *rolling_rows(board))
    _print(out, "how well the runs bear out the emulator", *support_rows(ensembles))
    _print(out, "against baselines, rows beyond the origin", *skill_rows(board))
    _print(out, "every cell that a baseline wins", *losing_rows(board, targets))


def as_markdown(board: pd.DataFrame, ensembles: Sequence[Ensemble], targets: Sequence[Target], folder: Path) -> str:
    """The generated part of docs/calibration.md; raises JevonsError for a table that is damaged."""
    last = ensembles[-1]
    origin = last.origin.isoformat()
    parts = [_provenance(ensembles, targets), "### Scores", _markdown(*score_rows(board, origin)), "### Every figure"]
    parts.append(f"\\* {NOTE}")
    for role in ROLES:
        chosen = [target for target in targets if target.role == role]
        parts += [f"*{role}*", _markdown(*target_rows(board, last, chosen))]
    parts += ["### Signs and shapes", _markdown(*shape_rows(last))]
    parts += ["### Rolling origins", _markdown(*rolling_rows(board))]
    parts += ["### How well the runs bear out the emulator", _markdown(*support_rows(ensembles))]
    parts += ["### Against baselines", _markdown(*skill_rows(board))]
    parts += ["### Every cell that a baseline wins", _markdown(*losing_rows(board, targets))]
    for title, name in (("What the data identify", "identified.csv"), ("Recovery of known parameters", "recovery.csv")):
        check_sum(folder / name)
        if (folder / name).is_file():
            with (folder / name).open(newline="", encoding="utf-8") as file:
                head, *rows = list(csv.reader(file))
            parts += [f"### {title}", _markdown(head, rows)]
    return "\n\n".join(parts) + "\n"


def renew(path: Path, text: str) -> None:
    """Put the generated part between its marks; raises JevonsError where the file has none."""
    page = path.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise JevonsError(f"{path} needs the lines {BEGIN} and {END}, once and in that order")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    write_atomically(path, f"{before}{BEGIN}\n\n{text}\n{END}{after}", overwrite=True)


def _provenance(ensembles: Sequence[Ensemble], targets: Sequence[Target]) -> str:
    last: Any = ensembles[-1].provenance
    plan = last["plan"]
    reach = reach_at(ensembles, ensembles[-1].origin, targets)
    skill = sorted(last["emulator_r2"].values())
    tau = float(ensembles[-1].weight @ ensembles[-1].tau)
    rows = len(ensembles[-1].saw(targets).targets)
    return (
        f"Origin {last['origin']}: {rows} rows and {len(last['fitted']) - rows} shapes fitted; {plan['first']} runs "
        f"over the prior and {plan['waves']} waves of {plan['runs']} at scale {plan['scale']}; {last['members']} "
        f"members worth {last['effective_members']:.0f} (weights to the power {last['weight_power']}); "
        f"the emulator's median R2 on points left out is {skill[len(skill) // 2]:.2f}, the least {skill[0]:.2f}; "
        f"the structural discrepancy is {tau:.2f} decades, {reach.growth:.2f} more a year ahead and "
        f"{reach.novelty:.2f} more for a series never "
        f"seen. Model {last['model']}, targets {last['questions']} "
        f"(fitted to {last.get('fit_questions', last['questions'])}), data {last['data']}, prior {last['prior']}."
    )


def _score(one: dict[Any, Any]) -> list[str]:
    numbers = [f"{one[key]:.2f}" for key in ("median_abs", "rmse", "crps")]
    return [str(one["rows"]), f"{one['inside']} ({one['inside'] / one['rows']:.0%})", *numbers,
            f"{one['cover50']:.0%}", f"{one['cover90']:.0%}"]  # fmt: skip


def _print(out: Console, title: str, head: Sequence[str], rows: Rows) -> None:
    spelt = [[cell.replace("_", " ") for cell in row] for row in rows]
    out.print(fitted_table(title, head, spelt, out.width, words=WORDS, spare=SPARE))
    out.print()


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
