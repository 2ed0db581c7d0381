"""Observation: everything that detectors see, of one short slice of packet time."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, compress
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from netwatch.detect.dns_slice import DnsSlice
from netwatch.track.event_log import EventBlock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netwatch.detect.bindings import Bindings, Claimed
    from netwatch.detect.forwarders import Forwarders
    from netwatch.detect.icmp_events import Echoes, Errors
    from netwatch.detect.link_events import ArpEvent, DhcpEvent, NeighbourEvent
    from netwatch.detect.outcome import Failure, Record, Success
    from netwatch.detect.probe_events import Probes
    from netwatch.detect.senders import Senders
    from netwatch.detect.surroundings import Surroundings
    from netwatch.detect.tcp_events import Connections, Endings, Syns
    from netwatch.detect.volume_events import Bursts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Observation:
    """What happened since the slice before. Columns are None where nothing of their kind did.

    Events of the analysis's log (`of`) may be some packets late, because trackers read in blocks; they come in order.
    """

    now_ns: int
    """The end of the slice; packet time never runs backwards here."""
    last: int
    """Number of the newest packet."""
    surroundings: Surroundings
    record: Record
    """What entities succeeded with before."""
    bindings: Bindings
    """Who has which address."""
    forwarders: Forwarders
    """Whom packets of others go through."""
    syns: Syns | None = None
    """Every SYN; under the profile lab only."""
    attempts: Connections | None = None
    """First SYNs of attempts to open TCP connections."""
    completed: Connections | None = None
    """Handshakes whose ACK came."""
    endings: Endings | None = None
    """Attempts that succeeded or failed."""
    failures: tuple[Failure, ...] = ()
    successes: tuple[Success, ...] = ()
    """What `endings` and `errors` say of TCP, with the entities behind both ends; at most some thousands a second."""
    half_open: tuple[Failure, ...] = ()
    """TCP handshakes that were answered and then not completed for ten seconds; bounded like failures."""
    probes: Probes | None = None
    """TCP segments that belong to no connection, or whose flags no system sends."""
    errors: Errors | None = None
    """ICMP errors with what they quote."""
    echoes: Echoes | None = None
    """ICMP requests and replies."""
    bursts: Bursts | None = None
    """Destinations that got many datagrams in this slice."""
    senders: Senders | None = None
    """Who sent the first packets of flows."""
    arp: tuple[ArpEvent, ...] = ()
    claims: tuple[Claimed, ...] = ()
    """The same packets as far as they claim an address, compared with what was known before."""
    neighbours: tuple[NeighbourEvent, ...] = ()
    """Neighbour discovery of IPv6."""
    dhcp: tuple[DhcpEvent, ...] = ()
    events: Mapping[type, tuple[Any, ...] | EventBlock] = field(default_factory=dict)
    """What trackers logged, by class."""
    dns: DnsSlice = field(default_factory=DnsSlice)
    """Those of `events` that detectors of DNS look at."""
    over: bool = False
    """The capture is over."""

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """Return the events of one class, such as DnsEvent or HttpRequest, in the order of their packets."""
        found = self.events.get(kind, ())
        return tuple(found.events()) if isinstance(found, EventBlock) else found

    def present(self) -> frozenset[str | type]:
        """Return what there is in this slice: names of fields above, and classes of events."""
        return frozenset(chain(compress(KINDS, _of_kinds(self)), self.events))


KINDS: Final = (
    "syns", "attempts", "completed", "endings", "failures", "half_open", "successes", "probes", "errors", "echoes",
    "bursts", "senders", "arp", "claims", "neighbours", "dhcp",
)  # fmt: skip
"""Fields that may be empty."""
_of_kinds: Final = attrgetter(*KINDS)
