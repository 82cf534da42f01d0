"""What `jevons responses` does: checks, runs, table and files."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from rich.console import Console

from calibration.shipped import ENSEMBLE
from model import JevonsError, parse_date, write_atomically
from runs.engines.choose_engine import open_engine
from runs.experiments.members import Pair, pairs, source
from runs.experiments.shocks import monday
from runs.marked_blocks import renew_block
from runs.places import DOCS
from runs.responses.response import Response
from runs.responses.response_runs import measure
from runs.responses.response_table import pick

PAGE, PICTURE = DOCS / "responses.md", DOCS / "figures" / "responses.png"
EARLIEST, LATEST = date(2024, 1, 1), date(2028, 12, 25)
"""From the first, every lab has sold tokens by the time that capacity is freed."""


@dataclass(frozen=True)
class Session:
    """The options of `jevons responses`."""

    names: tuple[str, ...] = ()
    seeds: int = 8
    scale: str = "small"
    start: str | None = None
    posterior: bool = False
    csv: Path | None = None
    figure: Path | None = None
    workers: int | None = None
    docs: bool = False

    @cached_property
    def responses(self) -> list[Response]:
        """The responses asked for, on their dates. Raises JevonsError for an unknown name and an impossible date."""
        chosen = pick(self.names)
        if self.start is None:
            return chosen
        day = monday(parse_date(self.start, "--from", EARLIEST, LATEST)).isoformat()
        return [replace(response, day=day) for response in chosen]

    @cached_property
    def pairs(self) -> list[Pair]:
        """The pairs: members of the shipped ensemble, or one set of parameters with several seeds."""
        return pairs(self.seeds, self.scale, ENSEMBLE if self.posterior else Path())

    @property
    def about(self) -> str:
        """Where the numbers come from."""
        parameters = source() if self.posterior else "the shipped parameters"
        plural = "" if self.seeds == 1 else "s"
        return f"{self.seeds} pair{plural} of runs at scale {self.scale}, {parameters}"

    def run(self, out: Console, err: Console) -> list[Path]:
        """Measure, print, and write the files asked for; returns them. Raises JevonsError, before any run if it can."""
        chosen = self.responses
        files = [file for file in (self.csv, self.figure) if file is not None]
        for file in files:
            if file.exists():
                raise JevonsError(f"{file}: exists already and is left as it is; give another path")
            if not file.parent.is_dir():
                raise JevonsError(f"{file}: there is no folder {file.parent}; make it, or give another path")
        if self.docs and (self.names or self.start):
            raise JevonsError("--docs goes without names and --from: the page shows every response on its own date")
        if len(set(files)) < len(files):
            raise JevonsError(f"{files[0]}: cannot be both the table and the figure; give two files")
        with open_engine("processes", self.workers) as engine:
            measured = measure(chosen, self.pairs, engine, err)
        from runs.charts.figure_style import save_png
        from runs.responses.response_report import measured_figure, measured_markdown, measured_table, print_measured

        print_measured(out, measured, self.about)
        if self.csv is not None:
            write_atomically(self.csv, measured_table(measured).to_csv(index=False))
        drawn = measured_figure(measured, self.about) if self.figure is not None or self.docs else None
        if drawn is not None and self.figure is not None:
            write_atomically(self.figure, lambda stream: save_png(drawn, stream))
        if drawn is not None and self.docs:
            renew_block(PAGE, "responses", measured_markdown(measured, self.about))
            write_atomically(PICTURE, lambda stream: save_png(drawn, stream), overwrite=True)
            files += [PAGE, PICTURE]
        return files
