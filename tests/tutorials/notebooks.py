"""The tutorials: notebooks as plain text in docs/tutorials, run from top to bottom, and their pages.

A notebook is a Python file with cells (`# %%`). Its page, beside it, has the texts, the code and what the code gave.
"""

import os
import re
import stat
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import jupytext
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "tutorials"
FIGURES = ROOT / "docs" / "figures" / "tutorials"
# Columns of what commands print, so that a page is the same whatever terminal made it.
WIDTH = "110"
SECONDS_A_CELL = 3600  # a machine may be busy
SHELL = "%%bash\n"
NOTE = """This page is the notebook [`{name}`]({name}), run from top to bottom:
[how to open it](index.md#open-a-notebook)."""


def notebooks() -> list[Path]:
    """Return the notebooks in the order of their names."""
    return sorted(FOLDER.glob("*.py"))


def environment(place: Path) -> dict[str, str]:
    """Return variables in which `jevons` is this checkout's; a small script for it is written into `place`."""
    command = place / "bin" / "jevons"
    command.parent.mkdir(exist_ok=True)
    code = "from runs.start import main; main()"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c \'{code}\' "$@"\n', encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return {
        **os.environ,
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "JEVONS_BACKEND": "numpy",
        "COLUMNS": WIDTH,
        "NO_COLOR": "1",
    }


def page_of(source: Path, place: Path, figures: Path) -> str:
    """Run a notebook in the folder `place` and return its page; its figures are written into the folder `figures`.

    Raises CellExecutionError, with the cell and its traceback, where a cell fails.
    """
    notebook: Any = jupytext.read(source)
    client = NotebookClient(
        notebook, timeout=SECONDS_A_CELL, kernel_name="python3", resources={"metadata": {"path": str(place)}}
    )
    client.execute(env=environment(place))
    figures.mkdir(parents=True, exist_ok=True)
    title, _, rest = notebook.cells[0].source.partition("\n")
    note = NOTE.format(name=source.name)
    parts = [f"<!-- Made by `python -m tests.tutorials`: change {source.name} instead. -->", title, note, rest.strip()]
    drawn = 0
    for cell in notebook.cells[1:]:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        shell, code = cell.source.startswith(SHELL), cell.source.removeprefix(SHELL)
        parts.append(f"```{'sh' if shell else 'python'}\n{code}\n```")
        printed = "".join(output["text"] for output in cell.outputs if output.get("name") == "stdout")
        texts = [printed, *(output["data"].get("text/plain", "") for output in cell.outputs if "data" in output)]
        images = [output["data"]["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})]
        for image in images:
            drawn += 1
            name = f"{source.stem}-{drawn}.png"
            (figures / name).write_bytes(b64decode(image))
            parts.append(f"![{_words(cell.source, drawn)}](../figures/tutorials/{name})")
        if not images and (text := "\n".join(filter(None, texts)).rstrip()):
            parts.append(f"```text\n{_trimmed(text)}\n```")
    return "\n\n".join(part for part in parts if part) + "\n"


def _words(code: str, number: int) -> str:
    """Return what a figure shows: the comment that its cell begins with."""
    found = re.match(r"# (.+)", code)
    return found[1] if found else f"Figure {number}"


def _trimmed(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)  # a kernel asks programs for colours
    return "\n".join(line.rstrip() for line in plain.splitlines())
