"""What detectors of DNS share: which messages they look at, and which clients ask for others."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from netwatch.track.dns_event import DnsEvent
from netwatch.track.dns_packets import DnsKind

if TYPE_CHECKING:
    from netwatch.detect.observation import Observation

MOST_A_SLICE: Final = 4000
"""Messages of one slice of time that a detector looks at."""
MOST_SERVERS: Final = 4096
NO_ERROR: Final = 0
NAME_ERROR: Final = 3
"""RCODE of a name that does not exist (RFC 1035 section 4.1.1)."""
FOR_MANY: Final = 5
"""Times as much has to come from a client that asks for others as well."""


class DnsRoles:
    """Tells clients that ask for themselves from resolvers, which ask for others."""

    def __init__(self) -> None:
        self.skipped = 0
        """Messages that were left out."""
        self._servers: OrderedDict[tuple[int, int], None] = OrderedDict()

    def messages(self, seen: Observation) -> list[DnsEvent]:
        """Return the messages of unicast DNS in this slice, MOST_A_SLICE at most, and learn who answers."""
        found = [event for event in seen.of(DnsEvent) if event.kind == DnsKind.DNS and event.name]
        self.skipped += max(len(found) - MOST_A_SLICE, 0)
        del found[MOST_A_SLICE:]
        for event in found:
            if event.is_response:
                self._servers[event.server] = None
        while len(self._servers) > MOST_SERVERS:
            self._servers.popitem(last=False)
        return found

    def factor(self, client: tuple[int, int], seen: Observation) -> int:
        """Return how many times as much is normal for this client."""
        return FOR_MANY if client in self._servers or seen.surroundings.is_gateway(*client) else 1
