"""Forwarders: machines that packets of others go through, told by their MAC addresses; of private networks too."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.detect.link_events import REQUEST
from netwatch.track.host_scope import GROUP_MAC, is_private

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
        self._carried: OrderedDict[int, set[tuple[int, int]]] = OrderedDict()
        """IPv4 addresses in packets that a MAC address sent or got."""
        self._asked: OrderedDict[int, set[tuple[int, int]]] = OrderedDict()
        """Addresses that a MAC address asked for after somebody else had sent there."""
        self._before: Senders | None = None
        """Of the slice before."""

    def learn(self, sent: Senders | None, arp: Iterable[ArpEvent]) -> None:
        """Take a slice."""
        if sent is not None:
            self._carry(sent.high, sent.low, sent.mac)
            self._carry(sent.to_high, sent.to_low, sent.to_mac)
        for event in arp:
            if event.operation == REQUEST and not event.gratuitous and not event.probe:
                self._ask(event, sent)
        self._before = sent

    def sends_on(self, mac: int, own: tuple[int, int]) -> bool:
        """Return True where packets of an address went through that is neither `own` nor ever claimed with ARP."""
        carried = self._carried.get(mac, set()) - {own}
        return bool(carried - self._bindings.claimed_by(mac)) if carried else False

    def _carry(self, high: NDArray[np.uint64], low: NDArray[np.uint64], mac: NDArray[np.uint64]) -> None:
        wanted = is_private(high, low) & (mac & np.uint64(GROUP_MAC) == 0)
        at = np.flatnonzero(wanted)[:MOST_LEARNED]
        for address in zip(mac[at].tolist(), high[at].tolist(), low[at].tolist(), strict=True):
            _add(self._carried, address[0], address[1:])

    def _ask(self, event: ArpEvent, sent: Senders | None) -> None:
        if self._surroundings.is_router(event.sender_mac):
            return
        if any(part is not None and _somebody_sent(part, event) for part in (self._before, sent)):
            asked = _add(self._asked, event.sender_mac, event.target)
            if len(asked) >= ASKED_FOR_OTHERS:
                self._surroundings.note_router(event.sender_mac)


def _somebody_sent(sent: Senders, event: ArpEvent) -> bool:
    """Return whether another machine than the one that asks had sent a packet to the address."""
    high, low = event.target
    there = (sent.to_low == low) & (sent.to_high == high)
    there &= (sent.number < event.moment.number) & (sent.mac != event.sender_mac)
    there &= (sent.low != event.sender[1]) | (sent.high != event.sender[0])
    return bool(np.count_nonzero(there))


def _add(of: OrderedDict[int, set[tuple[int, int]]], mac: int, address: tuple[int, int]) -> set[tuple[int, int]]:
    """Remember an address of a machine, and return those of it."""
    addresses = of.setdefault(mac, set())
    if len(addresses) < MOST_CARRIED:
        addresses.add(address)
    if len(of) > MOST_MACHINES:
        of.popitem(last=False)
    return addresses
