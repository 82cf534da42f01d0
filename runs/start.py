"""The way into the command line: Ctrl-C is one line and exit status 130, also while modules are still loaded."""

import signal
import sys
from types import FrameType
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line. An error that Ctrl-C caused, such as a module half loaded, counts as the Ctrl-C."""
    interrupted = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        from runs.cli import main as run

        run()
    except SystemExit:
        raise
    except BaseException:
        if not interrupted:
            raise
        sys.stderr.write("jevons: interrupted\n")
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # all is done: the end of the process needs no traceback
