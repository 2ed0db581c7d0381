"""What is remembered of tables: across starts, and never more trusted than it deserves."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from netwatch.tui.memory import Kept, PaneMemory

if TYPE_CHECKING:
    from pathlib import Path


def test_choices_last(tmp_path: Path) -> None:
    """In a file of the user's alone."""
    path = tmp_path / "new" / "tables.json"
    memory = PaneMemory(path)
    assert memory.recall("flows") == Kept()
    memory.keep("flows", "rate", descending=False, columns=frozenset({"source", "rate"}))
    memory.keep("hosts", "bytes", descending=True, columns=None)
    assert not path.exists()
    memory.save()
    again = PaneMemory(path)
    assert again.recall("flows") == Kept("rate", False, frozenset({"source", "rate"}))
    assert again.recall("hosts") == Kept("bytes", True, None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_file_choices_last_as_long_as_the_program() -> None:
    """And nobody hears of a folder that cannot be written."""
    memory = PaneMemory(None)
    memory.keep("flows", "rate", descending=True, columns=None)
    memory.save()
    assert memory.recall("flows").sort == "rate"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Is no reason to bother anybody."""
    (tmp_path / "file").touch()
    memory = PaneMemory(tmp_path / "file" / "tables.json")
    memory.keep("flows", "rate", descending=True, columns=None)
    memory.save()
    assert memory.recall("flows").sort == "rate"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[" * 100_000,
        "null",
        "[1]",
        '{"flows": 3}',
        '{"flows": {"sort": 3, "descending": 0, "columns": "x"}}',
        '{"flows": {"columns": [1, null]}}',
        "\x00\xff",
    ],
)
def test_a_file_that_makes_no_sense(tmp_path: Path, text: str) -> None:
    """Is as good as none."""
    path = tmp_path / "tables.json"
    path.write_bytes(text.encode("latin-1"))
    assert PaneMemory(path).recall("flows") == Kept()


def test_unknown_columns_are_left_to_the_table(tmp_path: Path) -> None:
    """Names of another version are kept as they are."""
    path = tmp_path / "tables.json"
    path.write_text(json.dumps({"flows": {"columns": ["gone", "source"]}}))
    assert PaneMemory(path).recall("flows").columns == {"gone", "source"}
