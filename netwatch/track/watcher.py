"""Watcher: whoever wants to hear of packets, flows and events of a session while they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.event_log import Event
    from netwatch.track.flow_batch import FlowBatch


class Watcher(Protocol):
    """Whoever wants to hear of everything while it happens."""

    def feed(self, batch: PacketBatch, flows: FlowBatch, events: Iterable[Event]) -> None:
        """Take a batch, its flows, and what trackers found since the last call."""
        ...

    def tell(self, events: Iterable[Event]) -> None:
        """Take what trackers found although no packets came."""
        ...

    def finish(self, events: Iterable[Event]) -> None:
        """Take the last: the capture is over."""
        ...
