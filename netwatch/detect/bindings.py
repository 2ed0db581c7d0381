"""Bindings: which MAC address says that it has an IPv4 address, and what happens when another one says so."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.batch import IPV4_MAPPED
from netwatch.detect.link_events import ACK, DECLINE, RELEASE, REPLY_ARP, REQUEST
from netwatch.detect.surroundings import is_private_mac, is_virtual
from netwatch.detect.window import Keys
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.detect.link_events import ArpEvent, DhcpEvent
    from netwatch.detect.surroundings import Surroundings
    from netwatch.track.stream_reader import Moment

MOST_BINDINGS: Final = 16_000
MOST_MACS: Final = 8
"""MAC addresses of one IP address that are remembered."""
MOST_OWNED: Final = 32
"""IP addresses of one MAC address that are remembered."""
MOST_OWNERS: Final = 8000
MOST_LEASES: Final = 16_000
MOST_QUESTIONS: Final = 4096
ASKED_NS: Final = 5 * SECOND
"""An answer to a question that is older was not asked for."""
SILENT_NS: Final = 60 * SECOND
LEASE_NS: Final = 86_400 * SECOND
SHARED: Final = 2
"""Two MAC addresses that have had so many other addresses in common belong to one machine (ARP flux)."""
PROXIED: Final = 5
PROXY_NS: Final = 3600 * SECOND
"""A MAC address that has had so many addresses for so long answers for others: an extender, a sleep proxy."""


class Claimed(NamedTuple):
    """One claim, after it was compared with what was known."""

    event: ArpEvent
    before: int
    """The MAC address that had the address until now; the same, or 0 for nobody."""
    silent_ns: int
    """How long the one before had said nothing, -1 where there is none."""
    explained: str
    """Why a move to another MAC address is no surprise, empty for none."""
    asked: bool
    """Somebody had asked for it."""
    returned: bool
    """The new MAC address had this address before the one that had it until now."""
    asks_own: bool
    """The packet asks who has an address that its sender said is its own."""


@dataclass(slots=True)
class _Binding:
    mac: int = 0
    seen: OrderedDict[int, int] = field(default_factory=OrderedDict)
    """When each MAC address last claimed it, the newest last."""


@dataclass(slots=True)
class _Owner:
    first_ns: int = 0
    addresses: OrderedDict[tuple[int, tuple[int, int]], int] = field(default_factory=OrderedDict)
    """(VLAN, address) with the time of the newest claim."""


class Bindings:
    """Learns from ARP and DHCP, in the order of packets."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._bindings: Keys[_Binding] = Keys(MOST_BINDINGS, _Binding)
        """By VLAN and address."""
        self._owners: Keys[_Owner] = Keys(MOST_OWNERS, _Owner)
        """By MAC address."""
        self._leases: OrderedDict[int, tuple[int, int]] = OrderedDict()
        """(MAC address, time) of DHCP by address; MAC address 0 once it was given back."""
        self._questions: deque[tuple[int, int, tuple[int, int], int]] = deque(maxlen=MOST_QUESTIONS)
        """(time, VLAN, address that was asked for, MAC address that asked)."""

    @property
    def evicted(self) -> int:
        """Addresses and machines that were forgotten because there were too many."""
        return self._bindings.evicted + self._owners.evicted

    def learn_leases(self, messages: Iterable[DhcpEvent]) -> None:
        """Remember who got which address from DHCP, and which routers and resolvers hosts were told to use."""
        for message in messages:
            if message.reply and message.type == ACK and message.offered:
                self._lease(message.offered, message.client_mac, message.moment)
                for address in (*message.routers, *message.resolvers):
                    self._surroundings.note_gateway(0, IPV4_MAPPED | address)
            elif not message.reply and message.type in (RELEASE, DECLINE) and message.client:
                self._lease(message.client, 0, message.moment)

    def claim(self, event: ArpEvent) -> Claimed | None:
        """Take one ARP packet; None when it claims no address."""
        now_ns = event.moment.time_ns
        if event.operation == REQUEST and not event.gratuitous:
            self._questions.append((now_ns, event.vlan, event.target, event.sender_mac))
        if event.probe or not event.sender_mac or not event.sender[1] & 0xFFFF_FFFF:
            return None
        key = event.vlan, event.sender
        binding = self._bindings.at(key)
        # Whoever sends from the address has it too
        before, mac = binding.mac or self._surroundings.mac_of(*event.sender), event.sender_mac
        last_ns = binding.seen.get(before)
        silent_ns = now_ns - last_ns if before and last_ns is not None else -1
        moved = before not in (0, mac)
        if not moved and self._surroundings.is_router(mac):
            self._surroundings.note_gateway(*event.sender, mac)
        explained = self._explained(event, before, silent_ns) if moved else ""
        owner = self._owners.at(mac)
        owner.first_ns = owner.first_ns or now_ns
        asked_for = self._bindings.get((event.vlan, event.target)) if event.operation == REQUEST else None
        asks_own = not event.gratuitous and asked_for is not None and asked_for.mac == mac
        claimed = Claimed(event, before, silent_ns, explained, self._was_asked(event), mac in binding.seen, asks_own)
        binding.mac = mac
        binding.seen[mac] = now_ns
        binding.seen.move_to_end(mac)
        if len(binding.seen) > MOST_MACS:
            binding.seen.popitem(last=False)
        owner.addresses[key] = now_ns
        owner.addresses.move_to_end(key)
        if len(owner.addresses) > MOST_OWNED:
            owner.addresses.popitem(last=False)
        return claimed

    def owned_since(self, mac: int, since_ns: int) -> int:
        """Return how many addresses a MAC address claimed since then."""
        owner = self._owners.get(mac)
        return sum(1 for time_ns in owner.addresses.values() if time_ns >= since_ns) if owner is not None else 0

    def claimed_by(self, mac: int) -> set[tuple[int, int]]:
        """Return the addresses that a MAC address said it has, the last ones of many."""
        owner = self._owners.get(mac)
        return {address for _, address in owner.addresses} if owner is not None else set()

    def _explained(self, event: ArpEvent, before: int, silent_ns: int) -> str:
        """Say why an address may have moved (detections.md 5.2)."""
        mac = event.sender_mac
        if is_virtual(mac) or is_virtual(before):
            return "virtual router"
        lease = self._leases.get(event.sender[1] & 0xFFFF_FFFF)
        if lease is not None and lease[0] in (0, mac) and event.moment.time_ns - lease[1] <= LEASE_NS:
            return "DHCP lease"
        if is_private_mac(mac) and silent_ns >= SILENT_NS:
            return "private MAC address"
        one, two = self._owners.get(before), self._owners.get(mac)
        if one is None or two is None:
            return ""
        if len((one.addresses.keys() & two.addresses.keys()) - {(event.vlan, event.sender)}) >= SHARED:
            return "one machine with several interfaces"
        if len(two.addresses) >= PROXIED and event.moment.time_ns - two.first_ns >= PROXY_NS:
            return "a machine that answers for others"
        return ""

    def _was_asked(self, event: ArpEvent) -> bool:
        """Return True for a reply to a question, and for everything that is no reply."""
        if event.operation != REPLY_ARP:
            return True
        for time_ns, vlan, target, asker in reversed(self._questions):
            if event.moment.time_ns - time_ns > ASKED_NS:
                break
            if vlan == event.vlan and target == event.sender and asker in (event.target_mac, event.frame_destination):
                return True
        return False

    def _lease(self, address: int, mac: int, moment: Moment) -> None:
        self._leases[address] = mac, moment.time_ns
        self._leases.move_to_end(address)
        if len(self._leases) > MOST_LEASES:
            self._leases.popitem(last=False)
