"""`jevons sweep`: many runs of one design."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from runs.commands import INTERRUPTED
from runs.commands import shared_options as shared
from runs.terminal.path_argument import PLACE

if TYPE_CHECKING:
    from pathlib import Path

ALL_FAILED = 1
# Options that are keys of the design, those of one plain value first; the others say how it is run.
OF_THE_DESIGN = (
    *("scale", "until", "replications", "samples", "sampler", "ensemble", "seed"),
    *("scenarios", "uncertainties", "levers", "constants"),
)


@click.command()
@click.argument("design", required=False, type=PLACE, metavar="[DESIGN.toml]")
@click.option(
    "--out",
    type=PLACE,
    metavar="DIR",
    help="Folder of the results; the same one resumes.  [default: one of this design, under runs/results]",
)
@click.option(
    "--scenario", "scenarios", multiple=True, metavar="NAME|FILE.toml", help="A scenario to run (repeatable)."
)
@click.option("--scale", help="How many rows represent the world: small, default or large.")
@click.option("--until", metavar="DATE", help="Last date to simulate, YYYY-MM-DD.")
@click.option("--replications", type=int, metavar="N", help="Seeds for each draw and scenario.  [default: 1]")
@click.option("--samples", type=int, metavar="N", help="Draws of what is uncertain.  [default: 100]")
@click.option("--sampler", metavar="NAME", help="latin-hypercube (default), monte-carlo, sobol, morris or saltelli.")
@click.option(
    "--uncertainty",
    "uncertainties",
    multiple=True,
    metavar="PATH[=LOW..HIGH]",
    help="An uncertain parameter, over its prior or a range (repeatable; patterns such as 'hyperscalers.*').",
)
@click.option(
    "--ensemble", metavar="FILE|posterior", help="Draw parameters jointly from a Parquet table, a column each."
)
@click.option(
    "--lever", "levers", multiple=True, metavar="PATH=A,B,...", help="Values to compare (repeatable: all combinations)."
)
@click.option(
    "--set", "constants", multiple=True, metavar="PATH=VALUE", help="Change a parameter in every run (repeatable)."
)
@click.option("--seed", type=int, metavar="N", help="Root of all seeds.  [default: 7]")
@shared.engine
@shared.workers
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler, such as tcp://host:8786 (with --engine dask).")
@click.option("--retry-failed", is_flag=True, help="Repeat the runs that failed.")
@click.option("--accept-code-change", is_flag=True, help="Go on with other code or another processor; both are noted.")
@click.option(
    "--run-timeout",
    type=click.FloatRange(0.0, min_open=True),
    metavar="SECONDS",
    help="A run that takes longer counts as failed; looked at between weeks.  [default: no limit]",
)
@click.option("--restart", is_flag=True, help="Move the folder's content into log/ and start again.")
@click.option("--shard", metavar="K/N", help="Do the K-th of N shares of the runs, as one job of an array.")
@click.option("--merge", is_flag=True, help="Pack what all shards have done; do no run.")
@click.option(
    "--patience",
    type=click.FloatRange(min=0.0),
    default=600.0,
    metavar="SECONDS",
    help="How long to wait where a cluster has no worker.",
)
@shared.quiet
def sweep(design: "Path | None", out: "Path | None", quiet: bool, **options: Any) -> int:
    """Run a design: uncertainties, levers, scenarios and replications.

    Each finished run is written to disk at once. If the sweep is stopped or killed, the same command goes on from there
    and gives the same bytes. A run that fails is kept with its parameters and traceback, and the sweep goes on (exit
    status 1 if all fail). Ctrl-C ends after the runs under way (exit status 130).

    \b
    Examples:
      jevons sweep design.toml --out DIR
      jevons sweep --out DIR                     go on with the design that DIR holds
      jevons sweep design.toml --out DIR --shard 3/40, and when all 40 are done: jevons sweep --out DIR --merge
      jevons sweep --scale small --until 2026-12-31 --samples 200 --scenario baseline --scenario power-squeeze
              --uncertainty chip_maker.merchant.expansion=0.2..0.6 --uncertainty 'labs.*'
      jevons query DIR 'select ...'; jevons sensitivity DIR; jevons report DIR
    """
    from runs.terminal.console import console
    from runs.terminal.startup_line import early_line

    with early_line("jevons: planning the sweep", quiet=quiet):
        from runs.sweep.results import commonest_error
        from runs.sweep.sweep import Sweep
        from runs.sweep.sweep_note import sweep_note

        work = Sweep(design, out, **read_changes(options))
    results = work.run(
        console=None if quiet else console(stderr=True),
        **{name: value for name, value in options.items() if name not in OF_THE_DESIGN},
    )
    outcome = work.outcome
    assert outcome is not None
    click.echo(str(work.layout.root) if quiet else sweep_note(outcome, results))
    if options["shard"] and not (quiet or outcome.interrupted):
        click.echo(
            f"That was shard {options['shard']}; when all are done: jevons sweep --out {work.layout.root} --merge"
        )
    if outcome.interrupted:
        click.echo(f"jevons: interrupted; jevons sweep --out {work.layout.root} goes on", err=True)
        return INTERRUPTED
    if outcome.failed < outcome.total:
        return 0
    if quiet:
        click.echo(f"jevons: all {outcome.total} runs failed; {commonest_error(results)}", err=True)
    return ALL_FAILED


def read_changes(options: dict[str, Any]) -> dict[str, Any]:
    """Return what the flags say about the design, as its file would; raises JevonsError."""
    from model import parse_assignments

    changes = {name: options[name] for name in OF_THE_DESIGN[:7] if options[name] is not None}
    if options["scenarios"]:
        changes["scenarios"] = list(options["scenarios"])
    if options["uncertainties"]:
        changes["uncertainties"] = _uncertainties(options["uncertainties"])
    if options["levers"]:
        levers = parse_assignments(options["levers"], "--lever")
        changes["levers"] = {path: [part.strip() for part in text.split(",")] for path, text in levers.items()}
    if options["constants"]:
        changes["constants"] = parse_assignments(options["constants"])
    return changes


def _uncertainties(texts: Sequence[str]) -> dict[str, Any]:
    from model import JevonsError

    uncertainties: dict[str, Any] = {}
    for path, spread in map(_uncertainty, texts):
        if path in uncertainties:
            raise JevonsError(f"--uncertainty: {path} is given twice")
        uncertainties[path] = spread
    return uncertainties


def _uncertainty(text: str) -> tuple[str, Any]:
    """Read PATH for the prior, or PATH=LOW..HIGH."""
    from model import JevonsError

    path, equals, given = (part.strip() for part in text.partition("="))
    if not equals or given == "prior":
        return path, "prior"
    low, dots, high = given.partition("..")
    try:
        if not dots:
            raise ValueError(given)
        return path, [float(low), float(high)]
    except ValueError:
        raise JevonsError(f"--uncertainty {text!r} is not PATH, PATH=prior or PATH=LOW..HIGH") from None
