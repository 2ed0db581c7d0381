"""What detectors of DNS share: which messages they look at, and which clients ask for others."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from netwatch.decode.dns_message import HEADER

if TYPE_CHECKING:
    from netwatch.detect.observation import Observation
    from netwatch.track.dns_event import DnsEvent

MOST_SERVERS: Final = 4096
POINTER: Final = 0xC0
"""The first of two bytes that say where a name goes on."""
NO_ERROR: Final = 0
NAME_ERROR: Final = 3
"""RCODE of a name that does not exist (RFC 1035 section 4.1.1)."""
FOR_MANY: Final = 5
"""Times as much has to come from a client that asks for others as well."""


class DnsRoles:
    """Tells clients that ask for themselves from resolvers, which ask for others."""

    def __init__(self) -> None:
        self._servers: OrderedDict[tuple[int, int], None] = OrderedDict()

    def messages(self, seen: Observation) -> tuple[DnsEvent, ...]:
        """Return the messages of unicast DNS in this slice, dns_slice.MOST at most, and learn who answers.

        The others are left out for every detector alike: Gatherer counts them.
        """
        for server in seen.dns.servers:
            self._servers[server] = None
        while len(self._servers) > MOST_SERVERS:
            self._servers.popitem(last=False)
        return seen.dns.messages

    def factor(self, client: tuple[int, int], seen: Observation) -> int:
        """Return how many times as much is normal for this client."""
        return FOR_MANY if client in self._servers or seen.surroundings.is_gateway(*client) else 1


def query_type(message: bytes) -> int:
    """Return QTYPE of the first question without reading its name, 0 where there is none (RFC 1035 section 4.1.2)."""
    at, end = HEADER, len(message)
    if message[4:6] in (b"", b"\0\0"):
        return 0
    while at < end and 0 < (length := message[at]) < POINTER:
        at += 1 + length
    at += 2 if at < end and message[at] >= POINTER else 1
    return int.from_bytes(message[at : at + 2])
