"""Live capture with the rights that were taken at the start: opens interfaces, compiles filters, lists interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.capture.bpf import CaptureFilter, exclude
from netwatch.capture.frames import LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL2, FrameInterface
from netwatch.capture.interfaces import link_type_of, list_interfaces, require_interface
from netwatch.capture.ring import ANY, Ring, RingOptions
from netwatch.capture.ring_source import RingSource
from netwatch.errors import NetwatchError

if TYPE_CHECKING:
    import socket

    from netwatch.capture.privileges import CaptureRights
    from netwatch.capture.source import Source
    from netwatch.snapshot import FilterVerdict, Interface


class LiveCapture:
    """What the engine asks for live sources; holds the sockets and the compiler opened before privileges went."""

    def __init__(self, rights: CaptureRights, options: RingOptions) -> None:
        self._rights = rights
        self._options = options
        self._lent: list[socket.socket] = []
        self._source: RingSource | None = None
        self._link_types: tuple[int, ...] = (LINKTYPE_ETHERNET,)

    @property
    def own_session(self) -> str:
        """The remote session that netwatch runs in, for people; empty when there is none."""
        return self._rights.own_session.label if self._rights.own_session else ""

    def interfaces(self) -> tuple[Interface, ...]:
        """Return the interfaces, the best guess first."""
        return list_interfaces()

    def verdict(self, text: str) -> FilterVerdict:
        """Return what libpcap says of a filter for the link types that are captured now."""
        verdicts = [self._rights.compiler.verdict(text, link_type) for link_type in self._link_types]
        return next((verdict for verdict in verdicts if not verdict.valid), verdicts[0])

    def filter(self, text: str, *, include_own_session: bool) -> CaptureFilter | None:
        """Return the filter that `text` and the exclusion of the own session make together, None for neither.

        Raises:
            FilterError: `text` does not compile for the link types that are captured now.
        """
        if text.strip():
            # By itself first: `tcp) or (udp` would compile inside the brackets of the exclusion
            for link_type in self._link_types:
                CaptureFilter(text, self._rights.compiler).program(link_type)
        own = self._rights.own_session
        if own is not None and not include_own_session:
            text = exclude(text, own.filter)
        return CaptureFilter(text, self._rights.compiler) if text.strip() else None

    def open(self, names: tuple[str, ...], text: str, *, include_own_session: bool) -> Source:
        """Close what is open and return a source of all these interfaces.

        Raises:
            NetwatchError: an interface does not exist or cannot be opened, or the filter does not compile for it.
        """
        self._give_back()
        everything = ANY in names  # then the others are in it, even those that have gone meanwhile
        found = {interface.name: interface for interface in map(require_interface, (ANY,) if everything else names)}
        everything = ANY in found  # or by its number
        if everything:
            interfaces = [FrameInterface(ANY, LINKTYPE_LINUX_SLL2, snaplen=self._options.snaplen, filter=text)]
        else:
            interfaces = [self._described(interface, text) for interface in found.values()]
        self._link_types = tuple({interface.link_type for interface in interfaces})
        capture_filter = self.filter(text, include_own_session=include_own_session)
        rings: list[Ring] = []
        try:
            for position, interface in enumerate(interfaces):
                taken = self._rights.pool.take(cooked=interface.link_type == LINKTYPE_LINUX_SLL2)
                self._lent.append(taken)
                rings.append(Ring(taken, interface, position, self._options))
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
            self._rights.pool.give_back(self._lent.pop())
