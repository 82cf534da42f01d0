"""What stands in for a program where the tests run the commands of the pages: see shortened.toml.

It is called with the program's name and its arguments, notes what it does in the file LOG, and does it.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.snippets.commands import bare, fault, reason_not_to_run, shortened


def main() -> int:
    """Run the command as the tests do; the exit status."""
    words = bare(sys.argv[1:])
    wrong, reason = fault(words), reason_not_to_run(words)
    done = shortened(words)
    with Path(os.environ["LOG"]).open("a", encoding="utf-8") as log:
        log.write(f"{'not run' if reason else 'run'}\t{shlex.join(words)}\t{reason or shlex.join(done)}\n")
    if wrong is not None:
        sys.stderr.write(f"{shlex.join(words)}: {wrong}\n")
        return 2
    if reason is not None:
        return 0
    if done[0] == "jevons":
        done = [sys.executable, "-c", "from runs.start import main; main()", *done[1:]]
    elif done[0] == "python":
        done = [sys.executable, *done[1:]]
    else:
        sys.stderr.write(f"{shlex.join(words)}: nothing stands in for it; see tests/snippets/shortened.toml\n")
        return 2
    return subprocess.run(done, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
