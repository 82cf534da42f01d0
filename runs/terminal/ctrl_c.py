"""Whether Ctrl-C was pressed where it ends a command: what fails after it, such as an import, fails for it."""

_pressed: list[bool] = []


def note() -> None:
    """Remember that it was."""
    _pressed.append(True)


def noted() -> bool:
    """Say whether it was."""
    return bool(_pressed)
