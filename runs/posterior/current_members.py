"""Members of the ensemble, run again where the model has changed, or at another scale."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from rich.console import Console

from calibration.ensemble import Ensemble, data_changed, is_current, run_again, unanswered, with_figures
from calibration.member_run import asking
from calibration.own_figures import Figures
from calibration.scales import shifts
from calibration.store.run_store import RunStore, succeeded
from calibration.targets import Target
from runs.engines.choose_engine import open_engine
from runs.engines.engine import Engine
from runs.places import RESULTS
from runs.terminal.fit_progress import FitProgress

# Members compared between scales.
COMPARED = 16
MEMBERS = RESULTS / "members"


@contextmanager
def local_workers(workers: int | None, err: Console) -> Iterator[tuple[Engine, FitProgress]]:
    """Local worker processes, and a progress bar on `err`, while the block runs."""
    with open_engine("processes", workers) as engine, FitProgress(err) as progress:
        yield engine, progress


def current(
    ensembles: Sequence[Ensemble], store: Path | None, workers: int | None, err: Console
) -> tuple[Ensemble, ...]:
    """Return the ensembles with outputs of this model and these targets: as they are, or run again with a note.

    Runs are kept in the folder `store`; JevonsError where it cannot be used, also where nothing is run.
    """
    chosen = None if store is None else RunStore(store)
    if any(map(data_changed, ensembles)):
        err.print("the fit saw other figures than calibration/data has: jevons calibrate fits again", soft_wrap=True)
    if all(map(is_current, ensembles)):
        return tuple(ensembles)
    err.print("the model or the targets have changed since the fit: the members are run again", soft_wrap=True)
    found = []
    with local_workers(workers, err) as (engine, progress):
        runs = chosen or RunStore(MEMBERS)
        for one in ensembles:
            if is_current(one):
                found.append(one)
                continue
            progress.stage(f"members, {one.origin}", len(one))
            found.append(run_again(one, runs, engine, progress.watch))
    return tuple(found)


def with_own(
    ensembles: Sequence[Ensemble], figures: Figures, store: Path | None, workers: int | None, err: Console
) -> tuple[Ensemble, ...]:
    """Return the ensembles with outputs for a user's own figures; members are run where one asks something new."""
    asked = unanswered(figures)
    if not asked:
        return tuple(with_figures(one, figures, ()) for one in ensembles)
    err.print("figures of your own ask for what was not kept: the members are run again", soft_wrap=True)
    jobs = [job for one in ensembles for job in one.jobs()]
    with local_workers(workers, err) as (engine, progress):
        progress.stage("members of every origin", len(jobs))
        results = RunStore(store or MEMBERS).ensure(jobs, engine, asking(asked), progress.watch)
    answers = iter(succeeded(results, "members"))
    return tuple(with_figures(one, figures, list(islice(answers, len(one)))) for one in ensembles)


def scale_shifts(ensemble: Ensemble, scale: str, targets: Sequence[Target], workers: int | None, err: Console) -> str:
    """Run the heaviest members at another scale; a sentence names the rows whose mean change exceeds its error."""
    with tempfile.TemporaryDirectory() as folder, local_workers(workers, err) as (engine, progress):
        progress.stage(f"{COMPARED} members at scale {scale}", COMPARED)
        found = shifts(ensemble, scale, COMPARED, targets, RunStore(Path(folder)), engine, progress.watch)
    sure = [one for one in found if abs(one.mean) > max(2.0 * one.error, 0.02)]
    names = ", ".join(f"{one.target} {one.mean:+.2f} (+-{one.error:.2f})" for one in sure) or "none"
    middle = sorted(abs(one.mean) for one in found)[len(found) // 2]
    return (
        f"{COMPARED} members at scale {scale}: the median change of a row is {middle:.3f} decades; "
        f"changes of more than 0.02 and two standard errors: {names}"
    )
