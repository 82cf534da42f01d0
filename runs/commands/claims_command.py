"""`jevons claims`: test the claims about the market; and `jevons compare`: two scenarios pair by pair."""

from typing import TYPE_CHECKING, Any

import click

from runs.commands import shared_options as shared
from runs.terminal.path_argument import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

OUT = click.option(
    "--out",
    type=FOLDER,
    metavar="DIR",
    help="Folder of runs and verdicts; the same one goes on.  [default: runs/results/claims]",
)


MEMBERS, COUNT = click.IntRange(2, 10_000), click.IntRange(0, 10_000)


@click.group(invoke_without_command=True)
@OUT
@click.pass_context
def claims(context: click.Context, out: "Path | None") -> None:
    """List the claims with their last verdicts; `jevons claims run` tests them.

    A claim that was not tested here shows the verdict of docs/claims.md, which comes with the model.

    \b
    Examples:
      jevons claims
      jevons claims show Q29
      jevons claims run Q14 Q28
      jevons claims run --all --docs docs
    """
    from runs.places import RESULTS

    context.obj = out or RESULTS / "claims"
    if context.invoked_subcommand is None:
        from runs.experiments.claim_listing import print_claims
        from runs.experiments.verdicts import kept, shipped
        from runs.terminal.console import console

        print_claims(console(), kept(context.obj), shipped())


@claims.command()
@click.argument("name", metavar="Q29")
@OUT
@click.pass_obj
def show(place: "Path", name: str, out: "Path | None") -> None:
    """Show one claim: its words, its verdict and the figures behind it.

    They come from the last run here, or else from docs/claims.md, which comes with the model.
    """
    from model import JevonsError
    from runs.experiments.claim_entries import entries
    from runs.experiments.claim_listing import SHIPPED, print_claim
    from runs.experiments.verdicts import kept, shipped
    from runs.terminal.console import console

    entry = entries().get(name.upper())
    if entry is None:
        raise JevonsError(f"{name}: no such claim; `jevons claims` lists them")
    folder = out or place
    here, come = kept(folder).get(entry.id), shipped().get(entry.id)
    print_claim(
        console(), entry, here or come, f"run in {folder}" if here else f"{SHIPPED}, which comes with the model"
    )


@claims.command()
@click.argument("names", nargs=-1, metavar="[Q14 Q28 ...]")
@click.option("--all", "everything", is_flag=True, help="Test every claim that is testable.")
@OUT
@shared.pairs_scale
@click.option("--members", type=MEMBERS, default=60, metavar="N", help="Members of the ensemble, two runs each.")
@click.option("--variants", type=COUNT, default=12, metavar="N", help="Members run again in the three variants.")
@click.option(
    "--reported", type=COUNT, default=4, metavar="N", help="Members in which measures that decide nothing run."
)
@shared.engine
@shared.workers
@click.option("--mechanism-off", "off", is_flag=True, help="Switch each claim's mechanism off: then no claim may hold.")
@click.option("--docs", type=FOLDER, metavar="DIR", help="Also write claims.md and its figures there, over old ones.")
@shared.quiet
@click.pass_obj
def run(
    place: "Path",
    names: tuple[str, ...],
    everything: bool,
    out: "Path | None",
    scale: str,
    members: int,
    variants: int,
    reported: int,
    engine: str,
    workers: int | None,
    off: bool,
    docs: "Path | None",
    quiet: bool,
) -> int:
    """Decide some claims: from disclosed figures where they settle it, else from paired runs.

    A claim whose facts the model misses is not judged, one that the prior alone decides is assumed (`jevons claims
    prior`). Treatment and control of a pair have the same seed and the same parameters (a member of the posterior
    ensemble). Each run is made once for all claims and kept: if the command is stopped, the same one goes on.

    \b
    Examples:
      jevons claims run Q14 Q28 --members 8
      jevons claims run --all --docs docs
      jevons claims run --all --mechanism-off --members 4 --out /tmp/off
    """
    from model import JevonsError
    from runs.experiments.claim_report import print_results, write_results
    from runs.experiments.claim_session import Session
    from runs.experiments.registry import claims as testable
    from runs.experiments.registry import pick
    from runs.terminal.console import console
    from runs.terminal.startup_line import early_line

    if bool(names) == everything:
        raise JevonsError("name the claims to test (`jevons claims` lists them), or say --all")
    if docs is not None and (off or not everything):
        raise JevonsError("--docs goes with --all, without --mechanism-off: the page shows every claim's own verdict")
    chosen = list(testable().values()) if everything else pick(names)
    folder = out or (place / "mechanism-off" if off else place)
    session = Session(folder, scale, members, variants, reported, engine, workers)
    results = session.run(chosen, None if quiet else console(stderr=True), off=off)
    if not off:  # with their mechanisms off there is nothing to show but the verdicts
        with early_line("jevons: drawing the results", quiet=quiet):
            write_results(results, session, docs)
    if not quiet:
        print_results(console(), results)
    click.echo(str(folder) if quiet else f"Results: {folder}")
    return 0


