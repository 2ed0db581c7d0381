"""What a capture tells while it runs: batches, flows and events in, lines out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from netwatch.export.csv_packets import PacketTable, csv_header
from netwatch.export.eve import line
from netwatch.export.event_alerts import alert_record, stats_record
from netwatch.export.event_applications import application_record
from netwatch.export.event_flows import flow_lines, zeek_records
from netwatch.export.event_link import anomaly_records, arp_records, dhcp_records
from netwatch.export.event_packets import PacketLines
from netwatch.export.event_tls import TlsRecords
from netwatch.text import printable
from netwatch.track.flow_ended import EndedFlows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netwatch.decode.batch import PacketBatch
    from netwatch.run.session import Session
    from netwatch.snapshot import Snapshot
    from netwatch.tables.alerts import AlertNews
    from netwatch.track.event_log import Event
    from netwatch.track.flow_batch import FlowBatch

TYPES: Final = (
    "alert", "flow", "dns", "tls", "quic", "http", "arp", "dhcp", "ssh", "smtp", "ftp", "stats", "anomaly", "packet",
)  # fmt: skip
USUAL: Final = tuple(name for name in TYPES if name != "packet")
STATS_NS: Final = 8_000_000_000
"""Packet time between two records of statistics, Suricata's default."""


class LineSink(Protocol):
    """Where lines go."""

    dropped: int
    """Lines that could not be written."""

    def write(self, lines: Sequence[str]) -> None:
        """Write lines at once; each text is one or several, the last of them without its end."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be told."""

    form: str = "eve"
    """`eve` for EVE JSON, `zeek` for Zeek's conn.log in JSON, `csv` for a CSV log of packets."""
    types: frozenset[str] = frozenset(USUAL)
    """Of TYPES; for EVE only."""


class _Part(NamedTuple):
    """Lines of a batch, which wait for the alerts that it led to."""

    batches: int
    """How many detection had got by then."""
    before: list[str]
    """What comes before the alerts."""
    behind: list[str]
    totals: Snapshot | None
    """What a record of statistics tells, None for no such record."""


class EventStream:
    """Implements Watcher; used by the thread of the session.

    Detection may be some batches behind; what it is not done with waits, so that the order is always the same.
    """

    def __init__(self, session: Session, sink: LineSink, wanted: Wanted) -> None:
        """Tell `sink` of what `session` sees from now on."""
        self.left_out = 0
        """Records that were not made because too many of their kind came at once."""
        self._session = session
        self._sink = sink
        self._wanted = wanted
        self._types = wanted.types if wanted.form == "eve" else frozenset[str]()
        self._packets = PacketLines(session.analysis.flows.columns)
        self._table = PacketTable(session.analysis.flows.columns)
        flows = wanted.form == "zeek" or "flow" in self._types
        self._ended = EndedFlows(session.analysis.flows) if flows else None
        self._tls = TlsRecords() if self._types & {"tls", "quic"} else None
        self._stats_ns: int | None = None
        self._alerts = 0
        session.detection.keep_news()
        self._waiting: deque[_Part] = deque()
        if wanted.form == "csv":
            sink.write([csv_header()])

    def feed(self, batch: PacketBatch, flows: FlowBatch, events: Iterable[Event]) -> None:
        """Tell of a batch and of what trackers found meanwhile."""
        lines: list[str] = []
        interfaces = self._interfaces()
        if self._wanted.form == "csv":
            lines += self._table.lines(batch, flows)
        if "packet" in self._types and (text := self._packets.lines(batch, flows, interfaces)):
            lines.append(text)
        for kind, make in (("arp", arp_records), ("dhcp", dhcp_records), ("anomaly", anomaly_records)):
            if kind in self._types:
                records, more = make(batch, interfaces)
                lines += map(line, records)
                self.left_out += more
        self._let_wait(lines + self._found(events), self._over(), self._totals())

    def tell(self, events: Iterable[Event]) -> None:
        """Tell of what trackers found although no packet came."""
        self._let_wait(self._found(events))

    def finish(self, events: Iterable[Event]) -> None:
        """Tell of everything that is left: the capture is over."""
        over = self._flow_lines(self._ended.finish()) if self._ended else []
        found = self._found(events)
        found += self._lines(self._tls.finish() if self._tls is not None else ())
        self._let_wait(found, over, self._totals(last=True))
        while self._waiting:
            self._write(self._waiting.popleft(), ())

    def _let_wait(self, before: list[str], behind: Sequence[str] = (), totals: Snapshot | None = None) -> None:
        """Keep lines, and write what detection is done with."""
        self._waiting.append(_Part(self._session.detection.batches, before, list(behind), totals))
        for batches, news in self._session.detection.take_news():
            while len(self._waiting) > 1 and self._waiting[0].batches < batches:
                self._write(self._waiting.popleft(), ())
            self._write(self._waiting.popleft() if self._waiting else _Part(batches, [], [], None), news)

    def _found(self, events: Iterable[Event]) -> list[str]:
        """Return lines for events."""
        found: list[str] = []
        events = list(events)
        if self._tls is not None:
            found += self._lines(self._tls.take(events, self._session.analysis.traffic.last_time_ns))
        found += self._lines(record for record in map(application_record, events) if record is not None)
        return found

    def _lines(self, records: Iterable[dict[str, Any]]) -> list[str]:
        return [line(record) for record in records if record["event_type"] in self._types]

    def _over(self) -> list[str]:
        return self._flow_lines(self._ended.take()) if self._ended else []

    def _flow_lines(self, ended: Iterable[Any]) -> list[str]:
        if self._wanted.form == "zeek":
            return [line(record) for flows in ended for record in zeek_records(flows)]
        interfaces = self._interfaces()
        return [text for flows in ended for text in flow_lines(flows, interfaces)]

    def _totals(self, *, last: bool = False) -> Snapshot | None:
        """Return what a record of statistics tells if it is time for one."""
        if "stats" not in self._types:
            return None
        now_ns = self._session.analysis.traffic.last_time_ns
        if self._stats_ns is None:
            self._stats_ns = now_ns
        if not last and now_ns - self._stats_ns < STATS_NS:
            return None
        self._stats_ns = now_ns
        return self._session.snapshot()

    def _interfaces(self) -> list[str]:
        return [printable(interface.name) for interface in self._session.source.interfaces]

    def _write(self, part: _Part, news: Iterable[AlertNews]) -> None:
        """Write a part with the alerts that belong there."""
        alerts: list[str] = []
        for each in news:
            self._alerts += each.kind == "open"
            if "alert" in self._types:
                alerts.append(line(alert_record(each)))
        totals = [line(stats_record(part.totals, self._alerts))] if part.totals is not None else []
        if lines := [*part.before, *alerts, *part.behind, *totals]:
            self._sink.write(lines)
