"""The report of a sweep: one HTML page without links to other files, to read and print offline."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from calibration.shipped import ENSEMBLE
from calibration.targets import load_targets
from model import JevonsError, Scenario, write_atomically
from runs.analysis import sweep_figures as figures
from runs.analysis import trust
from runs.analysis.discovery import FEWEST, read_condition
from runs.analysis.failures import read_failures
from runs.analysis.paired import BASELINE, RULE, Effect, Found, effects, middle_and_range, quantile_words, read_found
from runs.analysis.points import AnalysisError, Floats, Points, read_points
from runs.analysis.sensitivity import LEADING, sensitivity
from runs.analysis.sweep_figures import brief, plain, titled
from runs.analysis.tables import find_region
from runs.sweep.parts import OK
from runs.sweep.plan import uncertain_paths
from runs.sweep.results import Results, check_finished
from runs.terminal.missing_extra import missing_extra
from runs.terminal.short_numbers import bare, with_unit

TEMPLATE = Path(__file__).parent / "report.html"
# Series that a planner looks at first: observable, entity, segment and title. The sweep may keep only some of them.
FANS = {
    ("tokens_served", "market", "all"): "Tokens served",
    ("demand_unserved_share", "market", "all"): "Demand that is not served",
    ("price_paid", "market", "api"): "Price paid for API tokens",
    ("revenue_run_rate", "market", "all"): "Revenue run rate",
    ("live_compute", "market", "all"): "Live compute",
    ("thinking_effort", "market", "api"): "Thinking effort of API calls",
    ("installed_compute", "market", "all"): "Installed compute",
    ("tokens_served", "google", "all"): "Tokens that Google serves",
}
SUPPLY_MAP = ("chip_maker.merchant.expansion", "power_supplier.turbines.expansion")
UNSERVED = "demand_unserved_share"
TORNADO_ROWS = 12
# At most so many sentences; the others are in the table.
SENTENCES = 12


@dataclass(frozen=True)
class Plot:
    """A figure of the page: SVG, what it shows, and whether disclosed figures are drawn in it."""

    svg: str
    caption: str
    disclosed: bool = False


def write_report(results: Results, file: Path, region: str | None = None, made: dt.date | None = None) -> Path:
    """Write the report of a sweep to `file`, in place of an earlier one; returns it.

    `region`: a condition to find the region of, such as "unserved_share_last_year > 0.4"; `made`: the day on the page,
    by default today. Raises `JevonsError`.
    """
    try:
        import jinja2
    except ImportError:
        raise JevonsError(missing_extra("jevons report", "analysis")) from None
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    page = template.render(**content(results, region), made=(made or dt.date.today()).isoformat())
    return write_atomically(file, page, overwrite=True)


def content(results: Results, region: str | None = None) -> dict[str, Any]:
    """Return what the template shows; raises `JevonsError` where no run is finished."""
    check_finished(results)
    found, document = read_found(results), results.record.document
    points = read_points(results) if uncertain_paths(results.plan) else None
    every = effects(found)
    return {
        "command": " ".join(
            ["jevons report", results.layout.root.name, *(["--where", repr(region)] if region else [])]
        ),
        "record": results.record,
        "finished": int((results.runs["status"] == OK).sum()),
        "failures": read_failures(results, points),
        "found": found,
        "drawn": _drawn(document),
        "sentences": _sentences(found, every),
        "rule": RULE if found.others else "",
        "undecided": _undecided(found, every),
        "effects": every,
        "plain": plain,
        "quantile_words": quantile_words,
        "scenarios": _scenarios(document),
        "scores": trust.read_scores(),
        "frozen": _frozen(results, found),
        "fans": _fans(results, found),
        "comparison": _comparison(found),
        "tornado": _tornado(results, points, found),
        "map": _map(results, found),
        "region": _region(results, points, found, region),
    }


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _drawn(document: Any) -> str:
    """Say in words what was drawn, and how often."""
    what = []
    if document["ensemble"]:
        shipped = ENSEMBLE.is_file() and hashlib.sha256(ENSEMBLE.read_bytes()).hexdigest() == document["ensemble"]
        what.append("the calibrated posterior" if shipped else "an ensemble of parameters")
    if document["uncertainties"]:
        what.append(_counted(len(document["uncertainties"]), "uncertain parameter"))
    seeds = _counted(document["replications"], "seed")
    return f"{_counted(document['samples'], 'draw')} from {' and '.join(what)}, {seeds} each" if what else seeds


def _sentences(found: Found, every: list[Effect]) -> list[str]:
    """Return the results in sentences: the clear differences to the base, or levels where nothing is compared."""
    if found.others:
        return _first([_clear_sentence(found, one) for one in every if one.decided], "clear differences")
    levels = [(name, *quantile_words(found.values[found.base][name], unit)) for name, unit in found.units.items()]
    return [
        f"{titled(plain(name))}: {middle} in the median run, {wide} in nine of ten." for name, middle, wide in levels
    ]


def _first(lines: list[str], what: str) -> list[str]:
    """Return the first lines, and a note how many more are in the table."""
    more = len(lines) - SENTENCES
    return lines if more <= 0 else [*lines[:SENTENCES], f"{more} more {what} stand in the table below."]


def _clear_sentence(found: Found, one: Effect) -> str:
    levels = [found.values[label][one.outcome] for label in (one.policy, found.base)]
    mine, base = (with_unit(float(np.nanmedian(values)), one.unit) for values in levels)
    return (
        f"{titled(plain(one.outcome))} is {one.verdict} under {one.policy} than under {found.base}: "
        f"{one.middle} ({one.interval}), {one.sides}; medians {mine} and {base}."
    )


def _undecided(found: Found, every: list[Effect]) -> list[str]:
    """Return a sentence for each policy: outcomes that its pairs leave undecided, and those that never change."""
    lines = []
    for label in found.others:
        left = [one for one in every if one.policy == label and not one.decided]
        moved = [one for one in left if not one.same]
        same = [plain(one.outcome) for one in left if one.same]
        parts = [f"{plain(one.outcome)} {one.middle} ({one.interval}), {one.sides}" for one in moved]
        line = [f"{moved[0].verdict}: {'; '.join(parts)}"] if moved else []
        line += [f"the same in every pair: {', '.join(same)}"] if same else []
        if line:
            lines.append(f"{titled(label)} against {found.base}, {'; '.join(line)}.")
    return _first(lines, "comparisons")


def _scenarios(document: Any) -> list[tuple[str, str]]:
    """Return each scenario and each lever with a line that describes it."""
    lines = {}
    for policy in document["policies"]:
        scenario = Scenario.parse(policy["toml"])
        lines[policy["scenario"]] = scenario.description or scenario.title or "no description"
    for path, values in document["levers"].items():
        lines[f"lever {path}"] = f"Set to {' or '.join(str(value) for value in values)}."
    return list(lines.items())


def _frozen(results: Results, found: Found) -> dict[str, Any] | None:
    """Return the frozen forecast beside the baseline's runs, for outcomes that are the last value of a series."""
    number = found.policies.index(found.base)
    policy = results.record.document["policies"][number]
    if policy["scenario"] != BASELINE or policy["levers"]:
        return None
    frozen = trust.read_frozen(policy["until"][:7])
    if frozen is None:
        return None
    rows = []
    for outcome in results.record.outcomes:
        there = frozen.values.get((outcome.observable, outcome.entity, outcome.segment))
        if outcome.statistic == "last" and outcome.end is None and there is not None:
            unit = found.units[outcome.name]
            runs = quantile_words(found.values[found.base][outcome.name], unit)
            rows.append((plain(outcome.name), *runs, *middle_and_range(there, unit)))
    return {"name": frozen.name, "month": frozen.month, "rows": rows} if rows else None


