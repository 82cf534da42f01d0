"""What mkdocs calls while it builds the site: adds the pages of the reference, and those kept at the project's root."""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Files at the root of the project that are pages too.
ROOT_PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are written from the code's tables, and the project's own files."""
    from mkdocs.structure.files import File

    sys.path.insert(0, str(ROOT))
    try:
        from runs.cli import jevons
        from runs.site.reference_pages import pages
    finally:
        sys.path.remove(str(ROOT))
    texts = pages(jevons) | {page: at_site(name) for name, page in ROOT_PAGES.items()}
    for path, text in texts.items():
        files.append(File.generated(config, path, content=text))
    return files


def at_site(name: str) -> str:
    """Return a file of the project's root with its links as the site needs them."""
    return re.sub(r"\]\(docs/", "](", (ROOT / name).read_text(encoding="utf-8"))
