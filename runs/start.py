"""The way into the command line: Ctrl-C is one line and exit status 130, also while modules are still loaded."""

import signal
import sys
from types import TracebackType

from runs.terminal import ctrl_c

SECONDS_UNTIL_REPEATED = 0.01


def _repeat_lost_interrupts() -> None:
    """Have a Ctrl-C come again where Python cannot raise it, such as in a weak reference's callback, and drops it.

    Some compiled functions print its traceback before they drop it.
    """
    report, show = sys.unraisablehook, sys.excepthook

    def repeat(lost: "sys.UnraisableHookArgs") -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, SECONDS_UNTIL_REPEATED)
        else:
            report(lost)

    def show_others(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            show(kind, error, trace)

    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    sys.unraisablehook, sys.excepthook = repeat, show_others


def main() -> None:
    """Run the command line. An error that Ctrl-C caused, such as a module half loaded, counts as the Ctrl-C."""

    def interrupt(*_: object) -> None:
        ctrl_c.note()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    _repeat_lost_interrupts()
    try:
        from runs.cli import main as run

        run()
    except BaseException as error:
        if isinstance(error, SystemExit) or not ctrl_c.noted():
            raise
        sys.stderr.write("jevons: interrupted\n")
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done
