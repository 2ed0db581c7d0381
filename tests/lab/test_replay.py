"""What a replay gives to its senders: the moments of the frames, and what happens when tcpreplay cannot have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from netwatch.errors import UsageError
from netwatch.lab import replay as module
from netwatch.lab.bench import Bench, Progress
from netwatch.lab.replay import ReplayOptions, plan_replay
from netwatch.lab.rewrite import Rewriting
from netwatch.lab.sent_log import SentLog
from netwatch.lab.surroundings import Surroundings
from netwatch.lab.tcpreplay import Sent, TooLargeError
from netwatch.lab.wire import SilentWire
from netwatch.snapshot import Interface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

TIMES = (5.0, 5.5, 5.5, 5.4, 7.0)


class Sender:
    """Stands for the child: keeps what it is given."""

    def __init__(self, _interface: str, most: int = 100) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self.asked: tuple[int, float, bool] | None = None
        self.closed = False
        self._most = most

    def fill(self, packets: Iterable[tuple[float, bytes]]) -> tuple[int, int, float]:
        for packet in packets:
            if len(self.frames) == self._most:
                raise TooLargeError("too much")
            self.frames.append(packet)
        return len(self.frames), sum(len(data) for _, data in self.frames), self.frames[-1][0]

    def go(self, loops: int, rate: float, wait: Callable[[], bool], *, steady: bool) -> Sent:
        assert not wait()
        self.asked = (loops, rate, steady)
        return Sent(len(self.frames) * loops, 14 * loops, 1.0)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def capture(tmp_path: Path) -> str:
    """A capture of five frames, one of them earlier than the one before it."""
    from scapy.layers.l2 import Ether
    from scapy.utils import wrpcap

    packets = [Ether(src=f"02:aa:00:00:00:{number:02x}", type=0x88B5) / bytes(46) for number in range(len(TIMES))]
    for packet, time in zip(packets, TIMES, strict=True):
        packet.time = time
    wrpcap(str(tmp_path / "five.pcap"), packets)
    return str(tmp_path / "five.pcap")


def run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: ReplayOptions, *, most: int = 100, there: bool = True
) -> tuple[Any, list[Sender], SilentWire]:
    """Carry out a replay with the stand-in for tcpreplay; return results, stand-ins and wire."""
    senders: list[Sender] = []

    def started(interface: str) -> Sender:
        senders.append(Sender(interface, most))
        return senders[-1]

    monkeypatch.setattr(module, "TcpReplay", started)
    monkeypatch.setattr(module, "installed", lambda: there)
    plan = plan_replay(options, Surroundings((), Interface("eth1", up=True), True, dry=False))
    if plan.before_drop is not None:
        plan.before_drop()
    clock = iter(number / 10 for number in range(10_000))
    wire = SilentWire(frames=True)
    with SentLog(tmp_path / "log") as log:
        bench = Bench(wire, log, progress=Progress(shown=False), clock=lambda: next(clock))
        results = plan.run(bench)
        log.end("done")
    end = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert (end["packets"], bench.packets) == (results.summary["packets"],) * 2
    return results, senders, wire


def test_frames_leave_as_recorded_and_never_above_the_rate(
    capture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ReplayOptions(capture, 2.0, 100.0, 3, Rewriting(), "tcpreplay")
    results, senders, wire = run(monkeypatch, tmp_path, options)
    assert [round(time, 6) for time, _ in senders[0].frames] == [0.0, 0.25, 0.26, 0.27, 1.0]
    assert [data[11] for _, data in senders[0].frames] == [0, 1, 2, 3, 4]
    assert (senders[0].asked, senders[0].closed) == ((3, 100.0, False), True)
    assert results.summary == {"rounds": 3, "packets": 15, "sender": "tcpreplay"}
    assert not wire.packets


def test_who_sends(capture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steady, rhythm = (ReplayOptions(capture, speed, 5000.0, 1, Rewriting()) for speed in (None, 1000.0))
    for options, there, sender in (
        (steady, True, "tcpreplay"),
        (steady, False, "netwatch"),
        (rhythm, True, "netwatch"),
    ):
        results, senders, wire = run(monkeypatch, tmp_path, options, there=there)
        assert (results.summary["sender"], len(senders)) == (sender, sender == "tcpreplay")
        assert [data[11] for data in wire.packets] == ([] if senders else [0, 1, 2, 3, 4])


def test_what_is_too_large_for_it_netwatch_sends(capture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results, senders, wire = run(monkeypatch, tmp_path, ReplayOptions(capture, None, 5000.0, 1, Rewriting()), most=3)
    assert (senders[0].asked, senders[0].closed) == (None, True)
    assert (results.summary["sender"], len(wire.packets)) == ("netwatch", 5)
    with pytest.raises(TooLargeError):
        run(monkeypatch, tmp_path, ReplayOptions(capture, None, 5000.0, 1, Rewriting(), "tcpreplay"), most=3)
    with pytest.raises(UsageError, match="at most"):
        run(monkeypatch, tmp_path, ReplayOptions(capture, None, 10_001.0, 1, Rewriting()))
