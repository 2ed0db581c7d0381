"""The data of DNS resource records in one line, as close to a master file as a line allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.info.dns_name import read_name
from netwatch.decode.info.dns_service import service_text
from netwatch.decode.info.fields import hexadecimal, ipv4, ipv6, text, u16, u32

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX",
    16: "TXT", 17: "RP", 18: "AFSDB", 24: "SIG", 25: "KEY", 28: "AAAA", 29: "LOC", 32: "NB", 33: "SRV", 35: "NAPTR",
    36: "KX", 37: "CERT", 39: "DNAME", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG",
    47: "NSEC", 48: "DNSKEY", 49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP",
    59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD", 64: "SVCB", 65: "HTTPS", 99: "SPF",
    108: "EUI48", 109: "EUI64", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 255: "ANY", 256: "URI",
    257: "CAA",
}  # fmt: skip
"""IANA's DNS resource record types that are seen in the wild."""


def type_text(number: int) -> str:
    """Return the name of a type, or TYPE65280 as RFC 3597 section 5 writes it."""
    return TYPES.get(number) or f"TYPE{number}"


def record_text(message: bytes, record_type: int, at: int, length: int) -> str:
    """Return the data of a record of `length` bytes at `at`; empty for data that are shown by their type alone."""
    reader = _READERS.get(record_type)
    end = min(at + length, len(message))
    if reader is not None:
        return reader(message, at, end)
    return hexadecimal(message[at:end]) if record_type not in TYPES else ""


def _address(message: bytes, at: int, end: int) -> str:
    return ipv4(message, at) if end - at == 4 else "[bad address]"


def _address6(message: bytes, at: int, end: int) -> str:
    return ipv6(message, at) if end - at == 16 else "[bad address]"


def _name(message: bytes, at: int, _end: int) -> str:
    return read_name(message, at)[0]


def _mail_exchange(message: bytes, at: int, _end: int) -> str:
    return f"{u16(message, at)} {read_name(message, at + 2)[0]}"


def _text(message: bytes, at: int, end: int) -> str:
    if at >= end:
        return '""'
    return f'"{text(message[at + 1 : min(at + 1 + message[at], end)], 60)}"'


def _start_of_authority(message: bytes, at: int, _end: int) -> str:
    primary, at = read_name(message, at)
    mailbox, at = read_name(message, at)
    return f"{primary} {mailbox} serial {u32(message, at)} minimum {u32(message, at + 16)}"


def _server(message: bytes, at: int, _end: int) -> str:
    priority, weight = u16(message, at), u16(message, at + 2)
    return f"{read_name(message, at + 6)[0]}:{u16(message, at + 4)} priority {priority} weight {weight}"


def _certification_authority(message: bytes, at: int, end: int) -> str:
    size = message[at + 1] if at + 1 < end else 0
    tag, value = message[at + 2 : at + 2 + size], message[at + 2 + size : end]
    critical = "critical " if at < end and message[at] & 0x80 else ""
    return f"{critical}{text(tag, 15)} {text(value, 60)}"


def _delegation_signer(message: bytes, at: int, _end: int) -> str:
    return f"key {u16(message, at)}"


def _signature(message: bytes, at: int, _end: int) -> str:
    return f"of {type_text(u16(message, at))}"


def _netbios(message: bytes, at: int, end: int) -> str:
    addresses = [ipv4(message, entry + 2) for entry in range(at, min(end, at + 24) - 5, 6)]
    return " ".join(addresses)


_READERS: dict[int, Callable[[bytes, int, int], str]] = {
    1: _address,
    2: _name,
    5: _name,
    6: _start_of_authority,
    12: _name,
    15: _mail_exchange,
    16: _text,
    28: _address6,
    32: _netbios,
    33: _server,
    39: _name,
    43: _delegation_signer,
    46: _signature,
    64: service_text,
    65: service_text,
    99: _text,
    257: _certification_authority,
}
