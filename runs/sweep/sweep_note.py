"""What `jevons sweep` says when it has ended."""

from collections import Counter
from typing import TYPE_CHECKING

from model import JevonsError
from runs.sweep.parts import FAILED, OK

if TYPE_CHECKING:
    from runs.sweep.results import Results
    from runs.sweep.sweep import SweepOutcome


def commonest_error(results: "Results") -> str:
    """Return the error of most failed runs, with their number, in one line."""
    errors = Counter(error for error in results.run_table["error"].to_pylist() if error is not None)
    error, count = errors.most_common(1)[0]
    return f"the commonest error, of {count}: {error}"


def look_at_errors(results: "Results") -> str:
    """Return the command that lists the error of each failed run."""
    return f"jevons query {results.layout.root} \"select run, error from runs where status = 'failed'\""


def check_finished(results: "Results") -> None:
    """Check that a run has finished; raises `JevonsError` with the error of most that failed."""
    counts = Counter(results.run_table["status"].to_pylist())
    if counts[OK]:
        return
    root, failed = results.layout.root, counts[FAILED]
    if not failed:
        raise JevonsError(f"{root}: no run is finished yet; jevons sweep --out {root} goes on")
    waiting = f", {counts[None]} are still to do" if counts[None] else ""
    raise JevonsError(
        f"{root}: {failed} of {results.record.runs} runs failed{waiting}; {commonest_error(results)}; "
        f"see {look_at_errors(results)}"
    )


def sweep_note(outcome: "SweepOutcome", results: "Results") -> str:
    """Return the counts of runs, and where runs failed or are missing, what to do next."""
    root = results.layout.root
    text = f"{outcome.ok} of {outcome.total} runs finished, {outcome.failed} failed ({outcome.done_now} now): {root}"
    if outcome.interrupted:
        return f"{text}\nInterrupted; jevons sweep --out {root} goes on"
    if outcome.failed:
        return f"{text}\n{commonest_error(results)}\nSee: {look_at_errors(results)}"
    return text
