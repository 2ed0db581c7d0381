"""DatagramTracker: tells what UDP flows speak by their first datagrams, whatever their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_UDP
from netwatch.decode.info.reading import Context
from netwatch.decode.info.registry import UDP_APPLICATIONS
from netwatch.track.application_events import CommunitySeen
from netwatch.track.first_words import told
from netwatch.track.snmp_community import snmp_community
from netwatch.track.stream_reader import Moment, Stream

if TYPE_CHECKING:
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
READ_ELSEWHERE: Final = (53, 137, 5353, 5355)
"""Ports of DNS and its relatives."""
TOLD_ELSEWHERE: Final = frozenset({"DNS", "mDNS", "LLMNR", "NBNS", "QUIC", "gQUIC"})
SECOND: Final = 1_000_000_000


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
        at = at[~(_ELSEWHERE.take(batch.sport.take(at)) | _ELSEWHERE.take(batch.dport.take(at)))]
        if not len(at):
            return
        second = int(batch.frames.time_ns[0]) // SECOND
        if second != self._second:
            self._second, self._left = second, self._datagrams
        if len(at) > self._left:
            self.skipped += len(at) - self._left
            at = at[: self._left]
        self._left -= len(at)
        looked_at = self._columns.looked_at
        for position, row in zip(at.tolist(), flows.rows.take(at).tolist(), strict=True):
            if looked_at[row] < LOOKED_AT:
                looked_at[row] += 1
                self._look(batch, position, row, from_initiator=bool(flows.from_initiator[position]))

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


def _elsewhere() -> NDArray[np.bool_]:
    table = np.zeros(65536, np.bool_)
    table[list(READ_ELSEWHERE)] = True
    return table


_ELSEWHERE: Final = _elsewhere()
