"""The `jevons` command line: one module a command or a few; each loads the work it starts when it is called."""

USAGE, INTERRUPTED = 2, 130
