"""Expert notes on one packet: malformed headers, checksums, segments that were sent before, what answers what."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from netwatch.decode.batch import CUT_SHORT, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.decode.checksum import checksums
from netwatch.decode.faults import faults
from netwatch.dissection import Note
from netwatch.examine.related import partner
from netwatch.text import printable
from netwatch.track.remarks import delay_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.checksum import Checksum
    from netwatch.dissection import Dissection
    from netwatch.examine.flow_walk import FlowWalk, Found

MOST_SEGMENTS: Final = 5000
"""Segments of the same connection before this one that are looked at."""
KEEP_ALIVE: Final = 1
_HALF: Final = 1 << 31
_WHOLE: Final = 1 << 32
_STATES: Final = {
    "offloaded": "not filled in yet: left to the sender's network card (offloaded)",
    "none": "none: the sender made none",
    "unverified": "not verified: not all bytes are here",
}


def notes(walk: FlowWalk, found: Dissection, comment: str = "") -> tuple[Note, ...]:
    """Return what is remarkable of the first packet of a walk, what is wrong first.

    `found` is its dissection, `comment` what the user wrote about it.
    """
    start = walk.start
    remarks = [*_malformed(start, found, comment), *_checksums(start)]
    remarks += _segment(walk) if start.is_tcp else _exchange(walk)
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(remarks, key=lambda note: order[note.severity]))


def _malformed(start: Found, found: Dissection, comment: str) -> Iterator[Note]:
    batch, at = start.batch, start.position
    for fault in faults(batch, at):
        yield Note("error", f"malformed: {fault.text}", fault.begin * 8, max(fault.length, 0) * 8)
    if found.note:
        last = found.layers[-1] if found.layers else None
        begin = last.offset if last is not None and last.name == "Raw" else len(found.frame)
        yield Note("warning", found.note, begin * 8, (len(found.frame) - begin) * 8)
    for text in filter(None, ((batch.frames.comments or {}).get(at, ""), comment)):
        yield Note("note", f"comment: {printable(text)}")
    if batch.status.item(at) & CUT_SHORT:
        missing = batch.frames.wire_length.item(at) - batch.frames.captured.item(at)
        yield Note("warning", f"cut short: the last {missing} bytes were not captured")


def _checksums(start: Found) -> Iterator[Note]:
    for checksum in checksums(start.batch, start.position):
        severity = "error" if checksum.state == "bad" else "note"
        yield Note("error" if severity == "error" else "note", _checksum_text(checksum), checksum.begin * 8, 16)


def _checksum_text(checksum: Checksum) -> str:
    said = f"{checksum.protocol} checksum 0x{checksum.value:04x} "
    if checksum.state == "good":
        return said + "is right"
    if checksum.state == "bad":
        return f"{said}is wrong, should be 0x{checksum.expected:04x}"
    return said + _STATES[checksum.state]


def _exchange(walk: FlowWalk) -> Iterator[Note]:
    """Say what a datagram answers, or what answers it."""
    other = partner(walk)
    if other is not None:
        delay = delay_text(abs(other.time_ns - walk.start.time_ns))
        words = "answered by packet {} after {}" if other.number > walk.start.number else "answers packet {} after {}"
        yield Note("note", words.format(other.number, delay), packet=other.number)


def _segment(walk: FlowWalk) -> Iterator[Note]:
    """Say what a TCP segment repeats, fills or acknowledges."""
    start = walk.start
    earlier = _connection(walk)
    own = [found for found in earlier if found.sender == start.sender]
    others = [found for found in earlier if found.sender != start.sender]
    yield from _repeated(start, own)
    yield from _acknowledged(start, own, others)
    if start.flags & TCP_RST:
        yield Note("warning", "the connection is reset")
    elif not start.batch.tcp_window.item(start.position) and not start.flags & (TCP_SYN | TCP_FIN):
        yield Note("warning", "zero window: the sender of this packet takes no more data")


def _connection(walk: FlowWalk) -> list[Found]:
    """Return the segments before the first of the walk that belong to the same connection, the nearest first."""
    segments = []
    for found in islice(walk.before(), MOST_SEGMENTS):
        opening = found.flags & (TCP_SYN | TCP_ACK) == TCP_SYN
        if opening and walk.start.flags & (TCP_SYN | TCP_ACK) == TCP_SYN and found.seq != walk.start.seq:
            break
        segments.append(found)
        if opening and (found.sender != walk.start.sender or found.seq != walk.start.seq):
            break
    return segments


def _repeated(start: Found, own: list[Found]) -> Iterator[Note]:
    length = _advance(start)
    if not length or not own:
        return
    reached = max(_ahead(_end(found), start.seq) for found in own)
    if start.length == KEEP_ALIVE and reached == KEEP_ALIVE:
        yield Note("note", "keep-alive: repeats one byte to see whether the other side is there")
        return
    if reached <= 0:
        if reached < 0:
            yield Note("warning", f"{-reached} bytes before this segment were not captured, or come later")
        return
    whole = next((found for found in own if _covers(found, start, length)), None)
    part = next((found for found in own if _overlaps(found, start, length)), None)
    if whole is not None:
        delay = delay_text(start.time_ns - whole.time_ns)
        yield Note("warning", f"retransmission of packet {whole.number}, {delay} later", packet=whole.number)
    elif part is not None:
        yield Note("warning", f"retransmission of part of packet {part.number}", packet=part.number)
    else:
        yield Note("warning", "out of order: later bytes came before these")


def _acknowledged(start: Found, own: list[Found], others: list[Found]) -> Iterator[Note]:
    if not start.flags & TCP_ACK:
        return
    same = [found for found in own if found.flags & TCP_ACK and found.ack == start.ack]
    if not same:
        answered = next((found for found in others if _advance(found) and _end(found) == start.ack), None)
        if answered is not None:
            delay = delay_text(start.time_ns - answered.time_ns)
            yield Note("note", f"acknowledges packet {answered.number} after {delay}", packet=answered.number)
    elif not _advance(start) and same[0] is own[0] and not _advance(own[0]):
        window = start.batch.tcp_window.item(start.position)
        if same[0].batch.tcp_window.item(same[0].position) == window:
            text = f"duplicate acknowledgement, the first was packet {same[-1].number}"
            yield Note("warning", text, packet=same[-1].number)


def _advance(found: Found) -> int:
    """Return how many sequence numbers a segment takes."""
    return found.length + bool(found.flags & TCP_SYN) + bool(found.flags & TCP_FIN)


def _end(found: Found) -> int:
    return (found.seq + _advance(found)) % _WHOLE


def _ahead(one: int, two: int) -> int:
    """Return by how much sequence number `one` is ahead of `two` (RFC 9293 section 3.4)."""
    return (one - two + _HALF) % _WHOLE - _HALF


def _covers(found: Found, start: Found, length: int) -> bool:
    before = _ahead(start.seq, found.seq)
    return before >= 0 and before + length <= _advance(found)


def _overlaps(found: Found, start: Found, length: int) -> bool:
    before = _ahead(start.seq, found.seq)
    return before < _advance(found) and before + length > 0
