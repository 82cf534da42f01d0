"""Pairs: the seed and the parameters of each, from the posterior ensemble where there is one."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from calibration.shipped import ENSEMBLE, WEIGHT, is_parameter
from calibration.store.sealed_files import read_table
from model import JevonsError, Parameters, Scenario

FIRST_SEED = 101
# Seeds of a member lie this far apart.
SEED_STEP = 100_000


@dataclass(frozen=True)
class Pair:
    """One pair: the seed of both runs, and the scenario that both change."""

    seed: int
    base: Scenario


@cache
def members(file: Path) -> tuple[dict[str, float], ...]:
    """Return the members of an ensemble, in order, repeated by weight where it has weights; none without a file.

    Raises JevonsError for a table that cannot be read.
    """
    if not file.is_file():
        return ()
    try:
        table = read_table(file).to_pandas()
    except JevonsError as error:
        raise JevonsError(f"{error}; remove it to run at the shipped parameters") from None
    paths = [name for name in map(str, table.columns) if is_parameter(name)]
    if unknown := set(paths) - Parameters.load().flat().keys():
        raise JevonsError(f"{file}: is no ensemble (column {min(unknown)} is not a parameter)")
    rows = np.arange(len(table))
    if WEIGHT in table:
        weight = table[WEIGHT].to_numpy(dtype=np.float64)
        rows = np.searchsorted(np.cumsum(weight / weight.sum()), (rows + 0.5) / len(rows))
        # Neighbours in the table may be alike: a fixed shuffle lets a few pairs see all of it.
        rows = np.random.default_rng(0).permutation(rows)
    return tuple({path: table[path].iloc[row].item() for path in paths} for row in rows)


def pairs(count: int, scale: str, file: Path = ENSEMBLE) -> list[Pair]:
    """Return pairs at a scale: pair i has seed 101 + i and the parameters of member i (the shipped ones without)."""
    base, known = Scenario.load("baseline", scale=scale), members(file)
    scenarios = [base.replace(known[i % len(known)]) if known else base for i in range(count)]
    return [Pair(FIRST_SEED + i, scenario) for i, scenario in enumerate(scenarios)]


def seeded(count: int, seeds: int, scale: str, file: Path = ENSEMBLE) -> list[tuple[Pair, ...]]:
    """Return the first members of the ensemble, each with so many seeds; the first seeds are those of `pairs`."""
    return [
        tuple(Pair(first.seed + SEED_STEP * number, first.base) for number in range(seeds))
        for first in pairs(count, scale, file)
    ]


def source(file: Path = ENSEMBLE) -> str:
    """Say where the parameters of the pairs come from."""
    known = members(file)
    if not known:
        return "the shipped parameters (there is no posterior ensemble)"
    return f"the posterior ensemble ({len(known)} members)"
