"""Blocks of a page that a command writes, between <!-- NAME: begin --> and <!-- NAME: end -->."""

from pathlib import Path

from model import JevonsError, write_atomically


def renew_block(page: Path, name: str, text: str) -> None:
    """Put `text` between the marks of a block and leave the rest; raises JevonsError where a mark is missing."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    whole = page.read_text(encoding="utf-8")
    if whole.count(begin) != 1 or whole.count(end) != 1 or whole.index(begin) > whole.index(end):
        raise JevonsError(f"{page} needs the lines {begin} and {end}, once and in that order")
    before, after = whole.split(begin)[0], whole.split(end)[1]
    write_atomically(page, f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", overwrite=True)


def block_of(page: Path, name: str) -> str:
    """Return what stands between the marks of a block; raises ValueError where there is none."""
    whole = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    return whole[whole.index(begin) + len(begin) : whole.index(end)].strip()
