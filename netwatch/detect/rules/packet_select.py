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

    def select(self, batch: PacketBatch, flows: FlowBatch) -> NDArray[np.intp]:
        """Return the packets whose payload begins within the first bytes, and count the payload of all."""
        self._make_room(flows)
        if len(flows.started):
            self._sent[2 * flows.started] = self._sent[2 * flows.started + 1] = 0
        keys = 2 * flows.rows + flows.from_initiator
        limits = _LIMITS[batch.protocol]
        # Everything but the beginnings of flows leaves here
        early = (self._sent[keys] < limits) & (batch.payload_length > 0) & self._wanted(batch)
        rows = np.flatnonzero(early)
        rows = rows[batch.fragment[rows] & FRAGMENT_OFFSET == 0]
        if not len(rows):
            return np.zeros(0, np.intp)
        keys, sizes = keys[rows], batch.payload_length[rows].astype(np.int64)
        begin = self._sent[keys] + self._count(keys, sizes)
        return np.asarray(rows[(begin < limits[rows]) & (batch.payload_captured[rows] > 0)], np.intp)

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

    def _wanted(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return the packets that a signature may be about, by protocol and ports."""
        wanted = self._any[batch.protocol]
        for tcp, number in enumerate((PROTOCOL_UDP, PROTOCOL_TCP)):
            if not self._any[number] and (self._to[tcp].any() or self._from[tcp].any()):
                ported = self._to[tcp][batch.dport] | self._from[tcp][batch.sport]
                wanted = wanted | ((batch.protocol == number) & ported)
        return np.asarray(wanted, np.bool_)

    def _make_room(self, flows: FlowBatch) -> None:
        most = 2 * int(flows.rows.max(initial=0)) + 2
        if most > len(self._sent):
            grown = np.zeros(max(most, 2 * len(self._sent)), np.int64)
            grown[: len(self._sent)] = self._sent
            self._sent = grown
