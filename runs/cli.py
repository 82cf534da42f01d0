"""The `jevons` command. A command's module is loaded only when it is called or described."""

import contextlib
import os
import sys
from importlib import import_module
from typing import Any

import click

from runs.commands import INTERRUPTED, USAGE
from runs.terminal import ctrl_c

# Command -> its module in runs.commands, in the order of the front page.
COMMANDS = {
    "run": "run_command",
    "scenarios": "list_commands",
    "parameters": "list_commands",
    "observables": "list_commands",
    "phases": "list_commands",
    "view": "view_command",
    "sweep": "sweep_command",
    "query": "query_command",
    "sensitivity": "sensitivity_command",
    "report": "report_command",
    "claims": "claims_command",
    "compare": "claims_command",
    "responses": "responses_command",
    "calibrate": "calibrate_command",
    "validate": "validate_command",
    "forecast": "forecast_command",
    "docs": "docs_command",
}


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order of the front page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, or None for a name that is none; click then looks for near ones in `commands`."""
        if cmd_name not in COMMANDS:
            self.commands = {name: self._load(name) for name in COMMANDS}
            return None
        return self._load(cmd_name)

    def _load(self, name: str) -> click.Command:
        command: click.Command = getattr(import_module(f"runs.commands.{COMMANDS[name]}"), name)
        return command


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from model import version

        click.echo(f"jevons {version()}")
        context.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110, "show_default": True},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.pass_context
def jevons(context: click.Context) -> None:
    """An agent-based model of the market for AI inference, 2023 to 2028.

    Labs, hyperscalers, consumers, developers, enterprises and consultancies meet week by week: tokens get cheaper,
    models think longer, agents take over work, and supply is built late.

    \b
    Examples:
      jevons run                               the baseline, beside the disclosed figures
      jevons run --scenario power-squeeze      a scenario that comes with the model
      jevons run --scale small --quiet         in seconds, for scripts
      jevons parameters --search thinking      what can be changed with --set
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> None:
    """Run the command line: an error that the user can correct is one line on stderr and exit status 2."""
    status = execute()
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    sys.exit(status)


def _flush(stream: Any) -> None:
    """Flush a stream, so that Python has nothing left to write, and to complain of, when it ends."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def execute(arguments: list[str] | None = None) -> int:
    """Run with `arguments` (those of the process by default); the exit status."""
    try:
        status = jevons.main(args=arguments, prog_name="jevons", standalone_mode=False)
    except click.ClickException as error:
        return _refuse(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return _interrupted()
    except SystemExit as end:
        if end.code != 1:
            raise
        return 0  # Click and Rich exit with 1 where the reader of standard output has left, as under `| head`
    except OSError as error:  # a full disk behind standard output, or an error that no earlier check foresaw
        place = "reading or writing failed" if error.filename is None else str(error.filename)
        return _refuse(f"{place}: {(error.strerror or str(error)).lower()}; choose another place, or make room there")
    except Exception as error:
        from model import JevonsError

        if not isinstance(error, JevonsError):
            raise
        return _interrupted() if ctrl_c.noted() else _refuse(str(error))
    return status if isinstance(status, int) else 0


def _interrupted() -> int:
    click.echo("jevons: interrupted", err=True)
    return INTERRUPTED


def _refuse(message: str) -> int:
    with contextlib.suppress(OSError):  # standard error is closed
        click.echo("jevons: " + " ".join(message.split()), err=True)
    return USAGE
