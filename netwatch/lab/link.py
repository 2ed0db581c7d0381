"""Ethernet frames of the neighbourhood: ARP and neighbour discovery, questions and answers."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwatch.errors import UsageError
from netwatch.lab.exchange import Probe
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress
    from netwatch.snapshot import Interface

BROADCAST = "ff:ff:ff:ff:ff:ff"
ALL_NODES = "ff02::1"
ALL_NODES_MAC = "33:33:00:00:00:01"


@dataclass(frozen=True, slots=True)
class Station:
    """The own machine on a link, as neighbours see it."""

    interface: str
    mac: str
    source: str
    """The own address that questions come from."""


def station(address: IpAddress, around: Surroundings) -> Station:
    """Return how this machine asks for `address`.

    Raises:
        UsageError: its interface has no Ethernet addresses.
        NetwatchError: there is no way to it.
    """
    interface = around.chosen or around.interface_towards(address)
    return Station(interface.name, mac_of(interface), around.source(address))


def mac_of(interface: Interface) -> str:
    """Return the MAC address of an interface.

    Raises:
        UsageError: it has none, so no frames can be sent on it.
    """
    if not interface.mac or interface.loopback:
        raise UsageError(f"{printable(interface.name, 64)} has no Ethernet addresses", "choose another with -i")
    return interface.mac


def arp_request(here: Station, address: IpAddress, key: Hashable) -> Probe:
    """Return the broadcast question who has an IPv4 address (RFC 826)."""
    from scapy.layers.l2 import ARP, Ether

    question = ARP(op=1, hwsrc=here.mac, psrc=here.source, hwdst="00:00:00:00:00:00", pdst=str(address))
    frame = Ether(src=here.mac, dst=BROADCAST, type=0x0806) / question
    return Probe(key, bytes(frame), f"{here.mac} > {BROADCAST} ARP who has {address}? tell {here.source}")


def solicitation(here: Station, address: IpAddress, key: Hashable) -> Probe:
    """Return the question who has an IPv6 address, to its solicited-node group (RFC 4861 section 4.3)."""
    from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
    from scapy.layers.l2 import Ether

    last = int(address) & 0xFFFFFF
    group = str(ipaddress.IPv6Address((0xFF02 << 112) | (1 << 32) | 0xFF000000 | last))  # RFC 4291 section 2.7.1
    mac = f"33:33:ff:{last >> 16:02x}:{last >> 8 & 255:02x}:{last & 255:02x}"
    text = str(address).partition("%")[0]
    header = Ether(src=here.mac, dst=mac, type=0x86DD) / IPv6(src=here.source, dst=group, hlim=255)
    frame = header / ICMPv6ND_NS(tgt=text) / ICMPv6NDOptSrcLLAddr(lladdr=here.mac)
    return Probe(key, bytes(frame), f"{here.source} > {group} neighbour solicitation for {text}")


def all_nodes_echo(here: Station, identifier: int, key: Hashable) -> Probe:
    """Return an echo request to all nodes of the link: the only way to find hosts of a /64 without knowing them."""
    from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
    from scapy.layers.l2 import Ether

    header = Ether(src=here.mac, dst=ALL_NODES_MAC, type=0x86DD) / IPv6(src=here.source, dst=ALL_NODES, hlim=255)
    frame = header / ICMPv6EchoRequest(id=identifier, seq=1)
    return Probe(key, bytes(frame), f"{here.source} > {ALL_NODES} ICMPv6 echo request")


def claim_of(frame: bytes, identifier: int) -> tuple[IpAddress, str] | None:
    """Return (address, MAC) that a frame answers with: an ARP reply, an advertisement, or an echo reply of ours."""
    from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
    from scapy.layers.l2 import ARP, Ether

    packet: Any = Ether(frame)
    arp = packet.getlayer(ARP)
    if arp is not None:
        # Ethernet and IPv4 only: in other kinds of ARP the fields are no such addresses
        plain = arp.op == 2 and arp.hwtype == 1 and arp.ptype == 0x0800 and arp.hwlen == 6 and arp.plen == 4
        return (ipaddress.ip_address(arp.psrc), str(arp.hwsrc)) if plain else None
    advertisement = packet.getlayer(ICMPv6ND_NA)
    if advertisement is not None and packet[IPv6].hlim == 255:
        option = packet.getlayer(ICMPv6NDOptDstLLAddr)
        return ipaddress.ip_address(advertisement.tgt), str(option.lladdr if option is not None else packet.src)
    echo = packet.getlayer(ICMPv6EchoReply)
    if echo is not None and echo.id == identifier:
        return ipaddress.ip_address(packet[IPv6].src), str(packet.src)
    return None
