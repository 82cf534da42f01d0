"""The error that a user can act on, below everything that raises it."""

from typing import Any


class JevonsError(Exception):
    """An error that a user can act on, in one line; the command line prints it and exits with status 2."""

    def __init__(self, message: str) -> None:
        """Join the lines of the message into one."""
        super().__init__(" ".join(message.split()))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the arguments, which a subclass keeps as attributes in their order, so that workers can send it."""
        return type(self), tuple(vars(self).values()) or self.args
