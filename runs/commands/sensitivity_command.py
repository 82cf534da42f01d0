"""`jevons sensitivity`: which uncertainties matter, and which region of them leads where."""

from typing import Any

import click

from runs.terminal.path_argument import PLACE


@click.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="NAME", help="Outcome to explain (repeatable).  [default: all]"
)
@click.option("--scenario", "policy", metavar="NAME", help="Scenario, with its levers if any.  [default: the first]")
@click.option(
    "--where", "condition", metavar="'OUTCOME > X'", help="Also find the region of the uncertainties that leads there."
)
@click.option("--figure", type=PLACE, metavar="FILE", help="Draw it: a new .png, .svg or .pdf file.")
@click.option("--top", type=click.IntRange(1), default=12, help="Parameters shown for each outcome.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV: outcome, scenario, parameter, measure, value, low, high.")
def sensitivity(**options: Any) -> None:
    """Rank what is uncertain in a sweep by its effect on outcomes, with 95% confidence intervals.

    The sampler of the design decides how: morris gives elementary effects (few runs, many parameters), saltelli gives
    Sobol indices (many runs, few parameters); a sweep with any other sampler is read by partial rank correlation.

    \b
    Examples:
      jevons sensitivity DIR --outcome unserved_share_last_year --figure tornado.png
      jevons sensitivity DIR --where 'unserved_share_last_year > 0.4'
    """
    from runs.terminal.console import console
    from runs.terminal.startup_line import early_line

    with early_line(f"jevons: analysing {options['folder']}"):
        from runs.analysis.tables import run_sensitivity

        show = run_sensitivity(**options)
    show(console())
