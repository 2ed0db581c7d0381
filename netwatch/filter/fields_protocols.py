"""Fields that say what a packet is made of: its protocols, payload that nobody reads, addresses as text, checksums."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.capture.frame_bytes import frame_bytes
from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_NONE, PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.checksum import checksums
from netwatch.decode.info.describe import describe
from netwatch.filter.builders import each
from netwatch.filter.field import Field
from netwatch.filter.fields_network import IPV4, IPV6
from netwatch.filter.fields_other import SHOWN_AS
from netwatch.filter.values import Kind, Values
from netwatch.filter.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.filter.packets import Packets

NAMES: Final = {shown: name for name, shown in SHOWN_AS.items()} | {
    "DNS": "dns", "MDNS": "mdns", "LLMNR": "llmnr", "NBNS": "nbns", "NTP": "ntp", "DHCP": "dhcp", "TLS": "tls",
    "HTTP": "http", "QUIC": "quic", "IGMP": "igmp", "OSPF": "ospf", "VRRP": "vrrp", "PIM": "pim", "SCTP": "sctp",
    "STP": "stp", "LLDP": "lldp", "EAPOL": "eapol",
}  # fmt: skip
"""Wireshark's name of a protocol by what the packet table calls it."""
TYPED: Final = frozenset({"eth", "sll", "vlan"})
"""Headers with an EtherType, after which Wireshark writes `ethertype`."""
UNREAD: Final = frozenset({"TCP", "UDP"})
STATES: Final = {"bad": 0, "good": 1, "unverified": 2, "offloaded": 2, "none": 3}
"""How Wireshark numbers what it found of a checksum."""
ECHO: Final = {PROTOCOL_ICMP: (0, 8), PROTOCOL_ICMPV6: (128, 129)}
"""Types of messages that carry whatever the sender likes (RFC 792, RFC 4443)."""
DAY: Final = 86_400
_ICMP_HEADER: Final = 8
_STAMP: Final = 8


def _every(packets: Packets) -> NDArray[np.bool_]:
    return np.ones(len(packets), np.bool_)


def _shown(packets: Packets, row: int) -> str:
    return packets.read("protocol", row, lambda: describe(packets.batch, row).protocol)


def _stack(packets: Packets, row: int) -> Iterator[str]:
    """Yield the protocols of a packet from the outside in, as far as headers and the packet table tell."""
    frames = packets.batch.frames
    stripped = 4 * (frames.stripped_tag.item(row) != 0)
    names: list[str] = []
    for header in walk(frame_bytes(frames, row), frames.link_type.item(row), frames.wire_length.item(row) + stripped):
        names += [header.layer, *(["ethertype"] if header.layer in TYPED else [])]
    last = NAMES.get(_shown(packets, row), "data" if _unread(packets, row) else "")
    yield ":".join([*names, last] if last and last not in names else names)


def _unread(packets: Packets, row: int) -> bytes:
    """Return the payload of a packet of which no reader knows what it is, of an echo what it carries."""
    batch = packets.batch
    echo = ECHO.get(batch.protocol.item(row))
    if echo is not None:
        end = batch.payload_offset.item(row) + batch.payload_captured.item(row)
        message = packets.block[batch.transport_offset.item(row) : end]
        carried = message[_ICMP_HEADER:] if message[:1] and message[0] in echo else b""
        stamped = batch.protocol.item(row) == PROTOCOL_ICMP and _is_time(carried, batch.frames.time_ns.item(row))
        return carried[_STAMP:] if stamped else carried
    return packets.payload(row) if _shown(packets, row) in UNREAD else b""


def _is_time(data: bytes, now_ns: int) -> bool:
    """Return whether an echo begins with the time at which it was sent, as ping writes it: seconds, microseconds."""
    if len(data) < _STAMP:
        return False
    for form in ("<II", ">II"):
        seconds, micro = struct.unpack_from(form, data)
        if micro < 1_000_000 and abs(seconds - now_ns // 1_000_000_000) < DAY:
            return True
    return False


def _with_payload(packets: Packets) -> NDArray[np.bool_]:
    batch = packets.batch
    known = (batch.protocol == PROTOCOL_TCP) | (batch.protocol == PROTOCOL_UDP)
    there: NDArray[np.bool_] = (known & (batch.payload_captured > 0)) | np.isin(batch.protocol, list(ECHO))
    return there


def _data(packets: Packets, row: int) -> Iterator[bytes]:
    found = packets.read("data", row, lambda: _unread(packets, row))
    if found:
        yield found


def _as_text(name: str, parts: tuple[Field, ...], title: str) -> Field:
    """Return the field of addresses as texts, in which `contains` and `matches` look."""
    version_6 = parts[0].kind is Kind.IPV6

    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        known: dict[Any, str] = {}
        rows: list[int] = []
        texts: list[str] = []
        for part in parts:
            found = part.read(packets, wanted)
            keep = np.flatnonzero(wanted[found.rows])
            rows += found.rows[keep].tolist()
            for value in found.data[keep].tolist():
                key = tuple(value) if version_6 else value
                if key not in known:
                    known[key] = str(IPv6Address(value[0] << 64 | value[1]) if version_6 else IPv4Address(value))
                texts.append(known[key])
        return Values(np.array(rows, np.intp), texts)

    return Field(name, Kind.TEXT, read, title, 1)


def _checksum(name: str, protocol: str) -> Field:
    def gate(packets: Packets) -> NDArray[np.bool_]:
        there: NDArray[np.bool_] = packets.batch.protocol != PROTOCOL_NONE
        return there

    def read(packets: Packets, row: int) -> Iterator[int]:
        for found in packets.read("checksums", row, lambda: checksums(packets.batch, row)):
            if found.protocol == protocol:
                yield STATES[found.state]

    title = f"{protocol} checksum: 0 bad, 1 good, 2 not verified, 3 none"
    return each(name, Kind.NUMBER, gate, read, title, {"bad": 0, "good": 1, "unverified": 2, "not present": 3})


FIELDS: Final = (
    each("frame.protocols", Kind.TEXT, _every, _stack, "protocols of the packet, from the outside in"),
    each("data", Kind.PROTOCOL, _with_payload, _data, "payload that nobody reads"),
    each("data.data", Kind.BYTES, _with_payload, _data, "payload that nobody reads"),
    each(
        "data.len",
        Kind.NUMBER,
        _with_payload,
        lambda packets, row: map(len, _data(packets, row)),
        "bytes of payload that nobody reads",
    ),
    _as_text("ip.host", IPV4, "IPv4 address of either end as text"),
    _as_text("ip.src_host", IPV4[:1], "source address as text"),
    _as_text("ip.dst_host", IPV4[1:], "destination address as text"),
    _as_text("ipv6.host", IPV6, "IPv6 address of either end as text"),
    _as_text("ipv6.src_host", IPV6[:1], "source address as text"),
    _as_text("ipv6.dst_host", IPV6[1:], "destination address as text"),
    _checksum("ip.checksum.status", "IPv4"),
    _checksum("tcp.checksum.status", "TCP"),
    _checksum("udp.checksum.status", "UDP"),
    _checksum("icmp.checksum.status", "ICMP"),
    _checksum("icmpv6.checksum.status", "ICMPv6"),
)
