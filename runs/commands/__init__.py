"""Commands of the `jevons` command line that have a module of their own; each imports what it needs when it runs."""
