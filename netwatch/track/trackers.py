"""Trackers: all trackers of one view of a capture, fed batch by batch in packet time."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from netwatch.decode.forwarded import without_copies
from netwatch.tables.overview import Losses
from netwatch.track.contents import Contents
from netwatch.track.flow import PATIENCE_NS, FlowTracker
from netwatch.track.handshakes import Handshakes
from netwatch.track.hosts import HostTracker
from netwatch.track.names import NameCache
from netwatch.track.neighbours import NeighbourTracker
from netwatch.track.parts import Parts
from netwatch.track.path_health import PathWatch
from netwatch.track.traffic import Traffic
from netwatch.track.vendors import Vendors

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch
    from netwatch.track.event_log import EventLog
    from netwatch.track.flow_batch import FlowBatch

LIVE_MESSAGES: Final = 200
"""Messages with names that are read of a batch, so that a flood of them cannot hold up a capture."""
FILE_MESSAGES: Final = 100_000
"""The same of a batch from a file, which can wait."""
GAPS_EVERY: Final = 32
"""Snapshots of which one looks for gaps in every flow: about once a second."""


class Trackers:
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
        self.traffic = Traffic()
        self.names = NameCache(messages=LIVE_MESSAGES if live else FILE_MESSAGES)
        self._paths = PathWatch(log) if log is not None else None
        self.flows = FlowTracker(
            seed=seed,
            find_addresses=self.names.find_addresses,
            patience_ns=PATIENCE_NS if live else None,
            watch=self._paths,
        )
        self.handshakes = Handshakes(self.flows)
        self.contents = Contents(self.names, self.flows, live=live, log=log, known_names=known_names)
        self.neighbours = NeighbourTracker(seed=seed, vendors=self.vendors)
        self.hosts = HostTracker(seed=seed, names=self.names, neighbours=self.neighbours, vendors=self.vendors)
        self.parts = Parts({**self.contents.feeds(), "neighbours": self.neighbours.feed, "hosts": self.hosts.feed})

    def feed(self, batch: PacketBatch) -> FlowBatch:
        """Count the packets of `batch`, let every tracker see them, and return which flows they belong to.

        Packets that are copies of others are only counted, and not in what is returned.
        """
        self.count(batch)
        return self.inspect(without_copies(batch))

    def count(self, batch: PacketBatch) -> None:
        """Count the packets of `batch` in the totals."""
        self.traffic.feed(batch)

    def inspect(self, batch: PacketBatch) -> FlowBatch:
        """Let every tracker but the totals see the packets of `batch`, and return which flows they belong to."""
        flows = self.flows.feed(batch)
        self.parts.feed(batch, flows)
        return flows

    def leave_out(self, packets: int) -> None:
        """Count packets that no tracker but the totals will see."""
        self._skipped += packets

    def read_on(self) -> None:
        """Have trackers read what they keep for later, so that its events are in the log; the capture goes on."""
        self.contents.read_on()

    def settle(self) -> None:
        """Have trackers read what they keep for later, because the capture ends; then all events are in the log."""
        self.flows.measure()
        self.contents.settle()

    def rows_held(self) -> tuple[tuple[str, int], ...]:
        """Return (table, rows) of each table."""
        return (
            ("flows", self.flows.held),
            ("handshakes", self.handshakes.held),
            ("dns", self.contents.dns.held),
            ("web", self.contents.web.held),
            ("hosts", self.hosts.machines),
            ("neighbours", self.neighbours.held),
        )

    def losses(self, *, exact: bool) -> Losses:
        """Return what the trackers could not hold or look at; only some calls look at every flow unless `exact`."""
        if exact or self._losses_asked % GAPS_EVERY == 0:
            unseen = self.parts.attempt("the count of unseen segments", lambda: self.flows.counts().gaps.segments)
            self._unseen_segments = self._unseen_segments if unseen is None else unseen
        self._losses_asked += 1
        return Losses(
            evicted_flows=self.flows.evicted,
            evicted_rows=self.hosts.evicted + self.neighbours.evicted + self.contents.evicted,
            inspection_skipped=self._skipped + self.contents.skipped + (self._paths.skipped if self._paths else 0),
            unseen_segments=self._unseen_segments,
        )
