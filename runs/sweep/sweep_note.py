"""What `jevons sweep` says when it has ended."""

from runs.sweep.results import Results, commonest_error, look_at_errors
from runs.sweep.sweep import SweepOutcome


def sweep_note(outcome: SweepOutcome, results: Results) -> str:
    """Return the counts of runs, and where runs failed or are missing, what to do next."""
    root = results.layout.root
    text = f"{outcome.ok} of {outcome.total} runs finished, {outcome.failed} failed ({outcome.done_now} now): {root}"
    if outcome.failed:
        return f"{text}\n{commonest_error(results)}\nSee: {look_at_errors(results)}"
    return text
