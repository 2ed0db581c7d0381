"""EVE records read from single packets of a batch: ARP, DHCP, and what is malformed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import ETHERTYPE_ARP, MALFORMED, PROTOCOL_UDP
from netwatch.decode.dhcp_options import (
    LEASE_TIME,
    MESSAGE_TYPE,
    REPLY,
    REQUEST,
    REQUESTED_ADDRESS,
    client_name,
    dhcp_options,
)
from netwatch.export.eve import record, timestamp, vlans
from netwatch.export.event_packets import packet_ends
from netwatch.text import printable_bytes
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.decode.batch import PacketBatch

MOST: Final = 1000
"""Records of one kind of a batch: a flood of ARP must not hold up everything else."""
ARP_OVER_ETHERNET: Final = bytes.fromhex("000108000604")
"""Hardware and protocol types and the lengths of both addresses (RFC 826)."""
ARP_LENGTH: Final = 28
OPERATIONS: Final = {1: "request", 2: "reply", 3: "rarp_request", 4: "rarp_reply", 8: "inarp_request", 9: "inarp_reply"}
DHCP_PORTS: Final = (67, 68)
DHCP_TYPES: Final = ("", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform")
"""By the message type (RFC 2132 section 9.6)."""
SUBNET_MASK: Final = 1
ROUTERS: Final = 3
DNS_SERVERS: Final = 6
"""Options of RFC 2132."""
_DIRECTIONS: Final = {REQUEST: "request", REPLY: "reply"}


def arp_records(batch: PacketBatch, interfaces: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    """Return a record for each ARP packet for IPv4 over Ethernet, and how many were left out because of MOST."""
    rows = np.flatnonzero(batch.ethertype == ETHERTYPE_ARP)
    found = []
    for at in rows[:MOST].tolist():
        message = _bytes(batch, at, batch.network_offset.item(at), ARP_LENGTH)
        if len(message) < ARP_LENGTH or message[:6] != ARP_OVER_ETHERNET:
            continue
        operation = int.from_bytes(message[6:8], "big")
        whole = {
            "timestamp": timestamp(batch.frames.time_ns.item(at)),
            **_interface(batch, at, interfaces),
            "event_type": "arp",
            **({"vlan": vlan} if (vlan := vlans(batch.vlan.item(at))) else {}),
            "src_ip": _dotted(message[14:18]),
            "dest_ip": _dotted(message[24:28]),
            "proto": "ARP",
            "pcap_cnt": batch.number(at),
            "arp": {
                "hw_type": "ethernet",
                "proto_type": "ipv4",
                "opcode": OPERATIONS.get(operation, "unknown"),
                "src_mac": message[8:14].hex(":"),
                "src_ip": _dotted(message[14:18]),
                "dest_mac": message[18:24].hex(":"),
                "dest_ip": _dotted(message[24:28]),
            },
        }
        found.append(whole)
    return found, max(len(rows) - MOST, 0)


def dhcp_records(batch: PacketBatch, interfaces: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    """Return a record for each DHCP message (RFC 2131), and how many were left out because of MOST."""
    mine = (batch.sport == DHCP_PORTS[0]) | (batch.sport == DHCP_PORTS[1])
    rows = np.flatnonzero(mine & (batch.protocol == PROTOCOL_UDP))
    found = []
    for at in rows[:MOST].tolist():
        message = _bytes(batch, at, batch.payload_offset.item(at), batch.payload_captured.item(at))
        if len(message) < 240 or message[0] not in _DIRECTIONS:
            continue
        moment = Moment(batch.frames.time_ns.item(at), batch.number(at))
        whole = record("dhcp", moment, packet_ends(batch, np.array([at]))[0], **_named(batch, at, interfaces))
        found.append(whole | {"dhcp": _dhcp(message)})
    return found, max(len(rows) - MOST, 0)


def anomaly_records(batch: PacketBatch, interfaces: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    """Return a record for each packet whose headers contradict themselves, and how many were left out."""
    rows = np.flatnonzero(batch.status & MALFORMED)
    found = []
    for at in rows[:MOST].tolist():
        moment = Moment(batch.frames.time_ns.item(at), batch.number(at))
        whole = record("anomaly", moment, packet_ends(batch, np.array([at]))[0], **_named(batch, at, interfaces))
        found.append(whole | {"anomaly": {"type": "decode", "event": "decoder.malformed"}})
    return found, max(len(rows) - MOST, 0)


def _dhcp(message: bytes) -> dict[str, Any]:
    options = dhcp_options(message)
    kind = options.get(MESSAGE_TYPE, b"\0")[:1]
    name = client_name(options)
    found: dict[str, Any] = {
        "type": _DIRECTIONS[message[0]],
        "id": int.from_bytes(message[4:8], "big"),
        "client_mac": message[28:34].hex(":"),
        "assigned_ip": _dotted(message[16:20]),
        "client_ip": _dotted(message[12:16]),
        "relay_ip": _dotted(message[24:28]),
        "next_server_ip": _dotted(message[20:24]),
    }
    if kind and 0 < kind[0] < len(DHCP_TYPES):
        found["dhcp_type"] = DHCP_TYPES[kind[0]]
    if name:
        found["hostname"] = printable_bytes(name)
    for word, code in (("requested_ip", REQUESTED_ADDRESS), ("subnet_mask", SUBNET_MASK)):
        if len(options.get(code, b"")) == 4:
            found[word] = _dotted(options[code])
    if len(options.get(LEASE_TIME, b"")) == 4:
        found["lease_time"] = int.from_bytes(options[LEASE_TIME], "big")
    for word, code in (("routers", ROUTERS), ("dns_servers", DNS_SERVERS)):
        data = options.get(code, b"")
        if addresses := [_dotted(data[at : at + 4]) for at in range(0, len(data) - 3, 4)]:
            found[word] = addresses
    return found


def _bytes(batch: PacketBatch, at: int, begin: int, length: int) -> bytes:
    frames = batch.frames
    end = min(begin + length, frames.offset.item(at) + frames.captured.item(at))
    return frames.data[begin : max(end, begin)].tobytes()


def _dotted(address: bytes) -> str:
    return ".".join(map(str, address))


def _named(batch: PacketBatch, at: int, interfaces: Sequence[str]) -> dict[str, str]:
    interface = batch.frames.interface.item(at)
    return {"interface": interfaces[interface]} if interface < len(interfaces) else {}


def _interface(batch: PacketBatch, at: int, interfaces: Sequence[str]) -> dict[str, str]:
    name = _named(batch, at, interfaces).get("interface", "")
    return {"in_iface": name} if name else {}
