"""Marks and comments: bounded, and kept in the pcapng file that is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.errors import UsageError
from netwatch.run import annotations as annotations_module
from netwatch.run.annotations import Annotations
from tests.scenes import SceneSource, day, frames_of, running_engine

if TYPE_CHECKING:
    from pathlib import Path


def test_marks_and_comments_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come and go; too many are refused."""
    monkeypatch.setattr(annotations_module, "MOST", 2)
    noted = Annotations()
    assert noted.toggle(3)
    assert not noted.toggle(3)
    noted.toggle(1)
    noted.toggle(2)
    with pytest.raises(UsageError):
        noted.toggle(3)
    noted.write(1, "a")
    noted.write(1, " b ")
    noted.write(2, "c")
    with pytest.raises(UsageError):
        noted.write(3, "d")
    noted.write(2, " ")
    assert noted.comments == {1: "b"}


def test_comments_are_saved_and_read_again(tmp_path: Path) -> None:
    """In pcapng each stands on its packet, and is a note there; a second one is put behind the first."""
    engine = running_engine(SceneSource([frames_of(day(1)), frames_of(day(1))]), 28)
    try:
        engine.annotations().write(3, "the first look-up")
        engine.annotations().write(17, "the second")
        engine.keep(3).result(180)
        assert "comment: the first look-up" in [note.text for note in engine.dissect(3).result(180).notes]
        engine.save(tmp_path / "commented.pcapng").result(180)
    finally:
        engine.close()
    source = FileSource([str(tmp_path / "commented.pcapng")])
    frames = source.read(0.1)
    source.close()
    assert frames is not None
    assert dict(frames.comments or {}) == {2: "the first look-up", 16: "the second"}
    engine = running_engine(FileSource([str(tmp_path / "commented.pcapng")]), 28)  # type: ignore[arg-type]
    try:
        engine.annotations().write(3, "seen")
        engine.save(tmp_path / "again.pcapng").result(180)
    finally:
        engine.close()
    again = FileSource([str(tmp_path / "again.pcapng")]).read(0.1)
    assert again is not None
    assert (again.comments or {})[2] == "the first look-up\nseen"
