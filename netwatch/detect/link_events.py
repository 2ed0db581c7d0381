"""What detectors learn of the link: ARP, neighbour discovery (RFC 4861) and DHCP, one object a message."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    FRAGMENT_OFFSET,
    IPV4_MAPPED,
    MORE_FRAGMENTS,
    PROTOCOL_ICMPV6,
    PROTOCOL_UDP,
)
from netwatch.decode.dhcp_options import MESSAGE_TYPE, REPLY, SERVER, client_name, dhcp_options
from netwatch.track.host_links import mac_addresses
from netwatch.track.neighbour_claims import OPTIONS_AT
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

MOST_MESSAGES: Final = 1000
"""Messages of one kind that are read of a batch; they are rare unless somebody floods the link."""
REQUEST, REPLY_ARP = 1, 2
"""Operations of ARP (RFC 826)."""
REDIRECT: Final = 137
DISCOVER, OFFER, DECLINE, ACK, RELEASE = 1, 2, 4, 5, 7
"""DHCP message types (RFC 2132 section 9.6)."""
OVERRIDE: Final = 0x20
"""The flag O of a neighbour advertisement."""
_ARP_BYTES: Final = 28
_LONGEST: Final = 600
_ARP = Struct(">HHBBHHIIHII")
_DHCP = Struct(">BBBBIHHIIII6s")
_PREFIX_OPTION, _RDNSS_OPTION, _ROUTE_OPTION = 3, 25, 24
_MOST_OPTIONS: Final = 24


class ArpEvent(NamedTuple):
    """One ARP packet over Ethernet and IPv4; addresses are halves as PacketBatch has them, MAC addresses numbers."""

    moment: Moment
    vlan: int
    operation: int
    sender_mac: int
    sender: tuple[int, int]
    target_mac: int
    target: tuple[int, int]
    frame_source: int
    frame_destination: int

    @property
    def gratuitous(self) -> bool:
        """Sender and target are the same address: nobody was asked (RFC 5227 section 1.2.1)."""
        return self.sender == self.target

    @property
    def probe(self) -> bool:
        """Asks whether an address is free (RFC 5227 section 1.1)."""
        return self.sender[1] == IPV4_MAPPED


class NeighbourEvent(NamedTuple):
    """One message of neighbour discovery or a redirect."""

    moment: Moment
    vlan: int
    type: int
    source: tuple[int, int]
    destination: tuple[int, int]
    hop_limit: int
    frame_source: int
    target: tuple[int, int]
    """Of solicitations, advertisements and redirects."""
    link_address: int
    """In the option, 0 for none."""
    flags: int
    lifetime: int
    """Of a router advertisement, seconds; -1 for others."""
    prefixes: tuple[tuple[int, int], ...]
    """(high half, length) of the prefixes that a router advertises."""
    resolvers: tuple[bytes, ...]
    """Resolvers that a router advertises (RFC 8106)."""


@dataclass(frozen=True, slots=True)
class DhcpEvent:
    """One DHCP message for IPv4; addresses are 32 bit numbers, 0 for none."""

    moment: Moment
    vlan: int
    source: tuple[int, int]
    frame_source: int
    reply: bool
    type: int
    """DISCOVER and so on, 0 for BOOTP."""
    transaction: int
    client_mac: int
    client: int
    """The client's own address (ciaddr)."""
    offered: int
    """yiaddr."""
    relay: int
    """giaddr."""
    server: int
    """Option 54."""
    routers: tuple[int, ...]
    resolvers: tuple[int, ...]
    name: str
    """What the client calls itself; not printable yet."""


LinkEvent = ArpEvent | NeighbourEvent | DhcpEvent


class LinkReader:
    """Reads these messages."""

    def __init__(self) -> None:
        self.skipped = 0
        """Messages that were left out because too many came at once."""

    def read(self, batch: PacketBatch) -> list[LinkEvent]:
        """Return the messages of `batch`, in the order of their packets."""
        found: list[LinkEvent] = []
        arp = batch.ethertype == ETHERTYPE_ARP
        if np.count_nonzero(arp):
            found += _arp_events(batch, self._some(np.flatnonzero(arp)))
        six = batch.protocol == PROTOCOL_ICMPV6
        if np.count_nonzero(six):
            at = np.flatnonzero(six)
            kind = batch.sport[at]
            at = at[(kind >= min(OPTIONS_AT)) & (kind <= REDIRECT) & (batch.fragment[at] & _FRAGMENTED == 0)]
            found += _neighbour_events(batch, self._some(at))
        dhcp = (batch.sport == _SERVER_PORT) | (batch.dport == _SERVER_PORT)
        if np.count_nonzero(dhcp):
            at = np.flatnonzero(dhcp & (batch.protocol == PROTOCOL_UDP))
            found += _dhcp_events(batch, self._some(at[batch.fragment[at] & FRAGMENT_OFFSET == 0]))
        found.sort(key=_number)
        return found

    @staticmethod
    def sorted(events: Sequence[LinkEvent]) -> dict[str, Any]:
        """Return the events by kind, as Observation names them."""
        return {
            "arp": tuple(event for event in events if isinstance(event, ArpEvent)),
            "neighbours": tuple(event for event in events if isinstance(event, NeighbourEvent)),
            "dhcp": tuple(event for event in events if isinstance(event, DhcpEvent)),
        }

    def _some(self, at: NDArray[np.intp]) -> NDArray[np.intp]:
        self.skipped += max(len(at) - MOST_MESSAGES, 0)
        return at[:MOST_MESSAGES]


