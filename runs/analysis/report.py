"""The report of a sweep: one HTML page that holds everything it shows, to be read and printed without a network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model import JevonsError
from runs.analysis import figures
from runs.analysis.discovery import Box
from runs.analysis.points import AnalysisError, Floats, Points, policy_labels, read_points
from runs.analysis.sensitivity import sensitivity
from runs.analysis.tables import find_region, words
from runs.folder import write_atomically
from runs.shortform import with_unit
from runs.sweep.parts import FAILED, OK
from runs.sweep.results import Results

TEMPLATE = Path(__file__).parent / "report.html"
# What a planner looks at first, with the segment that is meant; those that the sweep keeps are drawn.
FANS = (
    ("tokens_served", "all", "Tokens served"),
    ("demand_unserved_share", "all", "Demand that is not served"),
    ("price_paid", "api", "Price paid for API tokens"),
    ("revenue_run_rate", "all", "Revenue run rate"),
    ("live_compute", "all", "Live compute"),
    ("thinking_effort", "api", "Thinking effort of API calls"),
)
SUPPLY_MAP = ("hyperscalers.chip_growth_floor_per_year", "hyperscalers.power_growth_per_year")
UNSERVED = "demand_unserved_share"
TORNADO_ROWS = 12


@dataclass(frozen=True)
class Plot:
    """A figure of the page: SVG, and the sentence beneath."""

    svg: str
    caption: str


def write_report(results: Results, file: Path, region: str | None = None) -> Path:
    """Write the report of a sweep to `file`, in place of an earlier one; returns it.

    `region`: a condition to find the region of, such as "unserved_share_last_year > 0.1". Raises `JevonsError`.
    """
    try:
        import jinja2
    except ImportError:
        raise JevonsError(
            "jevons report needs the extra 'analysis': pip install -c constraints.txt -e '.[analysis]'"
        ) from None
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(**content(results, region))
    write_atomically(file, lambda temporary: temporary.write_text(page, encoding="utf-8"))
    return file


def content(results: Results, region: str | None = None) -> dict[str, Any]:
    """Return what the template shows; raises `AnalysisError` where no run is finished."""
    table = results.run_table
    status = table["status"].to_pylist()
    finished, failed = status.count(OK), status.count(FAILED)
    if not finished:
        raise AnalysisError(f"{results.layout.root}: no run is finished yet, there is nothing to report")
    labels = policy_labels(results)
    units = {name[:3]: name[3] for name in results.series}
    outcome_units = {
        outcome.name: "ratio" if outcome.statistic == "growth"
        else units.get((outcome.observable, outcome.entity, outcome.segment), "")
        for outcome in results.record.outcomes
    }  # fmt: skip
    by_policy = {label: _values(results, number) for number, label in enumerate(labels)}
    points = _points(results)
    document = results.record.document
    return {
        "name": document["name"],
        "total": results.record.runs,
        "finished": finished,
        "failed": failed,
        "failures": _failures(results),
        "policies": labels,
        "span": _span(results),
        "headlines": _headlines(results, by_policy, outcome_units),
        "outcomes": _outcome_rows(results, by_policy, outcome_units),
        "definitions": _definitions(results),
        "fans": _fans(results, labels),
        "comparison": _comparison(results, by_policy, outcome_units),
        "tornado": _tornado(results, points, labels),
        "map": _map(results),
        "map_parameters": SUPPLY_MAP,
        "region": _region(results, points, region),
        "document": document,
        "policy_rows": list(zip(labels, document["policies"], strict=True)),
        "uncertainties": _uncertainty_rows(document),
        "codes": results.record.codes,
        "digest": results.record.digest,
    }


def _values(results: Results, policy: int) -> dict[str, Floats]:
    """Return every outcome of a policy's runs (runs,), NaN where a run has none; rows are paired across policies."""
    table = results.run_table
    here = table["policy"].to_numpy() == policy
    return {name: np.asarray(table[name].to_numpy(zero_copy_only=False), np.float64)[here] for name in results.outcomes}


