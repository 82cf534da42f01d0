"""`jevons report`."""

import click


@click.command()
def report() -> None:
    """Placeholder."""
