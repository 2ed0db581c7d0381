"""Other addresses in recorded frames, checksums updated by what changed (RFC 1624), every other byte kept."""

from __future__ import annotations

import ipaddress
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.lab.targets import IpNetwork

_MAC: Final = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100})
_CHECKSUM_AT: Final = {6: 16, 17: 6, 58: 2}
"""Where TCP, UDP and ICMPv6, which cover the addresses, have their checksum."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What is to be changed."""

    networks: tuple[tuple[IpNetwork, IpNetwork], ...] = ()
    """Each address in the first network gets the place it has there in the second."""
    source_mac: bytes = b""
    destination_mac: bytes = b""

    @property
    def wanted(self) -> bool:
        """True when anything is to be changed."""
        return bool(self.networks or self.source_mac or self.destination_mac)


def parse_rewriting(maps: Sequence[str], source_mac: str | None, destination_mac: str | None) -> Rewriting:
    """Return what `OLD=NEW` texts, addresses or networks of the same size, and MAC addresses ask for.

    Raises:
        UsageError: one of them is wrong.
    """
    networks = []
    for text in maps:
        old, _, new = text.partition("=")
        try:
            pair = ipaddress.ip_network(old, strict=False), ipaddress.ip_network(new, strict=False)
        except ValueError:
            raise UsageError(
                f"{printable(text, 80)} is no pair of addresses", "write --map 10.0.0.0/24=10.98.0.0/24"
            ) from None
        if pair[0].version != pair[1].version or pair[0].prefixlen != pair[1].prefixlen:
            raise UsageError(f"{printable(text, 80)} pairs networks of different sizes")
        networks.append(pair)
    return Rewriting(tuple(networks), _mac(source_mac), _mac(destination_mac))


def rewritten(frame: bytes, wanted: Rewriting) -> bytes:
    """Return an Ethernet frame with other addresses; what is no whole IP or ARP packet only gets other MACs."""
    data = bytearray(frame)
    if len(data) < 14:
        return frame
    data[0:6] = wanted.destination_mac or data[0:6]
    data[6:12] = wanted.source_mac or data[6:12]
    at = 12
    while len(data) >= at + 4 and struct.unpack_from(">H", data, at)[0] in _TAGS:
        at += 4
    if len(data) < at + 2 or not wanted.networks:
        return bytes(data)
    kind = struct.unpack_from(">H", data, at)[0]
    start = at + 2
    if kind == 0x0800 and len(data) >= start + 20 and data[start] >> 4 == 4:
        _rewrite_ipv4(data, start, wanted)
    elif kind == 0x86DD and len(data) >= start + 40 and data[start] >> 4 == 6:
        _rewrite_ipv6(data, start, wanted)
    elif kind == 0x0806 and len(data) >= start + 28 and data[start + 2 : start + 6] == b"\x08\x00\x06\x04":
        for place in (start + 14, start + 24):
            data[place : place + 4] = _mapped(bytes(data[place : place + 4]), wanted)
    return bytes(data)


def _rewrite_ipv4(data: bytearray, start: int, wanted: Rewriting) -> None:
    old = bytes(data[start + 12 : start + 20])
    new = _mapped(old[:4], wanted) + _mapped(old[4:], wanted)
    data[start + 12 : start + 20] = new
    _update(data, start + 10, old, new)
    later_fragment = struct.unpack_from(">H", data, start + 6)[0] & 0x1FFF
    if not later_fragment:
        _update_transport(data, start + 4 * (data[start] & 15), data[start + 9], old, new)


def _rewrite_ipv6(data: bytearray, start: int, wanted: Rewriting) -> None:
    old = bytes(data[start + 8 : start + 40])
    new = _mapped(old[:16], wanted) + _mapped(old[16:], wanted)
    data[start + 8 : start + 40] = new
    _update_transport(data, start + 40, data[start + 6], old, new)


def _update_transport(data: bytearray, start: int, protocol: int, old: bytes, new: bytes) -> None:
    place = start + _CHECKSUM_AT.get(protocol, 1 << 20)
    if place + 2 > len(data):
        return
    unset = protocol == 17 and data[place : place + 2] == b"\0\0"
    if not unset:
        _update(data, place, old, new)


def _update(data: bytearray, place: int, old: bytes, new: bytes) -> None:
    """Change the checksum at `place` as the change of `old` to `new` asks for: RFC 1624 equation 3."""
    total = ~struct.unpack_from(">H", data, place)[0] & 0xFFFF
    words = len(old) // 2
    total += sum(~word & 0xFFFF for word in struct.unpack(f">{words}H", old)) + sum(struct.unpack(f">{words}H", new))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", data, place, ~total & 0xFFFF)


def _mapped(address: bytes, wanted: Rewriting) -> bytes:
    number = int.from_bytes(address, "big")
    for old, new in wanted.networks:
        size = 4 if old.version == 4 else 16
        offset = number - int(old.network_address)
        if len(address) == size and 0 <= offset < old.num_addresses:
            return (int(new.network_address) + offset).to_bytes(size, "big")
    return address


def _mac(text: str | None) -> bytes:
    if text is None:
        return b""
    if not _MAC.fullmatch(text):
        raise UsageError(f"{printable(text, 40)} is not a MAC address")
    return bytes.fromhex(text.replace(":", ""))
