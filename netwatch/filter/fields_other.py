"""Protocols whose presence alone can be tested: what the packet table calls them, by Wireshark's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_NONE
from netwatch.decode.info.describe import describe
from netwatch.filter.builders import each, number, protocol
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

SHOWN_AS: Final = {
    "amqp": "AMQP", "bfd": "BFD", "bgp": "BGP", "cdp": "CDP", "coap": "CoAP", "dcerpc": "DCERPC", "dhcpv6": "DHCPv6",
    "dnp3": "DNP3", "dtls": "DTLS", "enip": "ENIP", "ftp": "FTP", "ftp-data": "FTP-DATA", "geneve": "Geneve",
    "gtp": "GTP", "http2": "HTTP2", "imap": "IMAP", "irc": "IRC", "isakmp": "ISAKMP", "kerberos": "KRB5",
    "ldap": "LDAP", "loop": "LOOP", "mbtcp": "Modbus", "mqtt": "MQTT", "mysql": "MySQL", "nbdgm": "NBDS",
    "nbss": "NBSS", "nntp": "NNTP", "openvpn": "OpenVPN", "pgsql": "PGSQL", "pop": "POP", "radius": "RADIUS",
    "redis": "RESP", "rip": "RIP",
    "ripng": "RIPng", "rtsp": "RTSP", "sip": "SIP", "smb": "SMB", "smb2": "SMB2", "smtp": "SMTP", "snmp": "SNMP",
    "ssdp": "SSDP", "ssh": "SSH", "stp": "STP", "stun": "STUN", "syslog": "SYSLOG", "tacplus": "TACACS+",
    "telnet": "TELNET", "teredo": "Teredo", "tftp": "TFTP", "tpkt": "TPKT", "wireguard": "WireGuard", "xmpp": "XMPP",
}  # fmt: skip
"""The protocol column of the packet table by Wireshark's name."""


def _gate(packets: Packets) -> NDArray[np.bool_]:
    """Return which packets can carry an application: those with a payload, and those without IP."""
    batch = packets.batch
    there: NDArray[np.bool_] = (batch.payload_captured > 0) | (batch.protocol == PROTOCOL_NONE)
    return there


def _protocol(name: str, shown: str) -> Field:
    def read(packets: Packets, row: int) -> Iterator[bytes]:
        found = packets.read("protocol", row, lambda: describe(packets.batch, row).protocol)
        if found == shown:
            yield packets.payload(row)

    return each(name, Kind.PROTOCOL, _gate, read, f"{shown}, as the packet table has it")


def _shown(packets: Packets, row: int) -> Iterator[str]:
    yield describe(packets.batch, row).protocol


def _info(packets: Packets, row: int) -> Iterator[str]:
    yield describe(packets.batch, row).text


def _every(packets: Packets) -> NDArray[np.bool_]:
    return np.ones(len(packets), np.bool_)


def _is_time(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which messages tell the time; modes 6 and 7 are for control (RFC 9327)."""
    found: NDArray[np.bool_] = packets.batch.frames.data[begin] & 7 < 6
    return found


FIELDS: Final = (
    protocol("ntp", "ntp", "network time"),
    number("ntp.flags", "ntp", 0, "u1", "all flags"),
    number("ntp.flags.li", "ntp", 0, "u1", "leap second", mask=0xC0),
    number("ntp.flags.vn", "ntp", 0, "u1", "version", mask=0x38),
    number("ntp.flags.mode", "ntp", 0, "u1", "3 client, 4 server, 6 control, 7 private", mask=0x07),
    number("ntp.stratum", "ntp", 1, "u1", "how far from a clock", where=_is_time),
    number("ntp.ppoll", "ntp", 2, "u1", "poll interval as a power of two", where=_is_time),
    *(_protocol(name, shown) for name, shown in SHOWN_AS.items()),
    each("_ws.col.protocol", Kind.TEXT, _every, _shown, "protocol column"),
    each("_ws.col.info", Kind.TEXT, _every, _info, "info column"),
)
