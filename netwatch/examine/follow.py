"""Following a conversation: all packets of a flow, from its beginning, as a Stream."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from netwatch.decode.addresses import address_text
from netwatch.decode.batch import FRAGMENT_OFFSET, TCP_ACK, TCP_SYN
from netwatch.errors import NetwatchError
from netwatch.examine.fragments import at_first_fragment, whole
from netwatch.examine.http_messages import http_chunks
from netwatch.examine.reassembly import MOST_BYTES, Reassembly
from netwatch.tables.stream import Chunk, Stream
from netwatch.track.flow_filter import end_text
from netwatch.track.flow_key import WITH_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.examine.flow_walk import FlowWalk, Found

MOST_PACKETS: Final = 200_000
"""Packets of a flow that are looked at before and behind the one that was chosen."""
_OPENING: Final = TCP_SYN | TCP_ACK


def follow(walk: FlowWalk) -> Stream:
    """Return what was said in the flow that a walk begins in.

    Raises:
        NetwatchError: its first packet has neither TCP nor a payload that could be followed.
    """
    walk = at_first_fragment(walk)
    start = walk.start
    if int(start.batch.protocol[start.position]) not in WITH_PORTS:
        raise NetwatchError("only TCP, UDP and SCTP can be followed")
    packets = _connection(walk) if start.is_tcp else _datagrams(walk)
    return _tcp(walk, packets) if start.is_tcp else _udp(walk, packets)


def _connection(walk: FlowWalk) -> Iterator[Found]:
    """Yield the segments of one connection: from its SYN, or what is there of it, to the next connection's SYN."""
    earlier: list[Found] = []
    opening = walk.start if _opens(walk.start) else None
    for found in islice(walk.before(), MOST_PACKETS):
        if opening is not None and _opens(found) and found.seq != opening.seq:
            break
        if opening is not None and not _opens(found):
            break  # whatever came before its SYN belongs to a connection before
        earlier.append(found)
        if _opens(found):
            opening = found
    yield from reversed(earlier)
    yield walk.start
    for found in islice(walk.after(), MOST_PACKETS):
        if _opens(found) and (opening is None or found.seq != opening.seq or found.sender != opening.sender):
            return
        yield found


def _datagrams(walk: FlowWalk) -> Iterator[Found]:
    yield from reversed(list(islice(walk.before(), MOST_PACKETS)))
    yield walk.start
    yield from islice(walk.after(), MOST_PACKETS)


def _tcp(walk: FlowWalk, packets: Iterator[Found]) -> Stream:
    reassembly, count, client = Reassembly(), 0, None
    for packet in packets:
        if packet.batch.fragment[packet.position] & FRAGMENT_OFFSET:
            continue
        found = whole(walk, packet)
        count += 1
        client = _client(found) if client is None else client
        ack = found.ack if found.flags & TCP_ACK else None
        seq = found.seq + bool(found.flags & TCP_SYN)
        side = 0 if found.sender == client else 1
        reassembly.segment(0 if side == 0 else 1, seq % (1 << 32), ack, found.payload, found.length, found.number)
        if reassembly.full:
            break
    stream = _stream(walk, client, reassembly.finish(), count, full=reassembly.full)
    return replace(stream, http=http_chunks(stream.chunks))


def _udp(walk: FlowWalk, packets: Iterator[Found]) -> Stream:
    chunks, count, size, client = [], 0, 0, None
    for found in packets:
        if found.batch.fragment[found.position] & FRAGMENT_OFFSET:
            continue
        count += 1
        client = found.sender if client is None else client
        data = whole(walk, found).payload
        if data and size < MOST_BYTES:
            chunks.append(Chunk(0 if found.sender == client else 1, data, found.number))
            size += len(data)
    return _stream(walk, client, tuple(chunks), count, full=size >= MOST_BYTES)


def _stream(
    walk: FlowWalk, client: tuple[int, int, int] | None, chunks: tuple[Chunk, ...], packets: int, *, full: bool
) -> Stream:
    one, two = walk.filter.ends
    first, second = (one, two) if client is None or client == one else (two, one)
    ends = (_end(first), _end(second))
    protocol = walk.filter.label.partition(" ")[0]
    note = f"only the first {MOST_BYTES >> 20} MiB are shown" if full else ""
    return Stream(f"{protocol} {ends[0]} > {ends[1]}", ends, chunks, packets, note=note)


def _end(end: tuple[int, int, int]) -> str:
    return end_text(address_text(end[0], end[1]), end[2])


def _client(found: Found) -> tuple[int, int, int]:
    """Return who began: whoever sent the first packet, unless that answers a SYN that was not captured."""
    if found.flags & _OPENING == _OPENING:
        batch, at = found.batch, found.position
        return int(batch.dst_high[at]), int(batch.dst_low[at]), int(batch.dport[at])
    return found.sender


def _opens(found: Found) -> bool:
    return found.flags & _OPENING == TCP_SYN
