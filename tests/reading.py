"""How easy a page is to read, and how long it is: `python -m tests.reading` prints both for every page.

The measure is the Flesch-Kincaid grade of `textstat`, on prose alone: tables, code, equations, headings and what a
command wrote are left out. A name in `code` counts as one short word.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
# Blocks that a command writes are between two comments of one name: <!-- scores: begin --> and <!-- scores: end -->.
GENERATED_BLOCK = re.compile(r"<!-- ([\w-]+): begin.*?-->.*?<!-- \1: end -->", re.DOTALL)
CODE_BLOCK = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
# Pages that a command writes as a whole.
GENERATED_PAGES = ("observables.md", "claims.md", "claims-prior.md", "forecasts/20*/README.md")


def written_pages() -> list[Path]:
    """Every page that people write: README, CONTRIBUTING and the pages of the site that no command writes."""
    generated = {path for pattern in GENERATED_PAGES for path in DOCS.glob(pattern)}
    return sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", *set(DOCS.rglob("*.md")) - generated})


def by_hand(text: str) -> str:
    """Return a page without what commands wrote into it."""
    return GENERATED_BLOCK.sub("", text)


def words(text: str) -> int:
    """Count the words of a page that people wrote, tables and equations included; blocks of code are not counted."""
    return len(CODE_BLOCK.sub("", by_hand(text)).split())


def prose(text: str) -> str:
    """Return the sentences of a page, one paragraph or item a line."""
    text = re.sub(r"<!--.*?-->", "", by_hand(text), flags=re.DOTALL)
    text = re.sub(r"^---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = CODE_BLOCK.sub("", text)
    text = re.sub(r"(?<=\n\n)(?:    (?! *[-*\d]).*\n?)+", "\n", text)  # equations are indented by four
    text = re.sub(r"^(?:#|\s*\||!\[|\?\?\?|!!!).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]+>", "", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`[^`]*`", "it", text)
    items = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text)
    lines = [" ".join(re.sub(r"^\s*(?:[-*]|\d+\.) |[*_]{1,2}", "", item).split()) for item in items]
    return "\n".join(line if line[-1] in ".!?" else f"{line.rstrip(':;,')}." for line in lines if len(line.split()) > 2)


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of the prose of a page; 0 for a page of a few words."""
    from typing import Any

    import textstat

    untyped: Any = textstat

    sentences = prose(text)
    return float(untyped.flesch_kincaid_grade(sentences)) if len(sentences.split()) > 20 else 0.0


if __name__ == "__main__":
    total = 0
    for page in written_pages():
        content = page.read_text(encoding="utf-8")
        total += words(content) * page.is_relative_to(DOCS)
        print(f"{words(content):6d} words  grade {grade(content):4.1f}  {page.relative_to(ROOT)}")
    print(f"{total:6d} words in docs/")
