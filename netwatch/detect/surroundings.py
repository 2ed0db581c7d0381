"""Surroundings: who is who on this network, as far as packets tell: entities, routers, what the capture can see."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from netwatch.decode.addresses import address_text, vlan_text
from netwatch.decode.batch import MAC_HIGH
from netwatch.track.host_scope import can_have_name, is_local

if TYPE_CHECKING:
    from collections.abc import Iterable

OFF_LINK_ADDRESSES: Final = 3
"""A MAC address that sends from so many addresses elsewhere is a router's."""
MOST_ADDRESSES: Final = 50_000
MOST_ROUTERS: Final = 4096
MOST_CANDIDATES: Final = 4096
VIRTUAL_ROUTERS: Final = (
    (0x0000_5E00_0100, 8), (0x0000_5E00_0200, 8), (0x0000_0C07_AC00, 8), (0x0000_0C9F_F000, 12),
    (0x0005_73A0_0000, 12), (0x0007_B400_0000, 16),
)  # fmt: skip
"""(MAC address, bits that vary) of VRRP and CARP for IPv4 and IPv6 (RFC 9568 section 7.3), HSRP 1, 2, IPv6; GLBP."""
_FEWEST_BITS: Final = 8
_VIRTUAL: Final = frozenset(
    (prefix >> _FEWEST_BITS) + more for prefix, bits in VIRTUAL_ROUTERS for more in range(1 << bits - _FEWEST_BITS)
)
"""All of them, without the bits that vary in each."""
MOST_PARTIES: Final = 8192
"""Ends that are remembered, until anything changes that they depend on."""
_LOCALLY_ADMINISTERED: Final = 1 << 41


_End: TypeAlias = tuple[int, int, int | None, int]
"""(high, low, VLAN, MAC address) of an end; the latter two of its frame, where that is known."""


class Party(NamedTuple):
    """One end of something."""

    text: str
    """The address."""
    entity: str
    """Whoever is behind it: the MAC address and VLAN of a machine on this link, else the address, of IPv6 its /64."""
    local: bool
    mac: str
    """Empty where it is not that of the machine itself."""


class Surroundings:
    """Learned from the packets of whole slices of time, so that it does not matter how these were cut into batches."""

    def __init__(self) -> None:
        self.began_ns = 0
        """Capture time of the first packet."""
        self.one_way = False
        """The capture sees one direction of connections only; what is unanswered says nothing then."""
        self.gateways: OrderedDict[tuple[int, int], int] = OrderedDict()
        """Addresses that hosts were told to use as a router or resolver, or that a router's MAC address owns, with the
        MAC address, 0 where not known."""
        self._mac_of: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()
        """(VLAN, MAC) of local addresses."""
        self._beyond: OrderedDict[int, set[tuple[int, int]]] = OrderedDict()
        """Addresses elsewhere that a MAC address sent from, at most OFF_LINK_ADDRESSES."""
        self._routers: OrderedDict[int, None] = OrderedDict()
        self._parties: dict[_End, Party] = {}
        self._ends: dict[tuple[int, int], list[_End]] = {}
        """Keys of these by address: what is learned of one machine says nothing of the others."""

    def learn(self, senders: Iterable[tuple[int, int, int, int]]) -> None:
        """Learn from (high, low, vlan, mac) of the senders of packets, each at least once."""
        for high, low, vlan, mac in senders:
            # Nearly all are known: those of machines nearby by their address, the others come from a router
            if self._mac_of.get((high, low)) == (vlan, mac):
                continue
            local = is_local(high, low)
            if (mac in self._routers and not local) or not mac or high == MAC_HIGH or not can_have_name(high, low):
                continue
            if local:
                self._mac_of[high, low] = vlan, mac
                self._forget((high, low))
                if len(self._mac_of) > MOST_ADDRESSES:
                    self._forget(self._mac_of.popitem(last=False)[0])
            else:
                self._suspect_router(mac, (high, low))

    def note_router(self, mac: int) -> None:
        """Remember that a MAC address is a router's."""
        if mac in self._routers:
            return
        self._forget_all()
        self._routers[mac] = None
        if len(self._routers) > MOST_ROUTERS:
            self._routers.popitem(last=False)

    def note_gateway(self, high: int, low: int, mac: int = 0) -> None:
        """Remember that hosts use an address as their router or resolver."""
        self.gateways[high, low] = mac or self.gateways.get((high, low), 0)
        if len(self.gateways) > MOST_ROUTERS:
            self.gateways.popitem(last=False)

    def is_router(self, mac: int) -> bool:
        """Return True for the MAC address of a router, a virtual one included."""
        return mac in self._routers or is_virtual(mac)

    def is_gateway(self, high: int, low: int) -> bool:
        """Return True for an address that hosts use as router or resolver, or that a router has."""
        return (high, low) in self.gateways

    def mac_of(self, high: int, low: int) -> int:
        """Return the newest MAC address of a local address, 0 where not known."""
        return self._mac_of.get((high, low), (0, 0))[1]

    def party(self, high: int, low: int, vlan: int | None = None, mac: int = 0) -> Party:
        """Return who an address is; `vlan` and `mac` are those of its frame where the event has them."""
        key = high, low, vlan, mac
        party = self._parties.get(key)
        if party is None:
            if len(self._parties) >= MOST_PARTIES:
                self._forget_all()
            party = self._parties[key] = self._party(*key)
            self._ends.setdefault((high, low), []).append(key)
        return party

    def _forget(self, address: tuple[int, int]) -> None:
        for key in self._ends.pop(address, ()):
            del self._parties[key]

    def _forget_all(self) -> None:
        self._parties.clear()
        self._ends.clear()

    def _party(self, high: int, low: int, vlan: int | None, mac: int) -> Party:
        text = address_text(high, low)
        if high == MAC_HIGH:
            return Party(text, text, True, text)
        local = is_local(high, low)
        if local:
            known_vlan, known_mac = self._mac_of.get((high, low), (-1, 0))
            mac = mac or known_mac
            if mac and not self.is_router(mac):
                tag = vlan_text(known_vlan if vlan is None else vlan)
                named = mac_text(mac)
                return Party(text, f"{named}@{tag}" if tag else named, True, named)
        elif high:
            return Party(text, f"{address_text(high, 0)}/64", False, "")
        return Party(text, text, local, "")

    def _suspect_router(self, mac: int, address: tuple[int, int]) -> None:
        addresses = self._beyond.setdefault(mac, set())
        addresses.add(address)
        if len(addresses) >= OFF_LINK_ADDRESSES:
            del self._beyond[mac]
            self.note_router(mac)
        elif len(self._beyond) > MOST_CANDIDATES:
            self._beyond.popitem(last=False)


def is_virtual(mac: int) -> bool:
    """Return True for the MAC address of a virtual router, which several machines share."""
    return mac >> _FEWEST_BITS in _VIRTUAL


def is_private_mac(mac: int) -> bool:
    """Return True for a MAC address that its machine made up (IEEE 802: locally administered)."""
    return bool(mac & _LOCALLY_ADMINISTERED)


def mac_text(mac: int) -> str:
    """Return a MAC address as text."""
    return address_text(MAC_HIGH, mac)
