"""The application of a flow as its port tells it, and which end of a flow without a SYN is the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_RARP,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_NONE,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    TCP_ACK,
    TCP_SYN,
)
from netwatch.decode.services import SERVICES, UDP_SERVICES, service, service_protocol
from netwatch.track.flow_key import ICMP_REQUESTS, ICMPV6_REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

ARP_REPLIES: Final = {ETHERTYPE_ARP: 2, ETHERTYPE_RARP: 4}
"""Operations that answer (RFC 826, RFC 903)."""


def _protocol_by_port(*, udp: bool) -> dict[int, str]:
    known = (set(SERVICES) | set(UDP_SERVICES)) if udp else set(SERVICES)
    return {port: service_protocol(service(port, udp=udp), udp=udp) for port in known}


_TCP_NAMES: Final = _protocol_by_port(udp=False)
_UDP_NAMES: Final = _protocol_by_port(udp=True)

DETECTED: Final = frozenset(
    {
        "AMQP", "BT-DHT", "BT-LSD", "BitTorrent", "CoAP", "DB-LSP", "DHCP", "DHCPv6", "DNP3", "DTLS", "FTP", "HTTP",
        "HTTP/2", "HTTP/3", "ICAP", "IMAP", "IRC", "ISAKMP", "LDAP", "MEMCACHE", "MQTT", "Modbus", "MySQL", "NNTP",
        "NTP", "OpenVPN", "PGSQL", "POP", "QUIC", "RDP", "RESP", "RTSP", "SIP", "SMB", "SMB2", "SMB3", "SMTP", "SNMP",
        "SOCKS", "SSDP", "SSH", "STUN", "SYSLOG", "TDS", "TELNET", "TFTP", "TLS", "VNC", "WSD", "WebSocket",
        "WireGuard", "XMPP", "gQUIC",
    }
)  # fmt: skip
"""What readers find by content, on any port; names that ports have as well are welcome."""
APPLICATIONS: Final = ("", *sorted(set(_TCP_NAMES.values()) | set(_UDP_NAMES.values()) | DETECTED))
"""Names by the number that FlowColumns.application holds."""
NUMBERS: Final = {name: number for number, name in enumerate(APPLICATIONS)}


def _table(names: dict[int, str]) -> NDArray[np.uint16]:
    table = np.zeros(65536, np.uint16)
    for port, name in names.items():
        table[port] = NUMBERS[name]
    return table


_TCP: Final = _table(_TCP_NAMES)
_UDP: Final = _table(_UDP_NAMES)


def _marked(numbers: Iterable[int]) -> NDArray[np.bool_]:
    table = np.zeros(65536, np.bool_)
    table[list(numbers)] = True
    return table


_ICMP_REPLY: Final = _marked(ICMP_REQUESTS.values())
_ICMPV6_REPLY: Final = _marked(ICMPV6_REQUESTS.values())


def applications(batch: PacketBatch, positions: NDArray[np.intp]) -> NDArray[np.uint16]:
    """Return the number in APPLICATIONS of the packets at `positions`: that of the lower port, else of the other."""
    protocol = batch.protocol[positions]
    sport, dport = batch.sport[positions], batch.dport[positions]
    low, high = np.minimum(sport, dport), np.maximum(sport, dport)
    result = np.zeros(len(positions), np.uint16)
    for number, table in ((PROTOCOL_TCP, _TCP), (PROTOCOL_UDP, _UDP)):
        by_low = table.take(low)
        found = np.where(by_low, by_low, table.take(high))
        result = np.where(protocol == number, found, result)
    return result


def sent_by_initiator(batch: PacketBatch, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return for flows whose first packets are at `positions` whether the sender of that packet is the initiator.

    A SYN makes its sender the initiator, a SYN-ACK, an ICMP reply and an ARP reply its receiver. Otherwise the end
    with the port of a service is the responder; where that does not decide, whoever was seen first began.
    """
    protocol = batch.protocol[positions]
    sport, dport = batch.sport[positions], batch.dport[positions]
    with_ports = np.where(protocol == PROTOCOL_UDP, 2, np.where(protocol == PROTOCOL_TCP, 1, 0))
    answers = np.zeros(len(positions), np.bool_)
    for number, table in ((1, _TCP), (2, _UDP)):
        answers |= (with_ports == number) & (table.take(sport) != 0) & (table.take(dport) == 0)
    handshake = batch.tcp_flags[positions] & (TCP_SYN | TCP_ACK)
    answers = np.where(handshake & TCP_SYN, handshake & TCP_ACK != 0, answers)
    bare = np.flatnonzero(with_ports == 0)
    if len(bare):
        answers[bare] = _replies(batch, positions[bare])
    return ~answers


def _replies(batch: PacketBatch, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    kind, protocol, ethertype = batch.sport[positions], batch.protocol[positions], batch.ethertype[positions]
    result: NDArray[np.bool_] = (protocol == PROTOCOL_ICMP) & _ICMP_REPLY.take(kind)
    result |= (protocol == PROTOCOL_ICMPV6) & _ICMPV6_REPLY.take(kind)
    for number, operation in ARP_REPLIES.items():
        result |= (protocol == PROTOCOL_NONE) & (ethertype == number) & (kind == operation)
    return result
