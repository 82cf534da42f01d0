"""What the shipped ensemble says of every figure, for a run to be shown beside."""

from collections.abc import Sequence

from calibration.discrepancy import processes_at
from calibration.ensemble import read_ensembles
from calibration.member_run import question
from calibration.predictive import fit_table
from calibration.targets import Target, load_targets
from model import JevonsError
from runs.scores.score_table import Intervals


def ensemble_intervals(targets: Sequence[Target]) -> Intervals | None:
    """The 90% interval of each figure by the latest shipped ensemble; None where none can be read.

    A figure of the user's own has one only if it asks what a shipped figure of its id asks.
    """
    try:
        ensembles = read_ensembles()
    except JevonsError:  # a finished run is shown all the same
        return None
    shipped = {target.id: target for target in load_targets()}
    processes = processes_at(ensembles, ensembles[-1].origin, tuple(shipped.values()))
    answered = [one for one in targets if one.id in shipped and question(one) == question(shipped[one.id])]
    table = fit_table(ensembles[-1], answered, processes)
    return {str(row["id"]): (row["q05"], row["q95"]) for row in table.to_dict("records")}