def _fans(results: Results, found: Found) -> list[Plot]:
    units = {name[:3]: name[3] for name in results.series}
    labels = [found.base, *found.others][: len(figures.COLOURS)]
    plots = []
    for series, title in FANS.items():
        unit = units.get(series, "")
        tables = {
            label: results.quantiles(*series, figures.QUANTILES, policy=found.policies.index(label))
            for label in labels
            if unit
        }
        tables = {label: table for label, table in tables.items() if len(table)}
        if not tables:
            continue
        days = next(iter(tables.values())).index
        disclosed = [
            target
            for target in load_targets()
            if target.series == series
            and target.unit == unit
            and days[0].date() <= target.start <= target.end <= days[-1].date() + dt.timedelta(days=7)
        ]
        last = bare(float(next(iter(tables.values()))[0.5].iloc[-1]), unit)
        figure = figures.fan(f"{title} ({unit})\n{last} in the last week, {brief(labels[0])}", unit, tables, disclosed)
        plots.append(Plot(figures.svg(figure, f"Fan chart: {title} by week"), title, bool(disclosed)))
    return plots


def _comparison(found: Found) -> list[Plot]:
    if not found.others:
        return []
    plots = []
    for outcome in list(found.units)[:3]:
        values = {label: found.values[label][outcome] for label in (found.base, *found.others)}
        figure = figures.comparison(outcome, found.units[outcome], values)
        plots.append(Plot(figures.svg(figure, f"{plain(outcome)} by scenario"), plain(outcome)))
    return plots


