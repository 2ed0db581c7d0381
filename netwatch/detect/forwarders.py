"""Forwarders: machines that packets of others go through, told by their MAC addresses; of private networks too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.detect.link_events import REQUEST
from netwatch.detect.senders import NEAR, TO_NEAR
from netwatch.detect.window import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.detect.bindings import Bindings
    from netwatch.detect.link_events import ArpEvent
    from netwatch.detect.senders import Senders
    from netwatch.detect.surroundings import Surroundings

MOST_MACHINES: Final = 4096
MOST_CARRIED: Final = 8
"""Addresses that are remembered of one machine; what it claims with ARP must not hide all others."""
MOST_LEARNED: Final = 64
"""Packets of one slice that are looked at."""
ASKED_FOR_OTHERS: Final = 3
"""A machine that asked for so many addresses right after somebody else had sent there is a router."""


class Forwarders:
    """Learns from the first packets of flows and from ARP, slice by slice."""

    def __init__(self, surroundings: Surroundings, bindings: Bindings) -> None:
        """Tell `surroundings` of routers; `bindings` know what machines say of themselves."""
        self._surroundings, self._bindings = surroundings, bindings
        self._carried: Keys[set[tuple[int, int]]] = Keys(MOST_MACHINES, set)
        """IPv4 addresses in packets that a MAC address sent or got."""
        self._asked: Keys[set[tuple[int, int]]] = Keys(MOST_MACHINES, set)
        """Addresses that a MAC address asked for after somebody else had sent there."""
        self._before: Senders | None = None
        """Of the slice before."""

    def learn(self, sent: Senders | None, arp: Iterable[ArpEvent]) -> None:
        """Take a slice."""
        if sent is not None:
            self._carry(sent.scope & NEAR, sent.high, sent.low, sent.mac)
            self._carry(sent.scope & TO_NEAR, sent.to_high, sent.to_low, sent.to_mac)
        for event in arp:
            if event.operation == REQUEST and not event.gratuitous and not event.probe:
                self._ask(event, sent)
        self._before = sent

    def sends_on(self, mac: int, own: tuple[int, int]) -> bool:
        """Return True where packets of an address went through that is neither `own` nor ever claimed with ARP."""
        carried = self._carried.get(mac)
        return carried is not None and bool(carried - {own} - self._bindings.claimed_by(mac))

    def _carry(
        self, wanted: NDArray[np.uint8], high: NDArray[np.uint64], low: NDArray[np.uint64], mac: NDArray[np.uint64]
    ) -> None:
        at = wanted.nonzero()[0][:MOST_LEARNED]
        ends = zip(high[at].tolist(), low[at].tolist(), strict=True)
        for sender, address in zip(mac[at].tolist(), ends, strict=True):
            _add(self._carried.at(sender), address)

    def _ask(self, event: ArpEvent, sent: Senders | None) -> None:
        if self._surroundings.is_router(event.sender_mac):
            return
        if any(part is not None and _somebody_sent(part, event) for part in (self._before, sent)):
            asked = self._asked.at(event.sender_mac)
            _add(asked, event.target)
            if len(asked) >= ASKED_FOR_OTHERS:
                self._surroundings.note_router(event.sender_mac)


def _somebody_sent(sent: Senders, event: ArpEvent) -> bool:
    """Return whether another machine than the one that asks had sent a packet to the address."""
    high, low = event.target
    there = (sent.to_low == low) & (sent.to_high == high)
    there &= (sent.number < event.moment.number) & (sent.mac != event.sender_mac)
    there &= (sent.low != event.sender[1]) | (sent.high != event.sender[0])
    return bool(np.count_nonzero(there))


def _add(addresses: set[tuple[int, int]], address: tuple[int, int]) -> None:
    if len(addresses) < MOST_CARRIED:
        addresses.add(address)