def _points(results: Results) -> Points | None:
    try:
        return read_points(results)
    except AnalysisError:
        return None


def _span(results: Results) -> str:
    untils = sorted({policy["until"] for policy in results.record.document["policies"]})
    return " or ".join(untils)


def _show(value: float, unit: str) -> str:
    return with_unit(float(value), unit)


def _quantile_text(values: Floats, unit: str) -> tuple[str, str]:
    kept = values[np.isfinite(values)]
    if not len(kept):
        return "-", "-"
    low, middle, high = np.quantile(kept, [0.05, 0.5, 0.95])
    return _show(middle, unit), f"{_show(low, unit)} to {_show(high, unit)}"


def _headlines(results: Results, by_policy: dict[str, dict[str, Floats]], units: dict[str, str]) -> list[str]:
    """Return the first outcome of each policy in a sentence, the differences in pairs with the first."""
    outcome = results.outcomes[0]
    first, *others = by_policy
    unit, lines = units[outcome], []
    middle, span = _quantile_text(by_policy[first][outcome], unit)
    lines.append(
        f"{figures.plain(outcome).capitalize()} under {first}: {middle} in the median run, {span} in nine of ten."
    )
    for label in others:
        mine, base = by_policy[label][outcome], by_policy[first][outcome]
        paired = np.isfinite(mine) & np.isfinite(base)
        if paired.any():
            middle, _ = _quantile_text(mine, unit)
            higher = float((mine[paired] > base[paired]).mean())
            lower = float((mine[paired] < base[paired]).mean())
            side, share = ("higher", higher) if higher >= lower else ("lower", lower)
            lines.append(f"Under {label}: {middle}; {side} than under {first} in {share:.0%} of the paired runs.")
    return lines


def _outcome_rows(
    results: Results, by_policy: dict[str, dict[str, Floats]], units: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            "name": figures.plain(outcome),
            "cells": [_quantile_text(found[outcome], units[outcome]) for found in by_policy.values()],
        }
        for outcome in results.outcomes
    ]


def _definitions(results: Results) -> list[tuple[str, str]]:
    found = []
    for outcome in results.record.outcomes:
        window = "" if outcome.start is None else f" from {outcome.start}"
        window += "" if outcome.end is None else f" to {outcome.end}"
        of = f"{outcome.observable} ({outcome.entity}, {outcome.segment})"
        found.append((figures.plain(outcome.name), f"{outcome.statistic} of {of} over the weeks{window}"))
    return found


def _fans(results: Results, labels: tuple[str, ...]) -> list[Plot]:
    there = {name[:3]: name[3] for name in results.series}
    plots = []
    for observable, segment, title in FANS:
        unit = there.get((observable, "market", segment))
        if unit is None:
            continue
        tables = {
            label: results.quantiles(observable, "market", segment, figures.QUANTILES, policy=number)
            for number, label in enumerate(labels[: len(figures.COLOURS)])
        }
        tables = {label: table for label, table in tables.items() if len(table)}
        plots.append(Plot(figures.svg(figures.fan(title, unit, tables), f"Fan chart: {title} by week"), title))
    return plots


def _comparison(results: Results, by_policy: dict[str, dict[str, Floats]], units: dict[str, str]) -> list[Plot]:
    if len(by_policy) < 2:
        return []
    plots = []
    for outcome in results.outcomes[:3]:
        values = {label: found[outcome] for label, found in by_policy.items()}
        figure = figures.comparison(outcome, units[outcome], values)
        plots.append(Plot(figures.svg(figure, f"{figures.plain(outcome)} by scenario"), figures.plain(outcome)))
    return plots


