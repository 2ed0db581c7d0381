"""DnsTracker: who asks whom for which name, what the answer is and how long it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, MORE_FRAGMENTS
from netwatch.nanoseconds import SECOND
from netwatch.tables.dns import DnsSummary
from netwatch.tables.query import Page
from netwatch.track.dns_event import dns_block
from netwatch.track.dns_filter import ANY, DnsFilter
from netwatch.track.dns_find import find_transactions
from netwatch.track.dns_headers import GROUP_KINDS, find_messages
from netwatch.track.dns_match import DnsMatcher
from netwatch.track.dns_names import DnsNames
from netwatch.track.dns_packets import KIND_NAMES, DnsKind, dns_packets, in_order, joined, stream_packets
from netwatch.track.dns_servers import SERVER_PORT, DnsServers
from netwatch.track.dns_storage import DnsTransactions
from netwatch.track.dns_stream import DnsStreams
from netwatch.track.dns_summaries import NameView, ServerView
from netwatch.track.dns_table import addresses, dns_table, serials_of, sort_keys
from netwatch.track.dns_totals import DnsTotals
from netwatch.track.dns_write import DnsWriter
from netwatch.track.paging import page_rows
from netwatch.track.remarks import delay_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.dns import DnsCounts, DnsNameTable, DnsServerTable, DnsTable
    from netwatch.tables.query import TableQuery
    from netwatch.track.dns_packets import DnsPackets
    from netwatch.track.dns_stream import StreamMessage
    from netwatch.track.event_log import EventLog
    from netwatch.track.fragments import WholeDatagrams
    from netwatch.track.remarks import Remarks

CAPACITY: Final = 100_000
"""Transactions that are held."""
SIZE: Final = 96 << 20
"""Bytes of memory for them."""
NAMES: Final = 50_000
SERVERS: Final = 4096
SMALLEST_CAPACITY: Final = 64
LIVE_PACKETS: Final = 150_000
"""Packets that a capture can afford to have read in one second, two thirds of a processor."""
UNLIMITED: Final = 1 << 62
PARTS: Final = 16
"""Into so many parts the room for transactions and names is divided; one of them is filled at once."""
TOGETHER: Final = 512
"""Packets that are read at once, when nobody looks sooner: a few cost as much as many."""
TOGETHER_BYTES: Final = 1 << 20
LONGEST_LABEL: Final = 60
UNANSWERED: Final = "unanswered"
"""The word of the quick filter."""
_NOT_NBNS: Final = 0xFF ^ 1 << DnsKind.NBNS


class DnsTracker:
    """Transactions of DNS, mDNS, LLMNR and NBNS, the names and the servers in them.

    Messages over TCP come through `streams`, which has to be fed before. Packets are kept until there are enough or
    somebody looks. Which packets come in one batch makes no difference, except to what is evicted or skipped when
    there is too much.
    """

    def __init__(
        self,
        *,
        capacity: int = CAPACITY,
        names: int = NAMES,
        packets: int = UNLIMITED,
        size: int = SIZE,
        log: EventLog | None = None,
        fragments: bool = False,
        remarks: Remarks | None = None,
        heard: Callable[[StreamMessage], None] | None = None,
        known: frozenset[str] | None = None,
    ) -> None:
        """Hold at most `capacity` transactions, SMALLEST_CAPACITY or more, in about `size` bytes, and `names` names.

        At most `packets` packets are read in a second of packet time, and as many labels and records of unusual ones.
        Every message that is read is added to `log`. With `fragments` somebody puts datagrams together and gives them
        to `feed`; otherwise the first fragment counts as the datagram. `remarks` get the latency of first responses.
        `heard` is told of messages over TCP. `known` are names of earlier runs; with it all others are new.
        """
        capacity, names = max(capacity, SMALLEST_CAPACITY), max(names, SMALLEST_CAPACITY)
        self.now_ns = 0
        """Capture time of the newest packet."""
        self.streams = DnsStreams()
        """Takes messages over TCP."""
        self._held = DnsTransactions(capacity, size)
        self._names = DnsNames(names, known=known)
        self._servers = DnsServers(SERVERS)
        self._totals = DnsTotals()
        self._matcher = DnsMatcher(self._held, self._names, steps=packets)
        self._log = log
        self._heard = heard
        self._pieces = FRAGMENT_OFFSET | MORE_FRAGMENTS if fragments else FRAGMENT_OFFSET
        latencies = None if remarks is None else remarks.writer(delay_text)
        self._writer = DnsWriter(self._held, self._names, self._servers, latencies)
        self._part = min(capacity, names) // PARTS
        self._waiting: list[DnsPackets] = []
        self._waiting_packets = self._waiting_bytes = 0
        self._packets = packets
        self._second, self._left, self._over_budget = -1, 0, 0

    @property
    def held(self) -> int:
        """Transactions in the table now."""
        self._update()
        return len(self._held)

    @property
    def evicted(self) -> int:
        """Transactions and names that left full tables, and transactions with servers for which there was no room."""
        self._update()
        return self._held.evicted + self._names.evicted + self._servers.not_held

    @property
    def skipped(self) -> int:
        """Messages, and pieces of streams, that were not read."""
        self._update()
        return self._messages_skipped + self.streams.unread

    def feed(self, batch: PacketBatch, whole: WholeDatagrams | None = None) -> None:
        """Take the datagrams of `batch` that may be messages, and those of `whole` that came in fragments."""
        if not len(batch):
            return
        self.now_ns = max(self.now_ns, int(batch.frames.time_ns.max()))
        self._wait(*dns_packets(batch, self._allowance(int(batch.frames.time_ns[0]) // SECOND), self._pieces))
        self._take_others(whole)
        if self._waiting_packets >= TOGETHER or self._waiting_bytes >= TOGETHER_BYTES:
            self._update()

    def settle(self, whole: WholeDatagrams | None = None) -> None:
        """Read what waits, as everything that asks does first; the capture ends, and with it streams and fragments."""
        self._take_others(whole)
        self._update()

    def _take_others(self, whole: WholeDatagrams | None) -> None:
        """Take messages that were put together."""
        if whole is not None:
            packets, skipped = dns_packets(whole.batch, self._left)
            self._wait(packets and replace(packets, number=whole.numbers[packets.number - 1]), skipped)
        if messages := self.streams.take():
            kept = messages[: max(self._left, 0)]
            self._wait(stream_packets(kept) if kept else None, len(messages) - len(kept))
            if self._heard is not None:
                for message in kept:
                    self._heard(message)

    def _wait(self, packets: DnsPackets | None, skipped: int) -> None:
        """Keep packets for later."""
        self._over_budget += skipped
        if packets is None:
            return
        self._left -= len(packets)
        self._waiting.append(packets)
        self._waiting_packets += len(packets)
        self._waiting_bytes += sum(map(len, packets.payloads))

    def page(self, query: TableQuery) -> Page[DnsTable]:
        """Return the transactions that `query` wants; dns_find says which words it knows.

        Raises:
            KeyError: there is no such column.
        """
        return self._page(query, "")

    def unanswered(self, query: TableQuery) -> Page[DnsTable]:
        """Return `page` of those that have no response after 5 s of packet time."""
        return self._page(query, UNANSWERED)

    def _page(self, query: TableQuery, state: str) -> Page[DnsTable]:
        self._update()
        held = self._held
        rows = find_transactions(held, f"{state} {query.text if query.held is None else ''}", self.now_ns)
        page = page_rows(
            rows, serials_of(held, rows), lambda wanted: sort_keys(held, query.sort, wanted, self.now_ns), query
        )
        return Page(dns_table(held, page.rows, self.now_ns), page.first, page.total, page.order)

    def names(self, query: TableQuery) -> Page[DnsNameTable]:
        """Return the names that `query` wants; see NameView.page."""
        self._update()
        return NameView(self._names, self._held, self.now_ns).page(query)

    def servers(self, query: TableQuery) -> Page[DnsServerTable]:
        """Return the servers of port 53 that `query` wants; see ServerView.page."""
        self._update()
        return ServerView(self._servers, self._held, self.now_ns).page(query)

    def counts(self) -> DnsCounts:
        """Return what happened since the start."""
        self._update()
        return self._totals.counts(self._held, self._messages_skipped)

    def summary(self, count: int) -> DnsSummary:
        """Return what a report tells, with the `count` names of DNS, mDNS and LLMNR that were asked for most."""
        counts = self.counts()
        rows = self._names.rows()
        rows = rows[self._names.kinds[rows] & _NOT_NBNS != 0]
        view = NameView(self._names, self._held, self.now_ns)
        return DnsSummary(counts, view.table(self._most_asked(rows, count)))

    def top_names(self, count: int) -> tuple[tuple[str, int], ...]:
        """Return (name, queries) of the names that were asked for most."""
        self._update()
        rows = self._most_asked(self._names.rows(), count)
        return tuple((self._names.texts[row], int(self._names.queries[row])) for row in rows.tolist())

    def all_names(self) -> list[str]:
        """Return all names that are held, those seen last at the end."""
        self._update()
        rows = self._names.rows()
        return [self._names.texts[row] for row in rows[np.argsort(self._names.last_ns[rows], kind="stable")].tolist()]

    def filter(self, serial: int) -> DnsFilter:
        """Return what tells the packets of a transaction from all others.

        Raises:
            LookupError: it left the table.
        """
        self._update()
        held = self._held
        if not held.first <= serial < held.next:
            raise LookupError(f"transaction {serial} is not in the table any more")
        row = serial % held.capacity
        kind = DnsKind(int(held.kind[row]))
        return DnsFilter(
            label=f"{KIND_NAMES[kind]} {held.names[row][:LONGEST_LABEL]}".rstrip(),
            client=(int(held.client_high[row]), int(held.client_low[row]), int(held.client_port[row])),
            server=(int(held.server_high[row]), int(held.server_low[row]), int(held.server_port[row])),
            tcp=bool(held.tcp[row]),
            identifier=ANY if kind == DnsKind.MDNS else int(held.identifier[row]),
            group=kind in (*GROUP_KINDS, DnsKind.MDNS),
        )

    def server_filter(self, serial: int) -> DnsFilter:
        """Return what tells the packets to and from a server's port 53 from all others.

        Raises:
            LookupError: there is no such server.
        """
        self._update()
        if not 0 < serial <= len(self._servers):
            raise LookupError(f"server {serial} is not in the table")
        high, low = self._servers.high[serial : serial + 1], self._servers.low[serial : serial + 1]
        label = f"DNS {addresses(high, low)[0]}"
        return DnsFilter(label=label, client=None, server=(int(high[0]), int(low[0]), SERVER_PORT))

    @property
    def _messages_skipped(self) -> int:
        return self._over_budget + self._matcher.skipped + self.streams.left_out

    def _allowance(self, second: int) -> int:
        if second != self._second:
            self._second, self._left = second, self._packets
        return self._left

    def _update(self) -> None:
        """Read the packets that wait."""
        if not self._waiting:
            return
        packets = in_order(joined(self._waiting))
        self._waiting = []
        self._waiting_packets = self._waiting_bytes = 0
        found = find_messages(packets)
        self._totals.add_found(found)
        for start in range(0, len(found.messages), self._part):
            place = slice(start, start + self._part)
            part, messages = found.messages.take(place), found.payloads[place]
            self._names.make_room(len(part))
            events = self._matcher.read(part, messages)
            self._writer.write(part, events)
            self._totals.add_events(part, events)
            if self._log is not None:
                self._log.add_block(dns_block(part, messages, [self._names.texts[row] for row in events.names]))

    def _most_asked(self, rows: NDArray[np.intp], count: int) -> NDArray[np.intp]:
        names = self._names
        order = np.lexsort((names.serial[rows], -names.responses[rows], -names.queries[rows]))
        return rows[order[:count]]
