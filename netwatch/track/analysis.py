"""Analysis: every tracker of one view of a capture, fed batch by batch in packet time."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from netwatch.tables.overview import Overview, Summary
from netwatch.track.flow import FlowTracker
from netwatch.track.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.query import Page, TableQuery
    from netwatch.tables.selection import PacketFilter


class Analysis:
    """Trackers that see the same packets; used by one thread."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self.flows = FlowTracker(seed=secrets.randbits(63))
        self._pages: dict[str, Callable[[TableQuery], Page[Any]]] = {"flows": self._flows_page}
        self._filters: dict[str, Callable[[int], PacketFilter]] = {}

    def feed(self, batch: PacketBatch) -> None:
        """Let every tracker see the packets of `batch`."""
        self.traffic.feed(batch)
        self.flows.feed(batch)

    def rows_held(self) -> tuple[tuple[str, int], ...]:
        """Return (table, rows) of each table."""
        return (("flows", self.flows.counts().held),)

    def page(self, table: str, query: TableQuery) -> Page[Any]:
        """Return rows of a table: flows, handshakes, services, hosts or neighbours.

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

    def overview(self, now_ns: int, seconds: int) -> Overview:
        """Return what the first screen shows; the graph covers `seconds` up to `now_ns`."""
        return Overview(
            rates=self.traffic.rates(now_ns, seconds),
            protocols=self.traffic.protocols(),
            flows=self.flows.counts(),
        )

    def summary(self, sort: str, count: int) -> Summary:
        """Return what a report holds besides totals; it lists `count` flows, the first by falling `sort`."""
        return Summary(flow_counts=self.flows.counts(), flows=self.flows.top(sort, count))

    def _flows_page(self, query):
        from netwatch.tables.query import Page
        from netwatch.track.flow_table import SORT_KEYS, flow_table
        from netwatch.track.paging import page_rows

        rows = self.flows._rows()
        serials = self.flows.columns.serial[rows]
        keys = lambda chosen: (self.flows._rates(chosen) if query.sort == "rate" else SORT_KEYS[query.sort](self.flows.columns)[chosen])
        page = page_rows(rows, serials, keys, query)
        return Page(flow_table(self.flows.columns, page.rows, self.flows.now_ns), page.first, page.total, page.order)
