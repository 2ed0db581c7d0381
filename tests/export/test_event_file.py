"""The file of events that the monitor keeps: appended to, split in time, bounded, never somebody else's."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from netwatch.errors import FileError
from netwatch.export.event_file import EventFile
from netwatch.run.session import Session
from netwatch.settings import Settings
from netwatch.track.buffer import PacketBuffer
from netwatch.verbs.keeping import Keeping
from tests.detect.traffic import LAN, PEER, Traffic, block_of
from tests.scenes import SceneSource

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.capture.frames import Frames


def scan() -> Frames:
    """A scan of 40 closed ports."""
    made = Traffic()
    for port in range(1, 41):
        made.tcp(LAN, PEER, 40000 + port, port, 2, after=port * 0.05)
        made.tcp(PEER, LAN, port, 40000 + port, 20, after=port * 0.05 + 0.001)
    return block_of(made.sorted())


def test_lines_are_appended_and_the_file_is_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    for number in range(2):
        with EventFile(str(path)) as file:
            file.settimeout(1)
            file.sendall(b"%d\n" % number)
    assert path.read_text() == "0\n1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_split_and_the_oldest_leave(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    with EventFile(str(path), largest=20, kept=2) as file:
        for number in range(10):
            file.sendall(b"line %04d\n" % number)
    assert path.read_text() == "line 0008\nline 0009\n"
    assert (tmp_path / "events.json.1").read_text() == "line 0006\nline 0007\n"
    assert (tmp_path / "events.json.2").read_text() == "line 0004\nline 0005\n"
    assert len(list(tmp_path.iterdir())) == 3


def test_links_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder", "absent/file"):
        with pytest.raises(FileError, match="cannot write"):
            EventFile(str(tmp_path / name))
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_half_written_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.json"
    real = os.write
    left = [3]

    def full(descriptor: int, data: bytes) -> int:
        if not left:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[: left.pop()])

    with EventFile(str(path)) as file:
        file.sendall(b"first\n")
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            with pytest.raises(OSError, match="No space"):
                file.sendall(b"second\n")
        file.sendall(b"third\n")
    assert path.read_text() == "first\nthird\n"


def test_the_monitor_keeps_alerts_and_statistics(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    keeping = Keeping(Settings(events=str(path)))
    assert keeping.keeps == ("the file of events",)
    session = Session(SceneSource([scan()], live=False), PacketBuffer(1 << 20))
    keeping.attach(session)
    while session.step(0):
        pass
    keeping.close()
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert {record["event_type"] for record in records} == {"alert", "stats"}
    assert records[0]["alert"]["signature_id"] == 1_900_101


def test_nothing_is_kept_unless_asked_for(tmp_path: Path) -> None:
    keeping = Keeping(Settings())
    assert keeping.keeps == ()
    session = Session(SceneSource([scan()], live=False), PacketBuffer(1 << 20))
    keeping.attach(session)
    assert session.watcher is None
    assert session.flight is None
    with pytest.raises(FileError, match="cannot save"):
        Keeping(Settings(record_alerts="high", record_alerts_folder=str(tmp_path / "absent")))