def _tornado(results: Results, points: Points | None, labels: tuple[str, ...]) -> dict[str, Any]:
    """Return the tornado of the first outcome that can be explained, or why there is none."""
    if points is None:
        return {"plot": None, "reason": "Nothing is uncertain in this design but the seed."}
    reason = ""
    for outcome in results.outcomes:
        try:
            tables = {outcome: sensitivity(results, points, outcome, labels[0])}
        except JevonsError as error:
            reason = reason or f"{error}."
            continue
        figure = figures.tornado(tables, labels[0], TORNADO_ROWS)
        plot = Plot(figures.svg(figure, f"What drives {figures.plain(outcome)}"), figures.plain(outcome))
        return {"plot": plot, "reason": reason}
    return {"plot": None, "reason": reason}


def _map(results: Results) -> Plot | None:
    """Return the unserved share over chip growth and power growth, where the sweep varies both."""
    table = results.run_table
    outcome = next((one.name for one in results.record.outcomes if one.observable == UNSERVED), None)
    if outcome is None or not set(SUPPLY_MAP) <= set(table.column_names):
        return None
    found = np.asarray(table[outcome].to_numpy(zero_copy_only=False), np.float64)
    keep = np.isfinite(found)
    keep &= _first_scenario(results, table["scenario"].to_pylist())
    x, y = (np.asarray(table[name].to_numpy(), np.float64)[keep] for name in SUPPLY_MAP)
    if not keep.any() or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None
    names = ("growth of chip output a year, in the long run (ratio)", "growth of connectable power a year (ratio)")
    figure = figures.supply_map(names, x, y, found[keep], outcome)
    return Plot(figures.svg(figure, "Unserved share over chip growth and power growth"), figures.plain(outcome))


def _first_scenario(results: Results, scenarios: list[str]) -> Any:
    first = results.record.document["policies"][0]["scenario"]
    return np.array([scenario == first for scenario in scenarios])


def _region(results: Results, points: Points | None, condition: str | None) -> dict[str, Any] | None:
    """Return the region that leads to a condition: the one asked for, or the worse quarter of the unserved share."""
    if points is None:
        return None
    policy = points.policies[0]
    if condition is None:
        outcome = next((one.name for one in results.record.outcomes if one.observable == UNSERVED), None)
        if outcome is None:
            return None
        found = points.outcomes[outcome, policy]
        found = found[np.isfinite(found)]
        if len(found) < 20 or np.ptp(found) == 0.0:
            return None
        condition = f"{outcome} > {float(np.quantile(found, 0.75)):.3g}"
        try:
            return _region_rows(find_region(points, policy, condition, results.outcomes), condition, policy)
        except AnalysisError:
            return None
    return _region_rows(find_region(points, policy, condition, results.outcomes), condition, policy)


def _region_rows(box: Box, condition: str, policy: str) -> dict[str, Any]:
    return {
        "condition": condition,
        "policy": policy,
        "mass": f"{box.mass:.0%}",
        "coverage": f"{box.coverage:.0%}",
        "density": f"{box.density:.0%}",
        "limits": [(words(name, limits), f"{box.chance[name]:.2g}") for name, limits in box.limits.items()],
    }


def _failures(results: Results) -> list[tuple[str, int, str]]:
    """Return each error with how many runs had it, and the first of them, most frequent first."""
    table = results.run_table.select(["run", "status", "error"]).to_pylist()
    found: dict[str, list[int]] = {}
    for row in table:
        if row["status"] == FAILED:
            found.setdefault(row["error"], []).append(row["run"])
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return [(error, len(runs), str(runs[0])) for error, runs in ordered[:10]]


def _uncertainty_rows(document: Any) -> list[tuple[str, str]]:
    rows = []
    for path, fields in document["uncertainties"].items():
        numbers = ", ".join(
            f"{key} {value:.4g}" if isinstance(value, int | float) else f"{key} {value}"
            for key, value in fields.items()
            if key != "distribution"
        )
        rows.append((path, f"{fields['distribution']}: {numbers}"))
    return rows