def _tornado(results: Results, points: Points | None, found: Found) -> dict[str, Any]:
    """Return the tornado of the first outcome that can be explained and its message, or why there is none."""
    if points is None:
        return {"plot": None, "title": "", "reason": "Nothing is uncertain in this design but the seed."}
    reason = ""
    for outcome in results.outcomes:
        try:
            table = sensitivity(results, points, outcome, points.policies[found.policies.index(found.base)])
        except JevonsError as error:
            reason = reason or f"{error}."
            continue
        figure = figures.tornado({outcome: table}, brief(found.base), TORNADO_ROWS)
        plot = Plot(figures.svg(figure, f"What drives {plain(outcome)}"), plain(outcome))
        return {"plot": plot, "title": _drivers(table), "reason": reason}
    return {"plot": None, "title": "", "reason": reason}


def _drivers(table: Any) -> str:
    """Name up to three parameters whose interval does not hold zero."""
    leading = table[table["measure"].isin(LEADING)]
    clear = leading[(leading["low"] > 0.0) | (leading["high"] < 0.0)]["parameter"].tolist()
    return f"{', '.join(clear[:3])} first" if clear else "nothing stands out"


def _map(results: Results, found: Found) -> Plot | None:
    """Return the unserved share over how fast makers of chips and of turbines expand, where the sweep varies both."""
    table, outcome = results.runs, _unserved(results)
    if outcome is None or not set(SUPPLY_MAP) <= set(table):
        return None
    here = table["policy"] == found.policies.index(found.base)
    rows = table.loc[here, [*SUPPLY_MAP, outcome]].astype(float).dropna()
    if (rows[[*SUPPLY_MAP]].nunique() < 2).any():
        return None
    x, y, shares = rows.to_numpy().T
    names = ("expansion of the leading chip maker (share)", "expansion of turbine makers (share)")
    title = f"{titled(plain(outcome))} under {brief(found.base)}:\nmedian of the runs in each cell"
    figure = figures.supply_map(names, x, y, shares, title)
    return Plot(figures.svg(figure, "Unserved share over how fast makers of chips and of turbines expand"), found.base)


def _region(results: Results, points: Points | None, sweep: Found, condition: str | None) -> dict[str, Any] | None:
    """Return the region that leads to a condition: the given one, or the worst quarter of the unserved share."""
    if points is None:
        return None
    policy, asked = points.policies[sweep.policies.index(sweep.base)], condition
    if condition is None:
        outcome = _unserved(results)
        shares: Floats = points.outcomes[outcome, policy] if outcome else np.zeros(0)
        shares = shares[np.isfinite(shares)]
        if len(shares) < 2 * FEWEST or np.ptp(shares) == 0.0:
            return None
        condition = f"{outcome} > {float(np.quantile(shares, 0.75)):.3g}"
    try:
        box = find_region(points, policy, condition, results.outcomes)
    except AnalysisError:
        if asked is not None:
            raise
        return None
    return {"box": box, "condition": read_condition(condition, results.outcomes), "policy": policy}


def _unserved(results: Results) -> str | None:
    """Return the first outcome of the unserved share."""
    return next((one.name for one in results.record.outcomes if one.observable == UNSERVED), None)
