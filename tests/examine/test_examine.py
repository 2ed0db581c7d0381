"""Related packets and expert notes, as the engine gives them; tshark as a child."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from netwatch.decode.checksum import checksums
from netwatch.decode.decoder import decode
from netwatch.decode.faults import faults
from netwatch.errors import NetwatchError
from netwatch.examine.tshark import tshark_lines
from netwatch.track.checksums import ChecksumCounter
from tests.frames import ethernet, frames, ipv4, ipv6, tcp, udp
from tests.scenes import CLIENT, SERVER, SceneSource, day, frames_of, running_engine
from tests.scenes import tcp as scene_tcp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.dissection import Note
    from netwatch.engine import Engine

PACKETS = [
    *day(2),
    scene_tcp(CLIENT, SERVER, 60000, 80, 0x02, 99),
    scene_tcp(SERVER, CLIENT, 80, 60000, 0x12, 499, 100),
    scene_tcp(CLIENT, SERVER, 60000, 80, 0x10, 100, 500),
    scene_tcp(CLIENT, SERVER, 60000, 80, 0x18, 100, 500, b"0123456789"),
    scene_tcp(CLIENT, SERVER, 60000, 80, 0x18, 120, 500, b"later"),
    scene_tcp(SERVER, CLIENT, 80, 60000, 0x10, 500, 110),
    scene_tcp(SERVER, CLIENT, 80, 60000, 0x10, 500, 110),
    scene_tcp(CLIENT, SERVER, 60000, 80, 0x18, 100, 500, b"0123456789"),
    scene_tcp(CLIENT, SERVER, 60000, 80, 0x18, 110, 500, b"between..."),
    scene_tcp(CLIENT, SERVER, 60000, 80, 0x04, 125, 0),
]
FIRST = 29
"""Number of the SYN of the last connection."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return an engine that has seen the packets."""
    running = running_engine(SceneSource([frames_of(PACKETS[:10]), frames_of(PACKETS[10:])]), len(PACKETS))
    yield running
    running.close()


@pytest.mark.parametrize(
    ("number", "relation", "found"),
    [
        (5, "next", 6),
        (6, "next", 7),
        (8, "next", None),
        (8, "before", 7),
        (5, "before", None),
        (8, "handshake", 5),
        (5, "handshake", 5),
        (10, "handshake", None),
        (3, "partner", 4),
        (4, "partner", 3),
        (11, "partner", 12),
        (12, "partner", 11),
        (26, "partner", 25),
        (9, "partner", 10),
        (10, "partner", 9),
        (1, "partner", 2),
        (14, "handshake", 13),
    ],
)
def test_related_packets(engine: Engine, number: int, relation: str, found: int | None) -> None:
    """In the flow, by what request and answer have in common, back to the SYN."""
    assert engine.related(number, relation).result(180) == found  # type: ignore[arg-type]


def remarks(engine: Engine, number: int) -> list[Note]:
    """Return the notes on a packet but for its checksums."""
    return [note for note in engine.dissect(number).result(180).notes if "checksum" not in note.text]


def test_notes_on_segments(engine: Engine) -> None:
    """Sent again, out of order, acknowledged, not captured, reset."""
    said = {number: [(note.text, note.packet) for note in remarks(engine, number)] for number in range(FIRST, 39)}
    assert said[FIRST + 1] == [("acknowledges packet 29 after 11.0 ms", 29)]
    assert said[FIRST + 3] == []
    assert said[FIRST + 4] == [("10 bytes before this segment were not captured, or come later", 0)]
    assert said[FIRST + 5] == [("acknowledges packet 32 after 22.0 ms", 32)]
    assert said[FIRST + 6] == [("duplicate acknowledgement, the first was packet 34", 34)]
    assert said[FIRST + 7] == [("retransmission of packet 32, 44.0 ms later", 32)]
    assert said[FIRST + 8] == [("out of order: later bytes came before these", 0)]
    assert said[FIRST + 9] == [("the connection is reset", 0)]


def test_notes_on_exchanges(engine: Engine) -> None:
    """What answers what, and when."""
    assert [note.text for note in remarks(engine, 3)] == ["answered by packet 4 after 11.0 ms"]
    assert [note.text for note in remarks(engine, 12)] == ["answers packet 11 after 11.0 ms"]


