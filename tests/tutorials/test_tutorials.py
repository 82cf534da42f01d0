"""Every tutorial runs from top to bottom, and its page shows what it gives today."""

import difflib
from pathlib import Path

import pytest
from nbclient.exceptions import CellExecutionError

from tests.tutorials.notebooks import FIGURES, FOLDER, notebooks, page_of


@pytest.mark.slow
@pytest.mark.parametrize("source", notebooks(), ids=lambda path: path.stem)
def test_a_tutorial_runs_and_gives_what_its_page_shows(source: Path, tmp_path: Path) -> None:
    """Texts and numbers are compared, figures by their number alone: `python -m tests.tutorials` renews both."""
    (tmp_path / "work").mkdir()
    made = page_of(source, tmp_path / "work", tmp_path / "figures").splitlines()
    shown = source.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    changes = "\n".join(difflib.unified_diff(shown, made, "the page", "this run", lineterm="", n=0))
    assert not changes, f"{source.stem}.md is stale, renew it with `python -m tests.tutorials {source.stem}`\n{changes}"
    names = {path.name for path in FIGURES.glob(f"{source.stem}-[0-9]*.png")}
    assert names == {path.name for path in (tmp_path / "figures").iterdir()}


SMALL = """\
# %% [markdown]
# # A title
#
# Some words.

# %%
# What is drawn
import matplotlib.pyplot as plt

figure, axes = plt.subplots()

# %%
print("printed")
6 * 7

# %% language="bash"
# printf "\\033[1mbold\\033[0m \\n"
# echo unseen >&2
"""


def test_a_page_has_the_texts_the_code_what_it_printed_and_what_it_drew(tmp_path: Path) -> None:
    source = tmp_path / "small.py"
    source.write_text(SMALL, encoding="utf-8")
    page = page_of(source, tmp_path, tmp_path / "figures")
    assert page.startswith("<!-- Made by `python -m tests.tutorials`: change small.py instead. -->\n\n# A title\n")
    assert "Some words." in page
    assert "![What is drawn](../figures/tutorials/small-1.png)" in page
    assert '```python\nprint("printed")\n6 * 7\n```\n\n```text\nprinted\n\n42\n```' in page
    assert page.endswith("```text\nbold\n```\n")
    assert (tmp_path / "figures" / "small-1.png").read_bytes().startswith(b"\x89PNG")


def test_a_cell_that_fails_fails_the_page(tmp_path: Path) -> None:
    source = tmp_path / "small.py"
    source.write_text("# %% [markdown]\n# # A title\n\n# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(CellExecutionError, match="division by zero"):
        page_of(source, tmp_path, tmp_path / "figures")


def test_there_are_six_tutorials_each_with_its_page_and_an_entry_in_the_list() -> None:
    text = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert len(notebooks()) == 6
    for source in notebooks():
        assert source.with_suffix(".md").is_file()
        assert f"({source.stem}.md)" in text
