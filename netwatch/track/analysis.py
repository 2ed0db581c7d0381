"""Analysis: every tracker of one view of a capture, fed batch by batch in packet time."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.tables.overview import Losses, Overview, Summary
from netwatch.tables.query import TableQuery
from netwatch.track.flow import FlowTracker
from netwatch.track.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.flows import FlowTable
    from netwatch.tables.query import Page
    from netwatch.tables.selection import PacketFilter

PAGE: Final = 1000
"""Flows looked at together when only some protocols are wanted."""


class Analysis:
    """Trackers that see the same packets; used by one thread."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self.flows = FlowTracker(seed=secrets.randbits(63))
        self._pages: dict[str, Callable[[TableQuery], Page[Any]]] = {"flows": self.flows.page}
        self._filters: dict[str, Callable[[int], PacketFilter]] = {"flows": self.flows.filter}

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

    def losses(self) -> Losses:
        """Return what the trackers could not hold or look at."""
        return Losses(evicted_flows=self.flows.counts().evicted)

    def summary(self, sort: str, count: int) -> Summary:
        """Return what a report holds besides totals; it lists the `count` TCP and UDP flows first by `sort`."""
        return Summary(flow_counts=self.flows.counts(), flows=self._heaviest(sort, count))

    def _heaviest(self, sort: str, count: int) -> FlowTable:
        rows, first, total = np.zeros(0, np.intp), 0, 1
        while len(rows) < count and first < total:
            page = self.flows.page(TableQuery(sort, first=first, count=PAGE))
            rows = np.concatenate((rows, page.table.row[np.isin(page.table.number, (PROTOCOL_TCP, PROTOCOL_UDP))]))
            first, total = first + PAGE, page.total
        return self.flows.table(rows[:count])
