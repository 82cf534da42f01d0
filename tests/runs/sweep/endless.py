"""A task that never ends. Workers import this file by its name, so it loads what a worker needs and no more."""

import itertools

from runs.sweep.worker import Done, SweepTask, do


def endless_at_five(task: SweepTask) -> Done:
    """Do a task of a sweep; run 5 never comes to the end of a week."""
    if task.run == 5:
        sum(itertools.repeat(0))
    return do(task)