_SERVER_PORT: Final = 67
_FRAGMENTED: Final = FRAGMENT_OFFSET | MORE_FRAGMENTS


def _number(event: LinkEvent) -> int:
    return event.moment.number


def _moments(batch: PacketBatch, at: NDArray[np.intp]) -> Iterator[tuple[int, Moment, int, int, int]]:
    """Yield position, moment, VLAN and the MAC addresses of the frame, of each packet."""
    source, destination = mac_addresses(batch, at)
    moments = map(Moment, batch.frames.time_ns[at].tolist(), batch.numbers_at(at).tolist())
    return zip(at.tolist(), moments, batch.vlan[at].tolist(), source.tolist(), destination.tolist(), strict=True)


def _arp_events(batch: PacketBatch, at: NDArray[np.intp]) -> Iterator[ArpEvent]:
    data = batch.frames.data.data
    ends = batch.frames.offset + batch.frames.captured
    for position, moment, vlan, source, destination in _moments(batch, at):
        begin = int(batch.network_offset[position])
        if begin + _ARP_BYTES > ends[position]:
            continue
        _, kind, hardware, protocol, operation, *rest = _ARP.unpack(data[begin : begin + _ARP_BYTES])
        if (kind, hardware, protocol) != (0x0800, 6, 4):
            continue
        mac_high, mac_low, sender, target_high, target_low, target = rest
        yield ArpEvent(
            moment,
            vlan,
            operation,
            mac_high << 32 | mac_low,
            (0, IPV4_MAPPED | sender),
            target_high << 32 | target_low,
            (0, IPV4_MAPPED | target),
            source,
            destination,
        )


def _neighbour_events(batch: PacketBatch, at: NDArray[np.intp]) -> Iterator[NeighbourEvent]:
    data = batch.frames.data.data
    for position, moment, vlan, mac, _ in _moments(batch, at):
        begin = int(batch.transport_offset[position])
        end = int(batch.payload_offset[position] + batch.payload_captured[position])
        body = bytes(data[begin : min(end, begin + _LONGEST)])
        kind = body[0] if body else 0
        options_at = 40 if kind == REDIRECT else OPTIONS_AT.get(kind, 8)
        if len(body) < options_at:
            continue
        link, prefixes, resolvers = _options(body, options_at)
        has_target = options_at >= 24  # behind the target's address
        yield NeighbourEvent(
            moment,
            vlan,
            kind,
            (int(batch.src_high[position]), int(batch.src_low[position])),
            (int(batch.dst_high[position]), int(batch.dst_low[position])),
            int(batch.ttl[position]),
            mac,
            (int.from_bytes(body[8:16]), int.from_bytes(body[16:24])) if has_target else (0, 0),
            link,
            body[4],
            int.from_bytes(body[6:8]) if kind == _ADVERTISE_ROUTER else -1,
            prefixes,
            resolvers,
        )


_ADVERTISE_ROUTER: Final = 134


def _options(body: bytes, at: int) -> tuple[int, tuple[tuple[int, int], ...], tuple[bytes, ...]]:
    """Return the link-layer address, the prefixes and the resolvers in the options from `at` on."""
    link, prefixes, resolvers = 0, [], []
    for _ in range(_MOST_OPTIONS):
        if at + 8 > len(body) or not body[at + 1]:
            break
        size = body[at + 1] * 8
        option = body[at : at + size]
        if option[0] in (1, 2) and size == 8:  # source or target link-layer address of Ethernet
            link = link or int.from_bytes(option[2:8])
        elif option[0] == _PREFIX_OPTION and len(option) == 32:  # RFC 4861 section 4.6.2
            prefixes.append((int.from_bytes(option[16:24]), option[2]))
        elif option[0] == _RDNSS_OPTION:
            resolvers += [option[start : start + 16] for start in range(8, len(option) - 15, 16)]
        at += size
    return link, tuple(prefixes), tuple(resolvers)


def _dhcp_events(batch: PacketBatch, at: NDArray[np.intp]) -> Iterator[DhcpEvent]:
    data = batch.frames.data.data
    for position, moment, vlan, mac, _ in _moments(batch, at):
        begin = int(batch.payload_offset[position])
        message = bytes(data[begin : begin + min(int(batch.payload_captured[position]), _LONGEST * 2)])
        if len(message) < _DHCP.size or message[0] not in (1, REPLY):
            continue
        op, _, _, _, transaction, _, _, client, offered, _, relay, client_mac = _DHCP.unpack(message[: _DHCP.size])
        options = dhcp_options(message)
        yield DhcpEvent(
            moment,
            vlan,
            (int(batch.src_high[position]), int(batch.src_low[position])),
            mac,
            op == REPLY,
            int.from_bytes(options.get(MESSAGE_TYPE, b"\0")[:1]),
            transaction,
            int.from_bytes(client_mac),
            client,
            offered,
            relay,
            int.from_bytes(options.get(SERVER, b"")[:4]),
            _addresses(options.get(3, b"")),
            _addresses(options.get(6, b"")),
            client_name(options)[:64].decode("ascii", "backslashreplace"),
        )


def _addresses(option: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(option[start : start + 4]) for start in range(0, len(option) - 3, 4))[:8]
