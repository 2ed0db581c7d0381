"""DatagramTracker: tells what UDP flows speak by their first datagrams, whatever their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_UDP
from netwatch.decode.dns_shape import PORTS, dns_elsewhere
from netwatch.decode.info.quic import read_quic, read_quic_long
from netwatch.decode.info.reading import Context
from netwatch.decode.info.registry import UDP_APPLICATIONS
from netwatch.decode.info.stun import MAGIC_COOKIE
from netwatch.nanoseconds import SECOND
from netwatch.track.application_events import CommunitySeen
from netwatch.track.first_words import told
from netwatch.track.snmp_community import snmp_community
from netwatch.track.stream_reader import Moment, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.flow_columns import FlowColumns

LOOKED_AT: Final = 4
"""Datagrams of a flow that are looked at."""
READ: Final = 1500
"""Bytes of a datagram that are looked at."""
LONGEST: Final = 100
"""Characters of what one end said."""
LIVE_DATAGRAMS: Final = 5_000
"""Datagrams that a capture can afford to have looked at in one second, about a tenth of a processor."""
UNLIMITED: Final = 1 << 62
TOLD_ELSEWHERE: Final = frozenset({"DNS", "mDNS", "LLMNR", "NBNS", "QUIC", "gQUIC"})
COOKIE: Final = 4
STUN_COOKIE: Final = MAGIC_COOKIE >> 24
"""The first byte of it, and where it is."""


class DatagramTracker:
    """Looks at few datagrams of each flow; all others cost a numpy operation."""

    def __init__(self, columns: FlowColumns, facts: ApplicationFacts, *, datagrams: int = UNLIMITED) -> None:
        """Tell `facts`; look at `datagrams` in a second of packet time at most."""
        self.skipped = 0
        """Datagrams that were not looked at although they should have been."""
        self._columns = columns
        self._facts = facts
        self._datagrams = datagrams
        self._second, self._left = -1, 0

    def feed(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Look at the first datagrams of flows."""
        at = np.flatnonzero(batch.protocol == PROTOCOL_UDP)
        if not len(at):
            return
        rows = flows.rows.take(at)
        at = at[(self._columns.looked_at.take(rows) < LOOKED_AT) & (batch.payload_captured.take(at) > 0)]
        at = at[batch.fragment.take(at) & FRAGMENT_OFFSET == 0]
        sport, dport = batch.sport.take(at), batch.dport.take(at)
        at = at[~(_ELSEWHERE.take(sport) | _ELSEWHERE.take(dport))]
        for row in np.unique(flows.rows.take(dns_elsewhere(batch, at))).tolist():
            self._facts.detect(int(self._columns.serial[row]), "DNS")
        at = at[self._may_be_known(batch, at, flows.rows)]
        if not len(at):
            return
        second = int(batch.frames.time_ns[0]) // SECOND
        if second != self._second:
            self._second, self._left = second, self._datagrams
        if len(at) > self._left:
            self.skipped += len(at) - self._left
            self._columns.looked_at[flows.rows.take(at[self._left :])] += np.uint8(1)
            at = at[: self._left]
        self._left -= len(at)
        looked_at = self._columns.looked_at
        for position, row in zip(at.tolist(), flows.rows.take(at).tolist(), strict=True):
            if looked_at[row] < LOOKED_AT:
                looked_at[row] += 1
                self._look(batch, position, row, from_initiator=bool(flows.from_initiator[position]))

    def _may_be_known(self, batch: PacketBatch, at: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which datagrams a reader may know, by first byte or port; the others count as looked at."""
        data, begin = batch.frames.data, batch.payload_offset.take(at)
        first = data.take(begin)
        known: NDArray[np.bool_] = _FIRST_BYTES.take(first)
        # Behind a zero only STUN may come, with its cookie (RFC 8489 section 5); zeros are common
        known &= (first != 0) | (data.take(begin + COOKIE) == STUN_COOKIE)
        known |= _PORTS.take(batch.sport.take(at))
        known |= _PORTS.take(batch.dport.take(at))
        self._columns.looked_at[rows.take(at[~known])] += np.uint8(1)
        return known

    def _look(self, batch: PacketBatch, position: int, row: int, *, from_initiator: bool) -> None:
        begin = int(batch.payload_offset[position])
        payload = batch.frames.data[begin : begin + min(int(batch.payload_captured[position]), READ)].tobytes()
        context = Context(int(batch.payload_length[position]), int(batch.sport[position]), int(batch.dport[position]))
        reading = UDP_APPLICATIONS.read(payload, context)
        if reading is None or reading.protocol in TOLD_ELSEWHERE:
            return
        serial, facts = int(self._columns.serial[row]), self._facts
        facts.detect(serial, reading.protocol)
        words = told(reading, LONGEST)
        if reading.protocol == "SNMP":
            words = self._snmp(batch, position, row, payload) or words
        before = facts.line(serial)
        if words and words not in before:
            # What the client asked, then what it was answered; a later datagram adds nothing
            facts.describe(serial, words if from_initiator or not before else f"{before.split(' -> ')[0]} -> {words}")

    def _snmp(self, batch: PacketBatch, position: int, row: int, payload: bytes) -> str:
        found = snmp_community(payload)
        if found is None:
            return ""
        if self._columns.looked_at[row] == 1:
            moment = Moment(int(batch.frames.time_ns[position]), batch.number(position))
            stream = _stream(self._columns, row, moment)
            self._facts.add(CommunitySeen(stream, moment, found.version, found.public, found.secret))
        return f"SNMP{found.version}, community {'public' if found.public else 'present'}"


def _stream(columns: FlowColumns, row: int, start: Moment) -> Stream:
    """Return whose datagrams a row has."""
    rest = int(columns.rest[row])
    ends = (
        (int(columns.high_0[row]), int(columns.low_0[row]), rest >> 48),
        (int(columns.high_1[row]), int(columns.low_1[row]), rest >> 32 & 0xFFFF),
    )
    first = int(columns.initiator[row])
    return Stream(int(columns.serial[row]), int(columns.vlan[row]), *ends[first], *ends[1 - first], start)


def _table(numbers: Iterable[int], size: int) -> NDArray[np.bool_]:
    table = np.zeros(size, np.bool_)
    table[list(numbers)] = True
    return table


_ELSEWHERE: Final = _table(PORTS, 65536)
_PORTS: Final = _table(
    (port for port, readers in UDP_APPLICATIONS.by_port.items() if any(reader is not read_quic for reader in readers)),
    65536,
)
_FIRST_BYTES: Final = _table(
    (
        first
        for first, readers in enumerate(UDP_APPLICATIONS.by_first_byte)
        if any(reader is not read_quic_long for reader in readers)
    ),
    256,
)
"""QUIC is read elsewhere."""
