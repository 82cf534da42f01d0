"""The way into the command line: Ctrl-C is one line and exit status 130, also while modules are still loaded."""

import signal
import sys


def main() -> None:
    """Run the command line. An error that Ctrl-C caused, such as a module half loaded, counts as the Ctrl-C."""
    interrupted = []

    def note(*_: object) -> None:
        interrupted.append(True)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        from runs.cli import main as run

        run()
    except BaseException as error:
        if isinstance(error, SystemExit) or not interrupted:
            raise
        sys.stderr.write("jevons: interrupted\n")
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done
