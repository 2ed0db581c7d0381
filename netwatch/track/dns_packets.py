"""Finds the packets of a batch that may hold messages of DNS and its relatives."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.dns_shape import dns_elsewhere
from netwatch.track.dns_stream import LONGEST_READ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.dns_stream import StreamMessage


class DnsKind(IntEnum):
    """The protocols; the lower wins where both ports are those of one."""

    DNS = 1
    MDNS = 2
    LLMNR = 3
    NBNS = 4


KIND_NAMES: Final = ("", "DNS", "mDNS", "LLMNR", "NBNS")
PORTS: Final = {53: DnsKind.DNS, 5353: DnsKind.MDNS, 5355: DnsKind.LLMNR, 137: DnsKind.NBNS}
"""RFC 1035, RFC 6762, RFC 4795, RFC 1002."""
KEPT: Final = LONGEST_READ
"""Bytes of a message that are kept."""
NEAR: Final = 500
"""Bytes of a batch for each message up to which all are copied at once: to cut bytes is cheaper than to cut memory."""

_MIXER: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, eq=False)
class DnsPackets:
    """Packets that may hold messages; columns have shape (n,), as PacketBatch has them."""

    time_ns: NDArray[np.int64]
    number: NDArray[np.int64]
    """Packet numbers."""
    kind: NDArray[np.uint8]
    protocol: NDArray[np.uint8]
    fragment: NDArray[np.uint16]
    payload_length: NDArray[np.int32]
    """Of the message, where the packet ends one over TCP."""
    src_high: NDArray[np.uint64]
    src_low: NDArray[np.uint64]
    dst_high: NDArray[np.uint64]
    dst_low: NDArray[np.uint64]
    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    payloads: Sequence[bytes]
    """What was captured of their payloads, or of messages over TCP; the first LONGEST_READ bytes."""

    def __len__(self) -> int:
        return len(self.payloads)


def dns_packets(batch: PacketBatch, budget: int, pieces: int = FRAGMENT_OFFSET) -> tuple[DnsPackets | None, int]:
    """Return at most `budget` datagrams of `batch` that may be messages, None for none, and how many were left out.

    On other ports than those of PORTS only what looks like DNS may be. Queries are left out together with their
    responses. Packets with one of the bits `pieces` in `fragment` are for others to put together.
    """
    of_source, of_destination = _BY_PORT.take(batch.sport), _BY_PORT.take(batch.dport)
    at = np.flatnonzero(of_source | of_destination)
    elsewhere = dns_elsewhere(batch, np.flatnonzero(batch.protocol == PROTOCOL_UDP))
    if len(elsewhere):
        at = np.sort(np.concatenate((at, elsewhere)))
    if not len(at):
        return None, 0
    first, second = of_source.take(at), of_destination.take(at)
    kind = np.where((first == 0) | (second == 0), first | second, np.minimum(first, second))
    kind[kind == 0] = DnsKind.DNS
    protocol = batch.protocol.take(at)
    wanted = (protocol == PROTOCOL_UDP) & (batch.payload_captured.take(at) > 0)
    wanted &= batch.fragment.take(at) & np.uint16(pieces) == 0
    chosen = np.flatnonzero(wanted)
    found = len(chosen)
    if found > budget:
        chosen = chosen[_fair_share(batch, at[chosen], budget)]
    if not len(chosen):
        return None, found
    at, kind = at[chosen], kind[chosen]
    return _copied(batch, at, kind), found - len(at)


def stream_packets(messages: Sequence[StreamMessage]) -> DnsPackets:
    """Return messages over TCP as packets, sent by whom they are from."""
    ends = [
        (
            (each.stream.initiator_high, each.stream.initiator_low, each.stream.initiator_port),
            (each.stream.responder_high, each.stream.responder_low, each.stream.responder_port),
        )[:: 1 if each.from_initiator else -1]
        for each in messages
    ]
    count = len(messages)
    addresses = np.array([[*source[:2], *destination[:2]] for source, destination in ends], np.uint64).reshape(-1, 4)
    ports = np.array([[source[2], destination[2]] for source, destination in ends], np.uint16).reshape(-1, 2)
    return DnsPackets(
        time_ns=np.array([each.moment.time_ns for each in messages], np.int64),
        number=np.array([each.moment.number for each in messages], np.int64),
        kind=np.full(count, DnsKind.DNS, np.uint8),
        protocol=np.full(count, PROTOCOL_TCP, np.uint8),
        fragment=np.zeros(count, np.uint16),
        payload_length=np.array([each.length for each in messages], np.int32),
        src_high=addresses[:, 0],
        src_low=addresses[:, 1],
        dst_high=addresses[:, 2],
        dst_low=addresses[:, 3],
        sport=ports[:, 0],
        dport=ports[:, 1],
        payloads=[each.data[:LONGEST_READ] for each in messages],
    )


def in_order(packets: DnsPackets) -> DnsPackets:
    """Return packets by their numbers."""
    if (packets.number[1:] >= packets.number[:-1]).all():
        return packets
    order = np.argsort(packets.number, kind="stable")
    columns = {name: getattr(packets, name)[order] for name in _COLUMNS}
    return DnsPackets(**columns, payloads=[packets.payloads[at] for at in order.tolist()])


def joined(parts: Sequence[DnsPackets]) -> DnsPackets:
    """Return the packets of all parts."""
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
    return DnsPackets(**columns, payloads=[payload for part in parts for payload in part.payloads])


def _copied(batch: PacketBatch, at: NDArray[np.intp], kind: NDArray[np.uint8]) -> DnsPackets:
    data = batch.frames.data.data
    begin, captured = batch.payload_offset.take(at), batch.payload_captured.take(at)
    end = begin + np.minimum(captured, LONGEST_READ)
    columns = {name: getattr(batch, name).take(at) for name in _COLUMNS[3:]}
    first, last = int(begin.min()), int(end.max())
    if last - first < len(at) * NEAR:
        every = bytes(data[first:last])
        places = zip((begin - first).tolist(), (end - first).tolist(), strict=True)
        payloads = [every[start:stop] for start, stop in places]
    else:
        payloads = [bytes(data[start:stop]) for start, stop in zip(begin.tolist(), end.tolist(), strict=True)]
    time_ns, number = batch.frames.time_ns.take(at), batch.numbers_at(at)
    return DnsPackets(time_ns=time_ns, number=number, kind=kind, payloads=payloads, **columns)


def _fair_share(batch: PacketBatch, at: NDArray[np.intp], budget: int) -> NDArray[np.intp]:
    """Return which of the packets `at` to take, the same of both directions, spread over clients."""
    mixed = batch.src_low[at] ^ batch.dst_low[at]
    mixed ^= (batch.sport[at] ^ batch.dport[at]).astype(np.uint64) << np.uint64(40)
    mixed = mixed * _MIXER >> np.uint64(32)
    return np.flatnonzero(mixed * np.uint64(len(at)) >> np.uint64(32) < budget)[:budget]


def _by_port() -> NDArray[np.uint8]:
    table = np.zeros(65536, np.uint8)
    for port, kind in PORTS.items():
        table[port] = kind
    return table


_BY_PORT: Final = _by_port()
_COLUMNS: Final = tuple(field.name for field in fields(DnsPackets))[:-1]
