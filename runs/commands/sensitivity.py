"""`jevons sensitivity`."""

import click


@click.command()
def sensitivity() -> None:
    """Placeholder."""
