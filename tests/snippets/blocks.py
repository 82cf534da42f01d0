"""Blocks of code and commands in the pages that people read, and what their languages are."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SHELL = ("sh", "bash", "shell", "console")
# Nothing to run: output, drawings, and a block that says no language.
SHOWN = ("", "text", "mermaid", "bibtex")
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
FILE = re.compile(r"<!-- file: ([\w.-]+) -->\s*$")


class Block(NamedTuple):
    """A block of a page: its first line's number, language, text, and the file that it is the content of, if any."""

    page: Path
    line: int
    language: str
    text: str
    file: str | None

    @property
    def name(self) -> str:
        """Where it is, for a message."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages(*, notebooks: bool = False) -> list[Path]:
    """Return README, CONTRIBUTING and every page of docs, without frozen forecasts.

    Pages of notebooks, whose code is run by tests/tutorials, are there only where they are asked for.
    """
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")]
    docs = sorted((ROOT / "docs").rglob("*.md"))
    frozen = ROOT / "docs" / "forecasts"
    return [
        page
        for page in (*top, *docs)
        if page.is_file() and page.parent.parent != frozen and (notebooks or not page.with_suffix(".py").is_file())
    ]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        file = FILE.search(text[: match.start()])
        line = text.count("\n", 0, match.start()) + 1
        content = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        found.append(Block(page, line, match["language"], content, file[1] if file else None))
    return found


def inline_commands(page: Path) -> list[str]:
    """Return every `jevons ...` in the prose of a page."""
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(found.split()) for found in re.findall(r"`((?:uv run (?:--extra \w+ )*)?jevons [^`]+)`", prose)]