def test_faults_say_where() -> None:
    """Each has the bytes that state what cannot be."""
    cases = [
        (ipv4(6, tcp(), total=400), "IPv4 total length 400, the frame has 40", 16, 2),
        (ipv4(6, tcp(), total=10), "IPv4 total length 10, less than its header of 20", 16, 2),
        (b"\x42" + ipv4(6, tcp())[1:], "IPv4 header length 8, less than 20", 14, 1),
        (ipv4(6, tcp()[:12] + b"\x20" + tcp()[13:]), "TCP header length 8, less than 20", 46, 1),
        (ipv4(6, tcp()[:12] + b"\xf0" + tcp()[13:]), "TCP header length 60, the packet has 20", 46, 1),
        (ipv4(6, tcp(options=b"\2\x09\0\0")), "TCP option 2 of length 9, 4 bytes are left", 54, 4),
        (ipv4(17, udp(b"ab", length=3)), "UDP length 3, less than its header of 8", 38, 2),
        (ipv4(17, udp(b"ab", length=30)), "UDP length 30, the packet has 10", 38, 2),
        (ipv4(17, b"abc"), "UDP header of 3 bytes, needs 8", 34, 3),
    ]
    for packet, text, begin, length in cases:
        batch = decode(frames([ethernet(0x0800, packet)]), 1)
        assert [(fault.text, fault.begin, fault.length) for fault in faults(batch, 0)] == [(text, begin, length)]
    batch = decode(frames([ethernet(0x86DD, ipv6(17, udp(b"ab"), length=99))]), 1)
    assert [fault.text for fault in faults(batch, 0)] == ["IPv6 payload length 99, the frame has 10"]
    assert not faults(decode(frames([ethernet(0x0800, ipv4(6, tcp(b"abc")))]), 1), 0)


def test_checksums_tell_offloaded_from_wrong() -> None:
    """The same verdict as the counter of whole captures, and the right value beside it."""
    packet = bytearray(ethernet(0x0800, ipv4(6, tcp(b"odd"))))
    packet[24:26] = checksums(decode(frames([bytes(packet)]), 1), 0)[0].expected.to_bytes(2, "big")
    right = checksums(decode(frames([bytes(packet)]), 1), 0)
    assert [one.state for one in right] == ["good", "bad"]
    packet[50:52] = right[1].expected.to_bytes(2, "big")
    good = checksums(decode(frames([bytes(packet)]), 1), 0)
    assert [(one.protocol, one.state, one.begin) for one in good] == [("IPv4", "good", 24), ("TCP", "good", 50)]
    packet[50:52] = (0x0A00 + 1 + 0x0A00 + 2 + 6 + 23).to_bytes(2, "big")
    batch = decode(frames([bytes(packet)]), 1)
    assert checksums(batch, 0)[1].state == "offloaded"
    counter = ChecksumCounter()
    counter.feed(batch)
    assert (counter.tcp_bad, counter.offloaded) == (0, 1)
    packet[20] |= 0x20
    assert checksums(decode(frames([bytes(packet)]), 1), 0)[1].state == "unverified"


def test_tshark_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads one packet; where it is not installed that is said; when it hangs it is ended."""
    block = frames([ethernet(0x0800, ipv4(17, udp(b"ab")))] * 2)
    with pytest.raises(NetwatchError, match="is not installed"):
        tshark_lines(block, 1, "tshark-that-there-is-not")
    monkeypatch.setattr("netwatch.examine.tshark.SECONDS", 0.05)
    monkeypatch.setattr("netwatch.examine.tshark.COMMAND", ("30",))
    with pytest.raises(NetwatchError, match="took more than"):
        tshark_lines(block, 1, "sleep")


def test_root_that_may_not_become_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without capabilities it asks all the same: its child has none either."""
    begin = subprocess.Popen

    def refuse(*words: Any, **options: Any) -> subprocess.Popen[bytes]:
        if "user" in options:
            raise PermissionError(1, "Operation not permitted")
        return begin(*words, **options)

    monkeypatch.setattr("netwatch.examine.tshark.os.geteuid", lambda: 0)
    monkeypatch.setattr("netwatch.examine.tshark.subprocess.Popen", refuse)
    monkeypatch.setattr("netwatch.examine.tshark.COMMAND", ("hello",))
    assert tshark_lines(frames_of(PACKETS), 1, "echo") == ["hello"]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_takes_a_packet_apart() -> None:
    """Without any right, from its standard input."""
    block = frames([ethernet(0x0800, ipv4(17, udp(b"ab"))), ethernet(0x0800, ipv4(6, tcp()))])
    assert np.array_equal(block.time_ns, [0, 1])
    said = tshark_lines(block, 1)
    assert any("Transmission Control Protocol" in line for line in said)
    assert not any(line.startswith("Frame 2") for line in said)
