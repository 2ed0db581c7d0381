"""DnsSlice: the messages of DNS in one slice of time, of which detectors look at few; a flood has 25,000 of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.dns_message import RESPONSE
from netwatch.track.dns_packets import DnsKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.dns_event import DnsBlock, DnsEvent

MOST: Final = 4000
"""Messages of one slice that a detector looks at."""
_RCODE: Final = 0x000F


@dataclass(frozen=True, slots=True)
class DnsSlice:
    """What detectors look at, found once for all of them."""

    messages: tuple[DnsEvent, ...] = ()
    """Of unicast DNS with a name, MOST at most."""
    servers: tuple[tuple[int, int], ...] = ()
    """Who answered in them."""
    left_out: int = 0
    """Such messages beyond MOST."""
    block: DnsBlock | None = None
    """All of them, and those of mDNS, LLMNR and NBNS."""

    def queries(self, most: int | None, wanted: Callable[[str], bool]) -> tuple[list[DnsEvent], int]:
        """Return those of the first `most` queries of unicast DNS, None for all, of whose names `wanted` is true.

        And how many queries are left out.
        """
        if self.block is None:
            return [], 0
        at = np.flatnonzero((self.block.kind == DnsKind.DNS) & (self.block.flags & RESPONSE == 0))
        some = at[:most]
        chosen = np.fromiter(map(wanted, self.block.name[some]), np.bool_, len(some))
        return self.block.events(some[chosen]), len(at) - len(some)

    def answers_of_others(self) -> list[DnsEvent]:
        """Return what mDNS, LLMNR and NBNS answered without an error."""
        if self.block is None:
            return []
        answers = self.block.flags & (RESPONSE | _RCODE) == RESPONSE
        return self.block.events(np.flatnonzero((self.block.kind != DnsKind.DNS) & answers))


def dns_slice(block: DnsBlock | None) -> DnsSlice:
    """Return what detectors look at of the messages of a slice."""
    if block is None:
        return DnsSlice()
    named = np.fromiter(map(bool, block.name), np.bool_, len(block))
    at = np.flatnonzero(named & (block.kind == DnsKind.DNS))
    messages = tuple(block.events(at[:MOST]))
    servers = dict.fromkeys(event.server for event in messages if event.is_response)
    return DnsSlice(messages, tuple(servers), len(at) - len(messages), block)
