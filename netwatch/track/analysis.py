"""Analysis: every tracker of one view of a capture, fed batch by batch in packet time."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.tables.overview import Losses, Overview, Summary
from netwatch.tables.query import TableQuery
from netwatch.track.address_filter import address_filter
from netwatch.track.application_facts import ApplicationFacts
from netwatch.track.application_protocols import application_protocols
from netwatch.track.certificates import LIVE_READ
from netwatch.track.datagrams import LIVE_DATAGRAMS, DatagramTracker
from netwatch.track.dns import LIVE_PACKETS, UNLIMITED, DnsTracker
from netwatch.track.dtls import LIVE_PACKETS as LIVE_DTLS
from netwatch.track.dtls import DtlsTracker
from netwatch.track.flow import PATIENCE_NS, FlowTracker
from netwatch.track.flow_names import with_names
from netwatch.track.fragments import LIVE_FRAGMENTS, FragmentTracker
from netwatch.track.handshakes import Handshakes
from netwatch.track.hosts import HostTracker
from netwatch.track.http_records import HttpRecords
from netwatch.track.names import NameCache
from netwatch.track.neighbours import NeighbourTracker
from netwatch.track.parts import Parts
from netwatch.track.quic import LIVE_PACKETS as LIVE_INITIALS
from netwatch.track.quic import QuicTracker
from netwatch.track.remarks import Remarks, delay_text
from netwatch.track.stream import LIVE_AT_ONCE, LIVE_SEGMENTS, StreamTracker
from netwatch.track.tls import TlsTables
from netwatch.track.traffic import Traffic
from netwatch.track.tunnel_reader import Tunnels
from netwatch.track.vendors import Vendors
from netwatch.track.web import WebTracker

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.flows import FlowTable
    from netwatch.tables.query import Page
    from netwatch.tables.selection import PacketFilter
    from netwatch.tables.traffic import Resolution
    from netwatch.track.event_log import EventLog
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.fragments import WholeDatagrams
    from netwatch.track.stream_protocol import StreamProtocol

TALKERS: Final = 16
"""Rows of each list on the overview."""
LIVE_MESSAGES: Final = 200
"""Messages with names that are read of a batch, so that a flood of them cannot hold up a capture."""
FILE_MESSAGES: Final = 100_000
"""The same of a batch from a file, which can wait."""
GAPS_EVERY: Final = 32
"""Snapshots of which one looks for gaps in every flow: about once a second."""
RATE_SECONDS: Final = 10
"""Seconds of which the overview says how much passes now."""
HOSTS: Final = 1000
"""Hosts that a report lists at most."""
NAMES: Final = 1000
"""Names that a report lists at most."""
TOP_NAMES: Final = 16
"""Names on the overview."""
PAGE: Final = 1000
"""Flows looked at together when only some protocols are wanted."""


class Analysis:
    """Trackers that see the same packets; used by one thread."""

    def __init__(
        self,
        vendors: Vendors | None = None,
        *,
        live: bool = False,
        log: EventLog | None = None,
        known_names: frozenset[str] | None = None,
    ) -> None:
        """Name makers of network cards by `vendors`, which may be shared; add what is found in packets to `log`.

        A `live` capture may not wait and may not be waited for: of a flood of messages with names only some are
        read, and packets are measured soon. Both make no difference to the numbers as long as nothing is skipped. With
        `known_names` all others are new.
        """
        seed = secrets.randbits(63)
        self.vendors = vendors or Vendors()
        self._unseen_segments = self._losses_asked = self._skipped = 0
        self.remarks = Remarks()
        self.traffic = Traffic()
        self.names = NameCache(messages=LIVE_MESSAGES if live else FILE_MESSAGES)
        self.dns = DnsTracker(
            packets=LIVE_PACKETS if live else UNLIMITED, log=log, fragments=True, remarks=self.remarks,
            heard=self.names.hear, known=known_names,
        )  # fmt: skip
        self.flows = FlowTracker(
            seed=seed, find_addresses=self.names.find_addresses, patience_ns=PATIENCE_NS if live else None
        )
        self.handshakes = Handshakes(self.flows)
        self.web = WebTracker(flow_sizes=self.flows.payload, certificates_read=LIVE_READ if live else UNLIMITED)
        self.tls = TlsTables(self.web, self.names, self.flows.applications, log)
        self.quic = QuicTracker(self.tls, packets=LIVE_INITIALS if live else UNLIMITED)
        self.dtls = DtlsTracker(self.tls, packets=LIVE_DTLS if live else UNLIMITED)
        self.facts = ApplicationFacts(self.flows.applications, log)
        self.tunnels = Tunnels()
        self.http = HttpRecords(self.web, self.facts, self.tunnels.reader, self.remarks.writer(delay_text))
        self.datagrams = DatagramTracker(
            self.flows.columns, self.facts, datagrams=LIVE_DATAGRAMS if live else UNLIMITED
        )
        self.fragments = FragmentTracker(fragments=LIVE_FRAGMENTS if live else UNLIMITED)
        self._whole: WholeDatagrams | None = None
        """Datagrams that came in fragments, of which the last is in the batch that is fed."""
        protocols = self._protocols()
        self.tunnels.know(protocols)
        self.streams = StreamTracker(
            self.flows.columns,
            protocols,
            segments=LIVE_SEGMENTS if live else UNLIMITED,
            at_once=LIVE_AT_ONCE if live else UNLIMITED,
        )
        self.neighbours = NeighbourTracker(seed=seed, vendors=self.vendors)
        self.hosts = HostTracker(seed=seed, names=self.names, neighbours=self.neighbours, vendors=self.vendors)
        self.parts = Parts(
            {
                "names": self.names.feed,
                "fragments": self._put_together,
                "streams": lambda batch, flows: self.streams.feed(batch, flows, self._whole),
                "dns": lambda batch, _flows: self.dns.feed(batch, self._whole),
                "quic": lambda batch, flows: self.quic.feed(batch, flows, self.flows.columns.serial),
                "applications": self.datagrams.feed,
                "dtls": lambda batch, flows: self.dtls.feed(batch, flows, self.flows.columns.serial),
                "facts": self.facts.feed,
                "neighbours": self.neighbours.feed,
                "hosts": self.hosts.feed,
            }
        )
        self._bounded = (
            self.hosts, self.neighbours, self.names, self.fragments, self.dns, self.web, self.quic, self.dtls,
            self.facts,
        )  # fmt: skip
        self._inspecting = (
            self.names, self.fragments, self.streams, self.dns, self.web, self.quic, self.dtls, self.datagrams,
            self.facts,
        )  # fmt: skip
        self._pages: dict[str, Callable[[TableQuery], Page[Any]]] = {
            "flows": self._flows_page,
            "handshakes": self.handshakes.page,
            "services": self.handshakes.services,
            "hosts": self.hosts.page,
            "neighbours": self.neighbours.page,
            "dns": self.dns.page,
            "dns_unanswered": self.dns.unanswered,
            "dns_names": self.dns.names,
            "dns_servers": self.dns.servers,
            "web": self.web.page,
            "web_names": self.web.names,
            "web_agents": self.web.agents,
            "certificates": self.web.certificates.page,
        }
        self._filters: dict[str, Callable[[int], PacketFilter]] = {
            "flows": self.flows.filter,
            "handshakes": self.flows.filter,
            "hosts": self._host_filter,
            "dns": self.dns.filter,
            "dns_unanswered": self.dns.filter,
            "dns_servers": self.dns.server_filter,
            "web": lambda serial: self.flows.filter(self.web.flow_of(serial)),
            "certificates": lambda serial: self.flows.filter(self.web.certificates.flow_of(serial)),
        }

    def feed(self, batch: PacketBatch) -> FlowBatch:
        """Count the packets of `batch`, let every tracker see them, and return which flows they belong to."""
        self.count(batch)
        return self.inspect(batch)

    def count(self, batch: PacketBatch) -> None:
        """Count the packets of `batch` in the totals."""
        self.traffic.feed(batch)

    def inspect(self, batch: PacketBatch) -> FlowBatch:
        """Let every tracker but the totals see the packets of `batch`, and return which flows they belong to."""
        flows = self.flows.feed(batch)
        self.parts.feed(batch, flows)
        return flows

    def settle(self) -> None:
        """Have trackers read what they keep for later, because the capture ends; then all events are in the log."""
        self.streams.finish()
        self.dns.settle(self.fragments.finish())

    def leave_out(self, packets: int) -> None:
        """Count packets that no tracker but the totals will see."""
        self._skipped += packets

    def rows_held(self) -> tuple[tuple[str, int], ...]:
        """Return (table, rows) of each table."""
        return (
            ("flows", self.flows.held),
            ("dns", self.dns.held),
            ("web", self.web.held),
            ("hosts", self.hosts.held),
            ("neighbours", self.neighbours.held),
        )

    def page(self, table: str, query: TableQuery) -> Page[Any]:
        """Return rows of a table, one of those that __init__ names.

        Raises:
            KeyError: there is no such table, or no such column to sort by.
        """
        return self._pages[table](query)

    def packet_filter(self, table: str, serial: int) -> PacketFilter:
        """Return what tells the packets of a row of a table from all others.

        Raises:
            LookupError: the row is gone, or no packets belong to rows of this table.
        """
        return self._filters[table](serial)

    def overview(self, now_ns: int, resolution: Resolution, steps: int) -> Overview:
        """Return what the first screen shows; the graph covers `steps` of `resolution` up to `now_ns`."""
        return Overview(
            rates=self.traffic.rates(now_ns, RATE_SECONDS),
            series=self.traffic.series(resolution, now_ns, steps),
            traffic=self.traffic.table(),
            talkers=self.hosts.page(TableQuery("sent", count=TALKERS)).table,
            destinations=self.hosts.page(TableQuery("received", count=TALKERS)).table,
            flows=self.flows.counts(),
            handshakes=self.handshakes.counts(),
            names=self.dns.top_names(TOP_NAMES),
            server_names=self.web.server_names(TOP_NAMES),
            http_hosts=self.http.summary(TOP_NAMES).hosts,
        )

    def losses(self, *, exact: bool) -> Losses:
        """Return what the trackers could not hold or look at; only some calls look at every flow unless `exact`."""
        if exact or self._losses_asked % GAPS_EVERY == 0:
            self._unseen_segments = self.flows.counts().gaps.segments
        self._losses_asked += 1
        return Losses(
            evicted_flows=self.flows.evicted,
            evicted_rows=sum(each.evicted for each in self._bounded),
            inspection_skipped=self._skipped + sum(each.skipped for each in self._inspecting),
            unseen_segments=self._unseen_segments,
        )

    def summary(self, sort: str, count: int) -> Summary:
        """Return what a report holds besides totals; it lists the `count` TCP and UDP flows first by `sort`."""
        return Summary(
            flow_counts=self.flows.counts(),
            flows=self._heaviest(sort, count),
            handshakes=self.handshakes.counts(),
            hosts=self.hosts.page(TableQuery("bytes", count=HOSTS), by_machine=False).table,
            neighbour_changes=self.neighbours.changes(),
            dns=self.dns.summary(NAMES),
            http=self.http.summary(NAMES),
            web=self.web.summary(NAMES),
        )

    def _protocols(self) -> tuple[StreamProtocol, ...]:
        """Return the protocols over TCP that are read; of those that recognise a stream the first reads it."""
        others = application_protocols(self.http, self.facts, self.tls.reader, self.tunnels.reader)
        return (*self.tls.protocols(), *others, self.dns.streams.protocol())

    def _put_together(self, batch: PacketBatch, _flows: FlowBatch) -> None:
        self._whole = None
        self._whole = self.fragments.feed(batch)
        if self._whole is not None:
            self.names.feed(self._whole.batch)

    def _flows_page(self, query: TableQuery) -> Page[FlowTable]:
        page = self.flows.page(query)
        return replace(page, table=self._completed(page.table))

    def _completed(self, table: FlowTable) -> FlowTable:
        """Return flows with their names and what was found out about them."""
        table = with_names(table, self.names)
        return replace(table, about=tuple(map(self.facts.line, table.serial.tolist())))

    def _host_filter(self, serial: int) -> PacketFilter:
        table = self.hosts.page(TableQuery("serial", count=1, held=np.array([serial]))).table
        if not len(table):
            raise LookupError(f"host {serial} is not in the table any more")
        return address_filter(table.name[0] or table.address[0], table.addresses[0])

    def _heaviest(self, sort: str, count: int) -> FlowTable:
        rows, first, total = np.zeros(0, np.intp), 0, 1
        while len(rows) < count and first < total:
            page = self.flows.page(TableQuery(sort, first=first, count=PAGE))
            rows = np.concatenate((rows, page.table.row[np.isin(page.table.number, (PROTOCOL_TCP, PROTOCOL_UDP))]))
            first, total = first + PAGE, page.total
        return self._completed(self.flows.table(rows[:count]))
