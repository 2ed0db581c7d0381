"""Live capture on Linux: opens interfaces as packet rings, with the rights that were taken at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.capture.filtered_capture import FilteredCapture
from netwatch.capture.frames import LINKTYPE_LINUX_SLL2, FrameInterface
from netwatch.capture.interfaces import link_type_of, list_interfaces, require_interface
from netwatch.capture.ring import ANY, Ring, RingOptions
from netwatch.capture.ring_source import RingSource
from netwatch.errors import NetwatchError

if TYPE_CHECKING:
    import socket

    from netwatch.capture.privileges import CaptureRights
    from netwatch.capture.source import Source
    from netwatch.snapshot import Interface


class LiveCapture(FilteredCapture):
    """What the engine asks for live sources; implements LiveSources with the sockets opened before privileges went."""

    def __init__(self, rights: CaptureRights, options: RingOptions) -> None:
        super().__init__(rights)
        self._pool = rights.pool
        self._options = options
        self._lent: list[socket.socket] = []
        self._source: RingSource | None = None

    def open(self, names: tuple[str, ...], text: str, *, include_own_session: bool) -> Source:
        """See LiveSources."""
        self._give_back()
        everything = ANY in names  # then the others are in it, even those that have gone meanwhile
        found = {interface.name: interface for interface in map(require_interface, (ANY,) if everything else names)}
        everything = ANY in found  # or by its number
        if everything:
            interfaces = [FrameInterface(ANY, LINKTYPE_LINUX_SLL2, snaplen=self._options.snaplen, filter=text)]
        else:
            interfaces = [self._described(interface, text) for interface in found.values()]
        self.link_types = tuple({interface.link_type for interface in interfaces})
        capture_filter = self.filter(text, include_own_session=include_own_session)
        options = self._options if len(interfaces) == 1 else self._options.shared()
        rings: list[Ring] = []
        try:
            for position, interface in enumerate(interfaces):
                taken = self._pool.take(cooked=interface.link_type == LINKTYPE_LINUX_SLL2)
                self._lent.append(taken)
                rings.append(Ring(taken, interface, position, options))
            seen = [interface.name for interface in list_interfaces()] if everything else []
            self._source = RingSource(
                rings, ", ".join(interface.name for interface in interfaces), capture_filter, seen
            )
        except NetwatchError:
            for ring in rings:
                ring.close()
            self._give_back()
            raise
        return self._source

    def _described(self, interface: Interface, text: str) -> FrameInterface:
        link_type = link_type_of(interface.name)
        return FrameInterface(interface.name, link_type, interface.description, self._options.snaplen, text)

    def _give_back(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None
        while self._lent:
            self._pool.give_back(self._lent.pop())
