"""The demo: the same well-formed packets each time, in time, filtered like any other source."""

from __future__ import annotations

from netwatch.capture.bpf import CaptureFilter, FilterCompiler
from netwatch.capture.demo import ROUNDS_PER_SECOND, DemoSource
from netwatch.decode.batch import MALFORMED
from netwatch.decode.decoder import decode
from netwatch.decode.row import packet_row


def rows(seconds: float, text: str = "") -> list[tuple[str, str, int]]:
    """Return protocol, info and time of the packets of so many seconds."""
    now = [1_767_225_600.0]
    source = DemoSource(clock=lambda: now[0])
    if text:
        source.set_filter(CaptureFilter(text, FilterCompiler.open()))
    found = []
    for _ in range(int(seconds * ROUNDS_PER_SECOND)):
        frames = source.read(0)
        if frames is not None and len(frames):
            batch = decode(frames, 1)
            assert not (batch.status & MALFORMED).any()
            for position in range(len(batch)):
                row = packet_row(batch, position, "")
                found.append((row.protocol, row.info, row.time_ns))
        now[0] += 1 / ROUNDS_PER_SECOND + 1e-6
    return found


def test_it_shows_every_kind_of_conversation() -> None:
    """A minute of it has all that a newcomer looks for."""
    found = rows(60)
    assert {"ARP", "DNS", "TCP", "TLS", "HTTP", "ICMP"} <= {protocol for protocol, _, _ in found}
    assert any("www.example.com" in info for _, info, _ in found)


def test_it_is_the_same_each_time() -> None:
    """Screenshots and lessons can be repeated."""
    assert rows(10) == rows(10)


def test_a_filter_narrows_it() -> None:
    """Only what matches comes through."""
    assert {protocol for protocol, _, _ in rows(60, "arp")} == {"ARP"}


def test_nothing_comes_before_its_time() -> None:
    """A read before the next conversation is due returns nothing and does not wait longer than it may."""
    source = DemoSource(clock=lambda: 1000.0)
    assert source.read(0) is not None
    assert source.read(0.01) is None
