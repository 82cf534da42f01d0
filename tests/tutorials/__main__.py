"""`python -m tests.tutorials [NAME ...]`: run the tutorials and write their pages and figures anew."""

import sys
import tempfile
import time
from pathlib import Path

from tests.tutorials.notebooks import FIGURES, notebooks, page_of


def main(names: list[str]) -> None:
    """Write the pages of the named notebooks, or of all."""
    for source in notebooks():
        if names and source.stem not in names:
            continue
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as place:
            page = page_of(source, Path(place), FIGURES)
        source.with_suffix(".md").write_text(page, encoding="utf-8")
        print(f"{source.stem}: {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
