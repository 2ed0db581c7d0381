"""How a connection came out, one object each, and the record of what everybody succeeded with."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.detect.finding import Finding
from netwatch.detect.window import Keys
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.surroundings import Party
    from netwatch.track.stream_reader import Moment

MOST_SOURCES: Final = 20_000
MOST_SERVICES: Final = 512
"""Successes of one entity that are remembered."""
EYEBALLS_NS: Final = 2 * SECOND
"""Within so long a client tries the other address family (RFC 8305)."""


class Failure(NamedTuple):
    """Somebody tried something, and it failed."""

    moment: Moment
    """When it was known to have failed, and the packet that says so."""
    source: Party
    target: Party
    target_address: tuple[int, int]
    protocol: int
    port: int
    how: str
    """`silent`, `refused`, `probed`, `unreachable`, or `half-open`, which is no failure yet."""
    began_ns: int
    style: str
    """What tools send such a SYN, empty for what systems send."""
    open: bool
    """The port answered, and the initiator took the connection back."""


class Success(NamedTuple):
    """A TCP connection that carried data."""

    moment: Moment
    source: Party
    target: Party
    target_address: tuple[int, int]
    port: int
    began_ns: int
    source_address: tuple[int, int]
    source_port: int
    request_bytes: int
    """Payload of the initiator's first segment with data."""

    def finding(self, key: tuple[Hashable, ...], summary: str, evidence: tuple[tuple[str, str], ...]) -> Finding:
        """Return a finding of this one connection."""
        return Finding(
            key=key,
            moment=self.moment,
            summary=summary,
            value=1,
            threshold=1,
            source=self.source.text,
            destination=self.target.text,
            port=self.port,
            protocol="TCP",
            actor=self.source.entity,
            victim=self.target.text,
            evidence=evidence,
            packets=(self.moment.number,),
            source_port=self.source_port,
        )


class Record:
    """What entities succeeded with: the other half of every ratio."""

    def __init__(self) -> None:
        self._of: Keys[OrderedDict[tuple[tuple[int, int], int], tuple[int, int]]] = Keys(MOST_SOURCES, OrderedDict)
        """By entity: (times of success and of its SYN) by address and port."""

    def add(self, success: Success) -> None:
        """Remember one."""
        services = self._of.at(success.source.entity)
        key = success.target_address, success.port
        services[key] = success.moment.time_ns, success.began_ns
        services.move_to_end(key)
        if len(services) > MOST_SERVICES:
            services.popitem(last=False)

    def count(
        self, entity: str, since_ns: int, *, address: tuple[int, int] | None = None, port: int | None = None
    ) -> int:
        """Return how many different services an entity reached since then: of one address, on one port, or all."""
        count = 0
        for (target, number), (time_ns, _) in reversed(self._services(entity).items()):
            if time_ns < since_ns:
                break
            count += (address is None or target == address) and (port is None or number == port)
        return count

    def reached_otherwise(self, failure: Failure) -> bool:
        """Return True when the same machine reached the same port in the other address family at the same time."""
        six = failure.target_address[0] != 0
        for (target, port), (_, began_ns) in reversed(self._services(failure.source.entity).items()):
            if began_ns < failure.began_ns - EYEBALLS_NS:
                break
            if port == failure.port and (target[0] != 0) != six and began_ns - failure.began_ns <= EYEBALLS_NS:
                return True
        return False

    def _services(self, entity: str) -> OrderedDict[tuple[tuple[int, int], int], tuple[int, int]]:
        return self._of.get(entity) or OrderedDict()
