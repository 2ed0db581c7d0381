"""Selects the packets of a batch that signatures are searched for in: the first bytes of each direction of flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_TCP, PROTOCOL_UDP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.rules.signature import Signature
    from netwatch.track.flow_batch import FlowBatch

FIRST_TCP: Final = 4096
FIRST_UDP: Final = 65536
"""Bytes of each direction of a flow that are searched."""
_SMALLEST: Final = 1024
_NUMBERS: Final = {"tcp": (PROTOCOL_TCP,), "udp": (PROTOCOL_UDP,), "icmp": ()}
_LIMITS: Final = np.zeros(256, np.int64)
_LIMITS[[PROTOCOL_TCP, PROTOCOL_UDP]] = FIRST_TCP, FIRST_UDP


class FirstBytes:
    """Counts payload by flow and direction, however packets are cut into batches."""

    def __init__(self, signatures: Iterable[Signature]) -> None:
        """Look only at protocols and ports that one of the signatures is about."""
        self._any = np.zeros(256, np.bool_)
        self._from, self._to = np.zeros((2, 2, 65536), np.bool_)
        """By UDP or TCP and port."""
        for signature in signatures:
            self._want(signature)
        self._sent = np.zeros(2 * _SMALLEST, np.int64)
        """Bytes by twice the row of the flow table, and one more for those of the initiator."""
        self._open = np.zeros(2 * _SMALLEST, np.bool_)
        """Where signatures are searched for by now: in wanted flows that have not sent their first bytes yet."""

    def select(self, batch: PacketBatch, flows: FlowBatch) -> NDArray[np.intp]:
        """Return the packets whose payload begins within the first bytes, and count the payload of all."""
        self._make_room(flows)
        if len(flows.started):
            self._begin(batch, flows)
        keys = 2 * flows.rows + flows.from_initiator
        early = self._open.take(keys)
        # Everything but the beginnings of flows leaves here
        if not np.count_nonzero(early):
            return np.zeros(0, np.intp)
        rows = np.flatnonzero(early & (batch.payload_length > 0))
        rows = rows[(batch.fragment[rows] & FRAGMENT_OFFSET == 0) & self._wanted(batch, rows)]
        if not len(rows):
            return np.zeros(0, np.intp)
        keys, sizes, limits = keys[rows], batch.payload_length[rows].astype(np.int64), _LIMITS[batch.protocol[rows]]
        begin = self._sent[keys] + self._count(keys, sizes)
        self._open[keys[self._sent[keys] >= limits]] = False
        return np.asarray(rows[(begin < limits) & (batch.payload_captured[rows] > 0)], np.intp)

    def _begin(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Begin to search flows that are new, if a signature may be about them."""
        forth, back = 2 * flows.started, 2 * flows.started + 1
        self._sent[forth] = self._sent[back] = 0
        wanted = np.zeros(len(self._open) // 2, np.bool_)
        wanted[flows.rows[self._of_interest(batch)]] = True
        self._open[forth] = self._open[back] = wanted[flows.started]

    def _count(self, keys: NDArray[np.intp], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sum of the sizes before each element among those with the same key, and count them all."""
        order = np.argsort(keys, kind="stable")
        ordered, stepped = keys[order], sizes[order]
        total = np.cumsum(stepped)
        first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        lengths = np.diff(np.append(first, len(keys)))
        base = (total - stepped)[first]
        result = np.empty(len(keys), np.int64)
        result[order] = total - stepped - np.repeat(base, lengths)
        self._sent[ordered[first]] += total[first + lengths - 1] - base
        return result

    def _want(self, signature: Signature) -> None:
        for number in _NUMBERS.get(signature.protocol, (PROTOCOL_TCP, PROTOCOL_UDP)):
            tcp = int(number == PROTOCOL_TCP)
            ports = (signature.destination_port, self._to[tcp]), (signature.source_port, self._from[tcp])
            one_sided = [(wanted, table) for wanted, table in ports if not wanted.anything]
            if not one_sided or signature.both_ways:
                self._any[number] = True
            else:
                wanted, table = one_sided[0]
                table |= wanted.table(65536)

    def _wanted(self, batch: PacketBatch, rows: NDArray[np.intp] | slice) -> NDArray[np.bool_]:
        """Return which of the packets in `rows` a signature may be about, by protocol and ports."""
        protocol = batch.protocol[rows]
        wanted = self._any[protocol]
        for tcp, number in enumerate((PROTOCOL_UDP, PROTOCOL_TCP)):
            if not self._any[number] and (self._to[tcp].any() or self._from[tcp].any()):
                ported = self._to[tcp][batch.dport[rows]] | self._from[tcp][batch.sport[rows]]
                wanted = wanted | ((protocol == number) & ported)
        return np.asarray(wanted, np.bool_)

    def _of_interest(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return the packets of flows that a signature may be about, whichever end sent them."""
        found = self._any[batch.protocol]
        for tcp, number in enumerate((PROTOCOL_UDP, PROTOCOL_TCP)):
            ports = self._to[tcp] | self._from[tcp]
            if not self._any[number] and ports.any():
                found = found | ((batch.protocol == number) & (ports[batch.dport] | ports[batch.sport]))
        return np.asarray(found, np.bool_)

    def _make_room(self, flows: FlowBatch) -> None:
        most = 2 * int(flows.rows.max(initial=0)) + 2
        if most > len(self._sent):
            for name in ("_sent", "_open"):
                old = getattr(self, name)
                grown = np.zeros(max(most, 2 * len(old)), old.dtype)
                grown[: len(old)] = old
                setattr(self, name, grown)
