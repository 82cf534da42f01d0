"""What to do where the packages of an extra are missing."""


def missing_extra(what: str, extra: str) -> str:
    """Return the message, with one way for uv, whose environments have no pip, and one for pip."""
    return (
        f"{what} needs the extra {extra!r}; in the clone: uv sync --inexact --extra {extra}, or without uv: "
        f"pip install -c constraints.txt -e '.[{extra}]'"
    )
