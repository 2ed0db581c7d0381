"""The names of earlier runs: what is remembered, how much of it, and what makes a name new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.run import name_history
from netwatch.run.name_history import LARGEST_FILE, LONGEST_NAME, MOST_NAMES, NameHistory
from netwatch.run.session import Session
from netwatch.settings import Settings
from netwatch.tables.query import TableQuery
from netwatch.track.buffer import PacketBuffer
from netwatch.verbs import detecting
from tests.scenes import CLIENT, RESOLVER, SceneSource, dns, frames_of, udp

if TYPE_CHECKING:
    from pathlib import Path


def looked_up(path: Path, *names: str, live: bool = True) -> dict[str, bool]:
    """Return which of the names that are asked for in one run are new."""
    packets = [udp(CLIENT, RESOLVER, 40000 + at, 53, dns(at, name)) for at, name in enumerate(names)]
    history = NameHistory(path)
    session = Session(SceneSource([frames_of(packets)], live=live), PacketBuffer(0), name_history=history)
    session.step(0)
    session.end()
    found = {}
    for table in ("dns", "dns_names"):
        page = session.page(table, TableQuery("serial")).table
        found[table] = dict(zip(page.name, page.new.tolist(), strict=True))
    assert found["dns"] == found["dns_names"]
    return found["dns"]


def test_names_of_earlier_runs_are_not_new(tmp_path: Path) -> None:
    path = tmp_path / "state" / "names"
    assert looked_up(path, "a.example", "b.example") == {"a.example": True, "b.example": True}
    assert path.read_text() == "a.example\nb.example\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert looked_up(path, "c.example", "a.example") == {"c.example": True, "a.example": False}
    assert path.read_text() == "b.example\nc.example\na.example\n"


def test_files_are_compared_and_add_nothing(tmp_path: Path) -> None:
    path = tmp_path / "names"
    path.write_text("a.example\n")
    assert looked_up(path, "a.example", "b.example", live=False) == {"a.example": False, "b.example": True}
    assert path.read_text() == "a.example\n"


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "names"
    path.write_text("".join(f"{at}.example\n" for at in range(MOST_NAMES + 5)))
    history = NameHistory(path)
    assert len(history.known) == MOST_NAMES
    assert "4.example" not in history.known
    history.remember(["new.example"])
    assert "5.example" not in NameHistory(path).known
    monkeypatch.setattr(name_history, "LARGEST_FILE", 30)
    history.remember(["of.example", "all.example"])
    assert path.read_text() == "of.example\nall.example\n"


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    one, two = NameHistory(tmp_path / "names"), NameHistory(tmp_path / "names")
    one.remember(["a.example"])
    two.remember(["b.example"])
    assert NameHistory(tmp_path / "names").known == {"a.example", "b.example"}


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\n\n\n", b"a" * (LONGEST_NAME + 1), b"\x1b[2J\n", b"\n" * 1000, b"\0" * LARGEST_FILE],
    ids=["not UTF-8", "long", "escape", "empty lines", "large"],
)
def test_a_file_that_makes_no_sense_does_no_harm(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "names"
    path.write_bytes(content)
    assert all(name.isprintable() for name in NameHistory(path).known)


def test_a_link_is_not_followed_and_a_folder_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious\n")
    (tmp_path / "names").symlink_to(target)
    NameHistory(tmp_path / "names").remember(["a.example"])
    assert target.read_text() == "precious\n"
    NameHistory(tmp_path).remember(["a.example"])


def test_it_is_off_unless_the_user_turns_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert detecting.name_history(Settings()) is None
    found = detecting.name_history(Settings(name_history=True))
    assert found is not None
    found.remember(["a.example"])
    assert [each.read_text() for each in tmp_path.rglob("names")] == ["a.example\n"]
