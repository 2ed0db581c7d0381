"""The demo: the same recording each time, as if it happened now, filtered like any other source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.capture.bpf import CaptureFilter, FilterCompiler
from netwatch.capture.demo import PAUSE_NS, DemoSource
from netwatch.decode.batch import MALFORMED, TCP_SYN
from netwatch.decode.decoder import decode
from netwatch.decode.row import packet_row
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames

START = 1_767_225_600.0
ROUND = 45


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return self.now


def rows(seconds: float, text: str = "") -> list[tuple[str, str, int]]:
    """Return protocol, info and time of the packets of so many seconds."""
    clock = Clock()
    source = DemoSource(clock)
    if text:
        source.set_filter(CaptureFilter(text, FilterCompiler.open()))
    found = []
    for _ in range(int(seconds)):
        clock.now += 1
        frames = source.read(0)
        if frames is None:
            continue
        batch = decode(frames, 1)
        assert not (batch.status & MALFORMED).any()
        assert frames.time_ns.max() <= clock.now * 1e9
        for position in range(len(batch)):
            row = packet_row(batch, position, "")
            found.append((row.protocol, row.info, row.time_ns))
    return found


def test_it_shows_every_kind_of_conversation() -> None:
    """All that a newcomer looks for."""
    found = rows(ROUND)
    assert {"ARP", "DNS", "TCP", "TLS", "HTTP", "ICMP"} <= {protocol for protocol, _, _ in found}
    assert any("www.example.com" in info for _, info, _ in found)


def test_it_is_the_same_each_time() -> None:
    """Lessons can be repeated."""
    assert rows(10) == rows(10)


def test_a_filter_narrows_it() -> None:
    """Only what matches comes through."""
    assert {protocol for protocol, _, _ in rows(ROUND, "arp")} == {"ARP"}


def test_nothing_comes_before_its_time() -> None:
    """A read before the next packet is due returns nothing and does not wait longer than it may."""
    clock = Clock()
    source = DemoSource(clock)
    first = source.read(0)
    assert first is not None
    assert source.read(0.01) is None


def test_it_begins_again_from_other_ports() -> None:
    """New connections, not the old ones again; their checksums are as right as those of the recording."""
    clock = Clock()
    source = DemoSource(clock)
    clock.now += 2 * ROUND
    once, again = source.read(0), source.read(0)
    assert once is not None
    assert again is not None
    assert int(again.time_ns[0] - once.time_ns[-1]) == PAUSE_NS
    batches = [decode(frames, 1) for frames in (once, again) if frames is not None]
    clients = [set(batch.sport[(batch.tcp_flags == TCP_SYN) & (batch.sport >= 32768)].tolist()) for batch in batches]
    assert clients[1] == {port + 1 for port in clients[0]}
    wrong = [sum(map(has_wrong_checksum, packets(frames))) for frames in (once, again)]
    assert wrong == [0, 0]


def packets(frames: Frames) -> list[bytes]:
    """Return the bytes of the first packets of a block."""
    data = frames.data.tobytes()
    places = zip(frames.offset.tolist(), frames.captured.tolist(), strict=True)
    return [data[offset : offset + size] for offset, size in list(places)[:600]]


def has_wrong_checksum(packet: bytes) -> bool:
    """Return whether Scapy would compute other checksums for a packet."""
    from scapy.layers.inet import TCP, UDP
    from scapy.layers.l2 import Ether

    rebuilt = Ether(packet)
    for layer in (TCP, UDP):
        if layer in rebuilt:
            del rebuilt[layer].chksum
    return bytes(rebuilt) != packet


def test_what_is_found_in_it() -> None:
    """Names, hosts of the web, handshakes that fail in every way, and the alerts that the recording was made for."""
    clock = Clock()
    session = Session(DemoSource(clock), PacketBuffer(1 << 22), clock=clock)
    for _ in range(ROUND):
        clock.now += 1
        session.step(0)
    session.end()
    summary = session.summary("bytes", 10)
    assert summary.handshakes.complete > 40
    assert summary.handshakes.refused > 100
    assert summary.handshakes.incomplete > 0
    found = {alert.rule for alert in summary.alerts.alerts}
    assert {"scan.vertical", "arp.spoof"} <= found
