"""Searches packets for signatures: all payloads of a batch at once, and fields of headers where rules ask for these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_NONE, PROTOCOL_TCP, PROTOCOL_UDP, TCP_SYN
from netwatch.detect.rules.buffers import PAYLOAD
from netwatch.detect.rules.header_rules import MOST_A_BATCH, HeaderRules
from netwatch.detect.rules.inspection import Inspection
from netwatch.detect.rules.packet_select import FirstBytes
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.rules.numbers import Comparison
    from netwatch.detect.rules.rule_set import RuleSet
    from netwatch.detect.rules.signature import FlagTest, Signature
    from netwatch.track.flow_batch import FlowBatch

BYTES_A_SECOND: Final = 4 << 20
"""Payload of one second of packet time that is searched: what takes a twentieth of a processor."""
PACKETS_A_SECOND: Final = 20_000
"""Packets of one second that are looked at one by one, because a rule has no content to search for first."""
LONGEST_PAYLOAD: Final = 4096
"""Bytes of one payload that are searched."""
_PROTOCOLS: Final = {PROTOCOL_TCP: "tcp", PROTOCOL_UDP: "udp", PROTOCOL_ICMP: "icmp", PROTOCOL_ICMPV6: "icmp"}
_NUMBERS: Final = {"tcp": (PROTOCOL_TCP,), "udp": (PROTOCOL_UDP,), "icmp": (PROTOCOL_ICMP, PROTOCOL_ICMPV6)}


class Hit(NamedTuple):
    """A packet that matches a signature, thresholds not counted."""

    moment: Moment
    inspection: Inspection
    signature: Signature


class PacketRules:
    """Searches batches; used by one thread."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._headers = HeaderRules(rules.signatures)
        bare = [each for each in rules.signatures if each.of_packets and not each.buffers]
        self._bare = [each for each in bare if not each.of_headers]
        """Those that only fields of headers tell."""
        self._content = [each for each in rules.signatures if each.of_packets and each.buffers]
        self._first = FirstBytes(self._content)
        self.bounded = True
        """Look at so much a second only; a file can wait."""
        self.skipped = 0
        """Packets that were left out because too many came at once."""
        self._second, self._bytes, self._packets = -1, 0, 0

    def search(self, batch: PacketBatch, flows: FlowBatch) -> list[Hit]:
        """Return what the packets of a batch match, in their order."""
        candidates: dict[int, dict[int, Signature]] = {}
        if self._content:
            self._search_payloads(batch, self._first.select(batch, flows), candidates)
        for signature in self._bare:
            for row in self._affordable(batch, np.flatnonzero(_mask(signature, batch))):
                candidates.setdefault(row, {})[id(signature)] = signature
        if len(self._headers):
            self._search_headers(batch, self._headers.directions.first(flows), candidates)
        hits = []
        for row in sorted(candidates):
            inspection = self._inspection(batch, flows, row)
            moment = Moment(inspection.time_ns, batch.number(row))
            hits += [Hit(moment, inspection, each) for each in self._rules.of(inspection, candidates[row].values())]
        return hits

    def _search_payloads(
        self, batch: PacketBatch, rows: NDArray[np.intp], candidates: dict[int, dict[int, Signature]]
    ) -> None:
        rows = self._within_budget(batch, rows)
        if not len(rows):
            return
        begins = batch.payload_offset[rows].astype(np.int64)
        sizes = np.minimum(batch.payload_captured[rows], LONGEST_PAYLOAD).astype(np.int64)
        data, ends = batch.frames.data.data, np.cumsum(sizes)
        payloads = [data[begin:end] for begin, end in zip(begins.tolist(), (begins + sizes).tolist(), strict=True)]
        for index, start, size in self._rules.find_in_payloads(b"".join(payloads)):
            at = int(np.searchsorted(ends, start, side="right"))
            if start + size <= ends[at]:
                found = candidates.setdefault(int(rows[at]), {})
                for signature in self._rules.with_pattern(index):
                    found[id(signature)] = signature
        always = self._rules.without_pattern_in_payload
        if always:
            for row in self._affordable(batch, rows):
                found = candidates.setdefault(row, {})
                for signature in always:
                    found[id(signature)] = signature

    def _search_headers(
        self, batch: PacketBatch, rows: NDArray[np.intp], candidates: dict[int, dict[int, Signature]]
    ) -> None:
        """Add the signatures that may be about the packets in `rows`, as far as that is not too much for a second."""
        if self.bounded:
            self.skipped += max(len(rows) - MOST_A_BATCH, 0)
            rows = rows[:MOST_A_BATCH]
        seconds = (batch.frames.time_ns[rows] // SECOND).tolist()
        for row, pair, second in zip(rows.tolist(), self._headers.ends(batch, rows), seconds, strict=True):
            self._begin(second)
            self._packets += min(self._headers.cost(pair), PACKETS_A_SECOND // 20)
            if self.bounded and self._packets > PACKETS_A_SECOND:
                self.skipped += 1
            elif about := self._headers.about(pair):
                candidates.setdefault(row, {}).update((id(each), each) for each in about)

    def _within_budget(self, batch: PacketBatch, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Leave out what is too much for its second of packet time."""
        if not len(rows) or not self.bounded:
            return rows
        seconds = batch.frames.time_ns[rows] // SECOND
        sizes = np.minimum(batch.payload_captured[rows], LONGEST_PAYLOAD)
        kept = np.ones(len(rows), np.bool_)
        for second in np.unique(seconds).tolist() if seconds.min() != seconds.max() else [int(seconds[0])]:
            self._begin(second)
            here = np.flatnonzero(seconds == second)
            total = self._bytes + np.cumsum(sizes[here])
            kept[here] = total <= BYTES_A_SECOND
            self._bytes = int(total[-1])
        self.skipped += int(len(rows) - kept.sum())
        return rows[kept]

    def _affordable(self, batch: PacketBatch, rows: NDArray[np.intp]) -> list[int]:
        """Return the packets among them that may be looked at one by one."""
        if not self.bounded:
            found: list[int] = rows.tolist()
            return found
        wanted = []
        for row, second in zip(rows.tolist(), (batch.frames.time_ns[rows] // SECOND).tolist(), strict=True):
            self._begin(second)
            self._packets += 1
            if self._packets <= PACKETS_A_SECOND:
                wanted.append(row)
            else:
                self.skipped += 1
        return wanted

    def _begin(self, second: int) -> None:
        if second != self._second:
            self._second, self._bytes, self._packets = second, 0, 0

    def _inspection(self, batch: PacketBatch, flows: FlowBatch, row: int) -> Inspection:
        protocol = int(batch.protocol[row])
        flags = int(batch.tcp_flags[row])
        payload = _payload(batch, row)
        name = _PROTOCOLS.get(protocol, "ip")
        ported = name in ("tcp", "udp")
        sport, dport = int(batch.sport[row]), int(batch.dport[row])
        packet = {"dsize": int(batch.payload_length[row]), "ttl": int(batch.ttl[row]), "ip_proto": protocol}
        established: bool | None = None
        if name == "tcp":
            packet |= {"flags": flags, "window": int(batch.tcp_window[row])}
            established = not flags & TCP_SYN if payload else None
        elif name == "icmp":
            packet |= {"itype": sport, "icode": dport}
        return Inspection(
            protocol=name,
            source=int(batch.src_high[row]) << 64 | int(batch.src_low[row]),
            destination=int(batch.dst_high[row]) << 64 | int(batch.dst_low[row]),
            source_port=sport if ported else 0,
            destination_port=dport if ported else 0,
            time_ns=int(batch.frames.time_ns[row]),
            buffers={PAYLOAD: payload},
            established=established,
            to_server=bool(flows.from_initiator[row]),
            packet=packet,
        )


def _payload(batch: PacketBatch, row: int) -> bytes:
    begin = int(batch.payload_offset[row])
    return batch.frames.data[begin : begin + min(int(batch.payload_captured[row]), LONGEST_PAYLOAD)].tobytes()


def _mask(signature: Signature, batch: PacketBatch) -> NDArray[np.bool_]:
    """Return the packets whose headers may match a signature: protocol, flags and numbers."""
    numbers = _NUMBERS.get(signature.protocol)
    mask = batch.protocol != PROTOCOL_NONE if numbers is None else np.isin(batch.protocol, numbers)
    if signature.flags is not None:
        mask = mask & (batch.protocol == PROTOCOL_TCP) & _flags(signature.flags, batch.tcp_flags)
    columns: dict[str, NDArray[Any]] = {
        "dsize": batch.payload_length, "ttl": batch.ttl, "ip_proto": batch.protocol, "itype": batch.sport,
        "icode": batch.dport, "window": batch.tcp_window,
    }  # fmt: skip
    for name, allowed in signature.packet:
        mask = mask & _within(columns[name], allowed)
    return np.asarray(mask, np.bool_)


def _within(column: NDArray[Any], allowed: Comparison) -> NDArray[np.bool_]:
    values = column.astype(np.int64)
    return np.asarray(((values >= allowed.low) & (values <= allowed.high)) != allowed.negated, np.bool_)


def _flags(test: FlagTest, flags: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.array([test.allows(value) for value in range(256)], np.bool_)[flags]
