"""A file is written whole or not at all, and nothing is overwritten unasked."""

import os
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from model import JevonsError, write_atomically


def test_text_bytes_and_what_a_function_writes_are_read_back(tmp_path: Path) -> None:
    word = "gr\u00fc\u00df"
    contents: tuple[Any, ...] = (word, word.encode(), lambda stream: stream.write(word.encode()))
    for number, content in enumerate(contents):
        path = tmp_path / str(number)
        assert write_atomically(path, content) == path
        assert path.read_text(encoding="utf-8") == "gr\u00fc\u00df"
    assert len(os.listdir(tmp_path)) == 3


def test_a_file_or_folder_that_is_there_is_left_as_it_is_unless_the_file_is_to_be_overwritten(tmp_path: Path) -> None:
    path = write_atomically(tmp_path / "file.txt", "old")
    with pytest.raises(JevonsError, match=r"file.txt: exists already and is left as it is"):
        write_atomically(path, "new")
    with pytest.raises(JevonsError, match="exists already"):
        write_atomically(tmp_path, "new", overwrite=True)
    assert path.read_text() == "old"
    write_atomically(path, "new", overwrite=True)
    assert path.read_text() == "new"


@pytest.mark.parametrize("durable", [True, False])
def test_a_failed_write_leaves_neither_half_a_file_nor_the_old_one_changed(tmp_path: Path, durable: bool) -> None:
    path = write_atomically(tmp_path / "file.txt", "old")

    def half(stream: BinaryIO) -> None:
        stream.write(b"ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(JevonsError, match=r"file.txt: cannot be written: no space left on device"):
        write_atomically(path, half, overwrite=True, durable=durable)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_a_place_that_the_system_refuses_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(JevonsError, match="no such file or directory"):
        write_atomically(tmp_path / "missing" / "file.txt", "new")
    with pytest.raises(JevonsError, match="file name too long"):
        write_atomically(tmp_path / ("x" * 300), "new")
