"""What a session records: on over a pause, not after its end, interfaces apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.capture.autostop import Limits
from netwatch.capture.file_source import FileSource
from netwatch.capture.recorder import Recorder
from tests.capture.capture_bytes import blocks_of, rows_of
from tests.run.sessions import PACKETS, session_of
from tests.scenes import START_NS, SceneSource, frames_of

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path) -> list[tuple[str, bytes]]:
    """Return interface and bytes of each packet of a file, which must be whole."""
    source = FileSource([str(path)])
    rows = rows_of(blocks_of(source))
    assert not source.counters().truncated
    names = [interface.name for interface in source.interfaces]
    source.close()
    return [(names[row.interface], row.data) for row in rows]


def test_a_recording_goes_on_when_capture_does(tmp_path: Path) -> None:
    """Stopped and resumed: one file with the packets of both; its end is written once."""
    path = tmp_path / "both.pcapng"
    source = SceneSource([frames_of(PACKETS)])
    session = session_of(source, recorder=Recorder(str(path), source.interfaces))
    session.step(0)
    session.end(keep_recording=True)
    session.resume(SceneSource([frames_of(PACKETS, START_NS + 10**10)]))
    session.step(0)
    session.end()
    assert written(path) == [("eth0", packet) for packet in PACKETS * 2]
    assert session.snapshot().recording is not None
    assert session.snapshot().recording.packets == 2 * len(PACKETS)


def test_a_completed_recording_is_not_written_to(tmp_path: Path) -> None:
    """When the capture is resumed after its limit ended it, the file stays as it is."""
    path = tmp_path / "five.pcapng"
    source = SceneSource([frames_of(PACKETS)])
    session = session_of(source, recorder=Recorder(str(path), source.interfaces), limits=Limits(packets=5))
    assert not session.step(0)
    size = path.stat().st_size
    session.resume(SceneSource([frames_of(PACKETS)]))
    assert session.step(0)
    session.end()
    assert path.stat().st_size == size
    assert written(path) == [("eth0", packet) for packet in PACKETS[:5]]


def test_a_recording_keeps_interfaces_apart(tmp_path: Path) -> None:
    """Going on with another interface, its packets are not written as the first one's."""
    path = tmp_path / "two.pcapng"
    first = SceneSource([frames_of(PACKETS[:3])], name="eth0")
    session = session_of(first, recorder=Recorder(str(path), first.interfaces))
    session.step(0)
    session.end(keep_recording=True)
    second = session_of(SceneSource([frames_of(PACKETS[3:7])], name="wlan0"))
    second.take_recording(session)
    second.step(0)
    session.end()
    second.end()
    assert written(path) == [("eth0", packet) for packet in PACKETS[:3]] + [
        ("wlan0", packet) for packet in PACKETS[3:7]
    ]
