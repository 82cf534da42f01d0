"""Figures of a user's own, beside or instead of those that come with the model."""

from dataclasses import dataclass
from pathlib import Path

from calibration.targets import Firms, Target, load_targets
from model import JevonsError, Scenario


@dataclass(frozen=True)
class Figures:
    """What a run is held against, and the rows among it that come from a file of the user's, by id."""

    targets: tuple[Target, ...]
    own: tuple[Target, ...] = ()


def read_figures(file: Path | None, only: bool = False, firms: Firms = ()) -> Figures:
    """Return the shipped figures with those of `file`, or with `only` those of `file` alone.

    A row of the file replaces the shipped row with its id; the others come after the shipped ones. `firms` as in
    `load_targets`. Raises JevonsError for a file that cannot be read, one without a row, and `only` without a file, and
    RowError for a bad row.
    """
    if file is None:
        if only:
            raise JevonsError("--only-targets needs a file: give --targets FILE too")
        return Figures(load_targets())
    own = load_targets(file, firms)
    if not own:
        raise JevonsError(f"{file}: it has no row; give each figure a row, with the columns of targets.csv")
    if only:
        return Figures(own, own)
    mine = {target.id: target for target in own}
    shipped = [mine.pop(target.id, target) for target in load_targets()]
    return Figures((*shipped, *mine.values()), own)


def firms_of(scenario: Scenario) -> Firms:
    """Return the kinds of firms whose series a scenario records, and the names of each."""
    p = scenario.parameters
    return (
        ("lab", tuple(p.lab)),
        ("hyperscaler", tuple(p.hyperscaler)),
        ("chip_maker", tuple(p.chip_maker)),
        ("power_supplier", tuple(p.power_supplier)),
        ("builder", tuple(p.builder)),
    )
