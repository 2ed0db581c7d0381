"""Analysis: the trackers of one view of a capture, and the answers to what panes and reports ask of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.tables.overview import Overview, Summary
from netwatch.tables.query import TableQuery
from netwatch.tables.resolution import Resolution
from netwatch.track.address_filter import address_filter
from netwatch.track.flow_names import with_names
from netwatch.track.trackers import Trackers

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.tables.flows import FlowTable
    from netwatch.tables.query import Page
    from netwatch.tables.selection import PacketFilter

TALKERS: Final = 16
"""Rows of each list on the overview."""
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


class Analysis(Trackers):
    """What front ends, reports and views know of packets; used by one thread."""

    def page(self, table: str, query: TableQuery) -> Page[Any]:
        """Return rows of a table, one of those that _answers names.

        Raises:
            KeyError: there is no such table, or no such column to sort by.
        """
        return self._answers()[table](query)

    def packet_filter(self, table: str, serial: int) -> PacketFilter:
        """Return what tells the packets of a row of a table from all others.

        Raises:
            LookupError: the row is gone, or no packets belong to rows of this table.
        """
        return self._filters()[table](serial)

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
            names=self.contents.dns.top_names(TOP_NAMES),
            server_names=self.contents.web.server_names(TOP_NAMES),
            http_hosts=self.contents.http.summary(TOP_NAMES).hosts,
            day=self.traffic.series(Resolution.MINUTE, now_ns, Resolution.MINUTE.kept),
        )

    def summary(self, sort: str, count: int) -> Summary:
        """Return what a report holds besides totals; it lists the `count` TCP and UDP flows first by `sort`."""
        return Summary(
            flow_counts=self.flows.counts(),
            flows=self._heaviest(sort, count),
            handshakes=self.handshakes.counts(),
            hosts=self.hosts.page(TableQuery("bytes", count=HOSTS), by_machine=False).table,
            neighbour_changes=self.neighbours.changes(),
            dns=self.contents.dns.summary(NAMES),
            http=self.contents.http.summary(NAMES),
            web=self.contents.web.summary(NAMES),
        )

    def _answers(self) -> dict[str, Callable[[TableQuery], Page[Any]]]:
        dns, web = self.contents.dns, self.contents.web
        return {
            "flows": self._flows_page,
            "handshakes": self.handshakes.page,
            "services": self.handshakes.services,
            "hosts": self.hosts.page,
            "neighbours": self.neighbours.page,
            "dns": dns.page,
            "dns_unanswered": dns.unanswered,
            "dns_names": dns.names,
            "dns_servers": dns.servers,
            "web": web.page,
            "web_names": web.names,
            "web_agents": web.agents,
            "certificates": web.certificates.page,
        }

    def _filters(self) -> dict[str, Callable[[int], PacketFilter]]:
        dns, web, flows = self.contents.dns, self.contents.web, self.flows
        return {
            "flows": flows.filter,
            "handshakes": flows.filter,
            "hosts": self._host_filter,
            "dns": dns.filter,
            "dns_unanswered": dns.filter,
            "dns_servers": dns.server_filter,
            "web": lambda serial: flows.filter(web.flow_of(serial)),
            "certificates": lambda serial: flows.filter(web.certificates.flow_of(serial)),
        }

    def _flows_page(self, query: TableQuery) -> Page[FlowTable]:
        page = self.flows.page(query)
        return replace(page, table=self._completed(page.table))

    def _completed(self, table: FlowTable) -> FlowTable:
        """Return flows with their names and what was found out about them."""
        table = with_names(table, self.names)
        return replace(table, about=tuple(map(self.contents.facts.line, table.serial.tolist())))

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