@claims.command()
@click.argument("names", nargs=-1, metavar="[Q14 Q28 ...]")
@OUT
@shared.pairs_scale
@click.option("--draws", type=click.IntRange(2, 100_000), default=40, help="Draws from the prior.")
@shared.engine
@shared.workers
@click.option("--docs", type=FOLDER, metavar="DIR", help="Also write claims-prior.md and its table there.")
@shared.quiet
@click.pass_obj
def prior(
    place: "Path",
    names: tuple[str, ...],
    out: "Path | None",
    scale: str,
    draws: int,
    engine: str,
    workers: int | None,
    docs: "Path | None",
    quiet: bool,
) -> None:
    """Say which claims the structure decides by itself, before any fit.

    Every parameter with a prior is drawn from it. A claim that fewer than 5% or more than 95% of the draws support is
    assumed, not found, and `jevons claims run` says so. Without names all claims are tried. If the command is stopped,
    the same one goes on.

    \b
    Examples:
      jevons claims prior Q14 Q28
      jevons claims prior --draws 100 --docs docs
    """
    from model import write_atomically
    from runs.engines.choose_engine import open_engine
    from runs.experiments import prior_openness as openness
    from runs.experiments.cache import Cache
    from runs.experiments.claim_runs import RUNS_FOLDER
    from runs.experiments.registry import claims as testable
    from runs.experiments.registry import pick
    from runs.terminal.console import console

    chosen = pick(names) if names else list(testable().values())
    folder = (out or place) / openness.PRIOR_FOLDER
    openness.known_openness(folder / openness.FILE)  # a damaged table is refused before the runs, not after them
    with open_engine(engine, workers) as opened:
        pairs, cache = openness.prior_pairs(draws, scale), Cache(folder / RUNS_FOLDER)
        found = openness.weigh(chosen, pairs, cache, opened, None if quiet else console(stderr=True))
    openness.add(found, folder / openness.FILE)
    if docs is not None:
        openness.add(found, docs / openness.SHIPPED.name)
        write_atomically(docs / "claims-prior.md", openness.openness_page(found, scale), overwrite=True)
    if not quiet:
        openness.print_openness(console(), found)
    click.echo(str(folder) if quiet else f"Results: {folder}")


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    required=True,
    metavar="OBSERVABLE[:ENTITY[:SEGMENT[:STATISTIC]]]",
    help="What is compared (repeatable); statistic: mean (the default), last, max, min, sum or growth.",
)
@click.option("--from", "start", metavar="DATE", help="First day of the outcomes.  [default: the start]")
@click.option("--until", "end", metavar="DATE", help="Last day of the outcomes.  [default: the end]")
@shared.pairs
@shared.pairs_scale
@click.option("--difference", is_flag=True, help="Compare by B - A instead of ln(B / A).")
@click.option("--out", type=FOLDER, metavar="DIR", help="Keep the runs there.")
@shared.workers
def compare(**options: Any) -> None:
    """Compare two scenarios (names or files) pair by pair, with common random numbers.

    \b
    Examples:
      jevons compare baseline power-squeeze --outcome demand_unserved_share --difference --from 2027-01-01
      jevons compare baseline price-war --outcome revenue:openai --outcome tokens_served:market:api --seeds 10
    """
    from runs.experiments.comparison import Comparison, compare_scenarios, print_comparison
    from runs.terminal.console import console

    asked = Comparison(**options)
    print_comparison(console(), asked, compare_scenarios(asked, console(stderr=True)))
