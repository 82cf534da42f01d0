"""What the large chart of the first screen shows: a measure as numbers for the browser."""

from datetime import date
from typing import Any

import numpy as np

from runs.charts.curves import END_OF_DATA
from runs.view.baseline_file import Band, Shipped
from runs.view.dates import day_words
from runs.view.measures import Measure, points_of
from runs.view.page_session import Session
from runs.view.panels import point
from runs.view.recording import Recorded
from runs.view.shown_figures import shown_figures


def story_spec(measure: Measure, start: date, weeks: int, shipped: Shipped | None) -> dict[str, Any]:
    """Return everything about a measure's chart that does not change during a run, as the browser takes it."""
    targets = shown_figures()
    band = band_of(measure, shipped)
    return {
        "key": measure.key,
        "label": measure.label,
        "unit": measure.unit,
        "scale": measure.scale,
        "gap": measure.gap,
        "lines": [
            {"label": line.label, "points": [point(t, start) | {"whose": w} for t, w in points_of(line, targets)]}
            for line in measure.lines
        ],
        "start": start.isoformat(),
        "weeks": weeks,
        "end_of_data": (END_OF_DATA - start).days / 7.0,
        "band": None if band is None else {"days": band.days, "low": band.low, "high": band.high},
    }


def packed(measure: Measure, run: Recorded | None) -> bytes:
    """Return the lines of a measure so far as float32, (lines, weeks); nothing before the first week."""
    if run is None or not run.clock.week:
        return b""
    return np.array([line.values(run) for line in measure.lines], dtype=np.float32).tobytes()


def branch_marks(session: Session, title: str) -> list[dict[str, Any]]:
    """Return where the run parts from the baseline, in weeks from the start, with the words beside the line."""
    run, parted = session.shown, session.parted
    if run is None or parted is None:
        return []
    week = (parted - run.clock.start).days / 7.0
    return [{"week": week, "words": f"{title} from {day_words(parted)}" if week > 0 else f"{title} from the start"}]


def band_of(measure: Measure, shipped: Shipped | None) -> Band | None:
    """Return the interval around a measure's main curve; None where there is none."""
    main = measure.lines[0]
    band = shipped.bands.get(main.series[0]) if shipped is not None and len(main.series) == 1 else None
    if band is None or main.size == 1.0:
        return band
    low, high = (tuple(value / main.size for value in edge) for edge in (band.low, band.high))
    return Band(band.days, low, high)


def band_words(measure: Measure, shipped: Shipped | None) -> str:
    """Say what the band is and whether the shipped baseline ends outside; "" where the measure has no band."""
    band = band_of(measure, shipped)
    if shipped is None or band is None:
        return ""
    told = f"Band: nine in ten of {shipped.members} fitted runs, with model error"
    last = float(measure.lines[0].values(shipped.recording)[-1])
    if band.low[-1] <= last <= band.high[-1]:
        return f"{told}."
    return f"{told}; the baseline, one run, ends {'above' if last > band.high[-1] else 'below'} it."
