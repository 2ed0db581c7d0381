"""Streams: what is told of a packet does not depend on how packets come in batches; bounds of what is remembered."""

from __future__ import annotations

import struct
from dataclasses import fields

import numpy as np
import pytest

from netwatch.decode.batch import TCP_ACK as ACK
from netwatch.decode.batch import TCP_RST, TCP_SYN
from netwatch.decode.decoder import decode
from netwatch.decode.part import taken
from netwatch.filter import acknowledged, exchanges
from netwatch.filter.streams import DETAILS, TCP_HEADER, UNKNOWN, Streams, StreamTracker
from netwatch.track.tcp_remarks import Remark
from tests.scenes import CLIENT, SERVER, day, dns, frames_of, ipv4, tcp, udp

NAMES = [each.name for each in fields(Streams)]


def _fed(size: int) -> dict[str, list[int]]:
    batch = decode(frames_of(day()), 1)
    tracker = StreamTracker()
    parts = [tracker.feed(taken(batch, slice(at, min(at + size, len(batch))))) for at in range(0, len(batch), size)]
    return {name: np.concatenate([getattr(part, name) for part in parts]).tolist() for name in NAMES}


@pytest.mark.parametrize("size", [1, 7, 64])
def test_batches_make_no_difference(size: int) -> None:
    """Acknowledgements, what is in flight, answers and all else are the same however the packets are cut."""
    whole = _fed(1 << 20)
    for name in ("ack_rtt", "in_flight", "answers", "completeness", "initial_rtt"):
        assert max(whole[name]) > 0, name
    cut = _fed(size)
    for name in NAMES:
        assert cut[name] == whole[name], name


def test_what_is_not_asked_for_is_not_told() -> None:
    """A filter for streams pays for nothing else."""
    batch = decode(frames_of(day()), 1)
    plain = StreamTracker(details=()).feed(batch)
    whole = StreamTracker(details=DETAILS).feed(batch)
    for name in ("acks", "ack_rtt", "in_flight", "answers", "answer_time"):
        assert set(getattr(plain, name).tolist()) == {UNKNOWN}
    assert plain.remarks.tolist() == whole.remarks.tolist()


def test_segments_that_nobody_acknowledges_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than MOST the oldest go: an acknowledgement that comes after all is for none."""
    monkeypatch.setattr(acknowledged, "MOST", 3)
    data = [tcp(CLIENT, SERVER, 1000, 80, ACK, 100 + 10 * turn, 1, b"x" * 10) for turn in range(5)]
    acks = [tcp(SERVER, CLIENT, 80, 1000, ACK, 1, end) for end in (110, 150)]
    tracker = StreamTracker()
    tracker.feed(decode(frames_of(data), 1))
    assert tracker.feed(decode(frames_of(acks), 6)).acks.tolist() == [UNKNOWN, 5]


def test_questions_that_nobody_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The older half goes when there are more than MOST; a second answer is none."""
    monkeypatch.setattr(exchanges, "MOST", 3)
    asked = [udp(CLIENT, SERVER, 5000, 53, dns(number, "example.org")) for number in range(4)]
    answers = [udp(SERVER, CLIENT, 53, 5000, dns(number, "example.org", "10.0.0.9")) for number in (0, 3, 3)]
    tracker = StreamTracker()
    tracker.feed(decode(frames_of(asked), 1))
    assert tracker.feed(decode(frames_of(answers), 5)).answers.tolist() == [UNKNOWN, 4, UNKNOWN]


def test_connections_are_told_from_their_first_syn_on() -> None:
    """As tshark has it: ports used again are one connection more, and what answers a closed port gives a round trip."""
    syn, acks, reset = TCP_SYN, ACK, TCP_RST | ACK
    packets = [
        tcp(CLIENT, SERVER, 1000, 80, syn, 100, 0, b""),
        tcp(SERVER, CLIENT, 80, 1000, reset, 0, 101, b""),
        tcp(CLIENT, SERVER, 1000, 80, syn, 900, 0, b"early"),
        tcp(SERVER, CLIENT, 80, 1000, syn | acks, 7, 906, b""),
        tcp(CLIENT, SERVER, 1000, 80, acks, 906, 8, b""),
    ]
    for size in (1, 5):
        batch = decode(frames_of(packets), 1)
        tracker = StreamTracker()
        parts = [tracker.feed(taken(batch, slice(at, at + size))) for at in range(0, len(batch), size)]
        told = {name: np.concatenate([getattr(part, name) for part in parts]).tolist() for name in NAMES}
        assert told["tcp"] == [0, 0, 1, 1, 1]
        assert told["completeness"] == [0, 1, 1, 1, 3]
        assert [bool(bits & Remark.REUSED_PORTS) for bits in told["remarks"]] == [False, False, True, False, False]
        step = np.diff(batch.frames.time_ns).tolist()
        assert told["initial_rtt"] == [UNKNOWN, step[0], UNKNOWN, UNKNOWN, step[2] + step[3]]
        assert told["next_seq"] == [1, 1, 6, 1, 6]


def _opening(source: str, destination: str, ports: tuple[int, int], flags: int, options: bytes) -> bytes:
    """Return a SYN or SYN-ACK whose `options` have a multiple of four bytes."""
    length = TCP_HEADER + len(options) << 2
    header = struct.pack(">HHIIBBHHH", *ports, 100, 101, length, flags, 500, 0, 0)
    return ipv4(source, destination, 6, header + options)


@pytest.mark.parametrize(("answer", "factor"), [(None, 128), (b"\3\3\4\1", 128), (b"", 1)])
def test_windows_are_scaled_unless_an_end_is_known_not_to(answer: bytes | None, factor: int) -> None:
    """Where a SYN was not captured Wireshark takes it for granted that its end agreed."""
    packets = [_opening(CLIENT, SERVER, (1000, 80), TCP_SYN, b"\3\3\7\1")]
    if answer is not None:
        packets.append(_opening(SERVER, CLIENT, (80, 1000), TCP_SYN | ACK, answer))
    packets.append(tcp(CLIENT, SERVER, 1000, 80, ACK, 101, 101, b""))
    batch = decode(frames_of(packets), 1)
    assert StreamTracker().feed(batch).window.tolist()[-1] == int(batch.tcp_window[-1]) * factor
