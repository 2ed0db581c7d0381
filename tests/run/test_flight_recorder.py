"""Packets around alerts are saved by themselves: the right seconds, not too often, not too many, on any disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.nanoseconds import SECOND
from netwatch.run.flight_recorder import Flight, FlightRecorder
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
from tests.detect.traffic import LAN, PEER, ROUTER, ROUTER_MAC, WEB, Traffic, block_of, mac_of
from tests.scenes import SceneSource
from tests.track.flow_packets import START

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames

PLAIN = b"GET / HTTP/1.1\r\n"


def traffic(*scans: float, until: int = 120) -> list[Frames]:
    """A datagram a second, and scans that begin at some seconds, in blocks of ten seconds."""
    made = Traffic()
    for second in range(until):
        made.udp(LAN, PEER, 5000, 9, b"tick", after=second)
    for number, second in enumerate(scans):
        for port in range(1, 41):
            target = f"192.168.1.{100 + number}"
            made.tcp(LAN, target, 40000 + port, port, 2, after=second + port * 0.05)
            made.tcp(target, LAN, port, 40000 + port, 20, after=second + port * 0.05 + 0.001)
    frames = made.sorted()
    return [
        block_of(part)
        for begin in range(0, until, 10)
        if (part := [frame for frame in frames if begin <= frame[0] < begin + 10])
    ]


def recorded(flight: Flight, blocks: list[Frames], *, buffer: int = 1 << 24) -> FlightRecorder:
    """What a recorder did with them."""
    recorder = FlightRecorder(flight)
    session = Session(SceneSource(blocks, live=False), PacketBuffer(buffer), flight=recorder)
    while session.step(0):
        pass
    session.end()
    recorder.close()
    return recorder


def times(path: str) -> list[float]:
    """The seconds of the packets of a file."""
    source, found = FileSource([path]), []
    try:
        while True:
            frames = source.read(1)
            if frames is not None:
                found += [(time - START) / SECOND for time in frames.time_ns.tolist()]
    except EOFError:
        return found
    finally:
        source.close()


def test_seconds_before_and_after_are_saved_with_the_alert_in_the_comment(tmp_path: Path) -> None:
    recorder = recorded(Flight(2, str(tmp_path), before_s=20, after_s=15), traffic(55))
    (saved,) = recorder.saved
    seconds = times(saved.path)
    assert saved.packets == len(seconds)
    assert 34 <= seconds[0] <= 38
    assert 70 <= seconds[-1] <= 72
    assert b"alert scan.vertical: " in Path(saved.path).read_bytes()
    assert Path(saved.path).name.endswith("-scan.vertical.pcapng")
    assert recorder.problems == []


def test_a_lower_alert_saves_nothing(tmp_path: Path) -> None:
    assert not recorded(Flight(4, str(tmp_path)), traffic(55)).saved
    assert list(tmp_path.iterdir()) == []


def test_alerts_soon_after_one_another_are_one_file(tmp_path: Path) -> None:
    often = recorded(Flight(2, str(tmp_path), after_s=2, pause_s=60), traffic(20, 40, 60))
    assert len(often.saved) == 1
    apart = recorded(Flight(2, str(tmp_path), after_s=2, pause_s=10), traffic(20, 40, 60))
    assert len(apart.saved) == 3
    assert len(list(tmp_path.iterdir())) == 4


def test_files_are_bounded_in_size_and_number(tmp_path: Path) -> None:
    small = recorded(Flight(2, str(tmp_path), before_s=100, after_s=100, most_bytes=9000), traffic(55))
    (saved,) = small.saved
    assert 0 < saved.packets < 120 + 80
    few = recorded(Flight(2, str(tmp_path), after_s=2, pause_s=10, most_files=2), traffic(20, 40, 60, 80))
    assert [Path(one.path).exists() for one in few.saved] == [True, True]
    assert len(list(tmp_path.iterdir())) == 3


def test_the_end_of_a_capture_completes_the_file(tmp_path: Path) -> None:
    recorder = recorded(Flight(2, str(tmp_path), after_s=3600), traffic(55, until=70))
    (saved,) = recorder.saved
    assert times(saved.path)[-1] == pytest.approx(69, abs=0.1)


def test_a_folder_that_is_gone_is_told_and_ends_nothing(tmp_path: Path) -> None:
    recorder = FlightRecorder(Flight(2, str(tmp_path / "gone"), after_s=2))
    session = Session(SceneSource(traffic(55), live=False), PacketBuffer(1 << 24), flight=recorder)
    while session.step(0):
        pass
    recorder.close()
    assert session.packets == 120 + 80
    (problem,) = session.snapshot().problems
    assert "the packets of an alert were not saved" in problem.words


def test_a_graver_alert_does_not_wait(tmp_path: Path) -> None:
    """A scan saved a file a moment ago; what comes now matters more."""
    made = Traffic()
    made.arp(2, ROUTER, LAN, mac=ROUTER_MAC, to=mac_of(LAN))
    for port in range(40):
        made.wait(0.1).refused(PEER, LAN, 1000 + port)
    made.wait(5).connect(LAN, WEB, 443)
    for _ in range(8):
        made.wait(1).arp(2, ROUTER, LAN, mac=mac_of(PEER), to=mac_of(LAN))
    recorder = recorded(Flight(2, str(tmp_path), after_s=60), [block_of(made.sorted())])
    names = [Path(saved.path).name.partition("-")[2].split("-", 2)[2] for saved in recorder.saved]
    assert names == ["scan.vertical.pcapng", "arp.spoof.pcapng"]
