"""DNS and the protocols that share its message: mDNS, LLMNR and the NetBIOS name service."""

from __future__ import annotations

from typing import NamedTuple

from netwatch.decode.dns_message import (
    HEADER,
    RESPONSE,
    SMALLEST_QUESTION,
    SMALLEST_RECORD,
    counts,
    read_questions,
    read_records,
)
from netwatch.decode.dns_shape import is_dns
from netwatch.decode.info.dns_record import record_text, type_text
from netwatch.decode.info.fields import u16
from netwatch.decode.info.netbios import netbios_name
from netwatch.decode.info.reading import Context, Reading

SHOWN = 6
"""Questions or records that fit in a line; the others are counted."""

RESPONSE_CODES = (
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
    "NOTZONE", "DSOTYPENI", "RCODE12", "RCODE13", "RCODE14", "RCODE15",
)  # fmt: skip
"""IANA's DNS response codes that fit in the header."""

_OPCODES = {1: "inverse query", 2: "status", 4: "notify", 5: "update", 6: "stateful operation"}
_NETBIOS_OPCODES = {5: "registration", 6: "release", 7: "wait", 8: "refresh", 9: "refresh", 15: "registration"}
"""RFC 1002 section 4.2.1.1; 9 and 15 are what Windows sends."""
_CLASSES = {3: "CH ", 4: "HS ", 254: "NONE ", 255: ""}
_TRUNCATED = 0x0200
_INTERNET = 1
_OPT = 41
_NETBIOS_STATUS = 33


class _Dialect(NamedTuple):
    protocol: str
    netbios: bool = False


def read_dns(data: bytes, context: Context) -> Reading | None:
    """Read a DNS message in a datagram (RFC 1035)."""
    return _read(data, context.length, _Dialect("DNS"))


def read_dns_elsewhere(data: bytes, context: Context) -> Reading | None:
    """Read a DNS message in a datagram of other ports, if it is one."""
    return read_dns(data, context) if is_dns(data, context.length) else None


def read_dns_tcp(data: bytes, context: Context) -> Reading | None:
    """Read the first DNS message of a TCP segment, which a length of two bytes precedes (RFC 1035 section 4.2.2)."""
    size = u16(data, 0)
    if size < HEADER:
        return None
    return _read(data[2:], min(size, max(context.length - 2, 0)), _Dialect("DNS"))


def read_mdns(data: bytes, context: Context) -> Reading | None:
    """Read a multicast DNS message (RFC 6762)."""
    return _read(data, context.length, _Dialect("mDNS"))


def read_llmnr(data: bytes, context: Context) -> Reading | None:
    """Read a link-local multicast name resolution message (RFC 4795)."""
    return _read(data, context.length, _Dialect("LLMNR"))


def read_nbns(data: bytes, context: Context) -> Reading | None:
    """Read a NetBIOS name service message (RFC 1002 section 4.2)."""
    return _read(data, context.length, _Dialect("NBNS", netbios=True))


def _read(message: bytes, length: int, dialect: _Dialect) -> Reading | None:
    if len(message) < HEADER:
        return None
    questions, answers, authority, additional = counts(message)
    if HEADER + questions * SMALLEST_QUESTION + (answers + authority + additional) * SMALLEST_RECORD > max(length, 0):
        return None
    flags = u16(message, 2)
    asked, at = _questions(message, questions, dialect)
    records = _records(message, at, answers, dialect)
    words = _response(flags, asked, records, dialect) if flags & RESPONSE else _query(flags, asked, records, dialect)
    if flags & _TRUNCATED:
        words += " [truncated]"
    return Reading(dialect.protocol, f"{words} id=0x{u16(message, 0):04x}", "dns")


def _questions(message: bytes, count: int, dialect: _Dialect) -> tuple[list[tuple[str, str]], int]:
    """Return (name, type) of the questions, at most SHOWN, and where they end."""
    asked: list[tuple[str, str]] = []
    at = HEADER
    for question in read_questions(message, min(count, SHOWN)):
        # RFC 6762 section 18.12: the top bit asks for a unicast answer
        kind = _class_text(question.network & 0x7FFF) + _type_text(question.number, dialect)
        asked.append((_shown(question.name, dialect), kind))
        at = question.end
    return asked, at if count <= SHOWN else len(message)


def _records(message: bytes, at: int, count: int, dialect: _Dialect) -> list[str]:
    """Return the records from `at` on as text, at most SHOWN and the number of the others."""
    records: list[str] = []
    owner = ""
    for record in read_records(message, at, min(count, SHOWN)):
        number = record.number
        if number != _OPT:
            shown = _shown(record.name, dialect)
            status = dialect.netbios and number == _NETBIOS_STATUS
            value = "" if status else record_text(message, number, record.at, record.size)
            words = f"{_type_text(number, dialect)} {value}".rstrip()
            records.append(words if shown == owner else f"{shown} {words}")
            owner = shown
    if count > SHOWN:
        records.append(f"and {count - SHOWN} more")
    return records


def _query(flags: int, asked: list[tuple[str, str]], records: list[str], dialect: _Dialect) -> str:
    words = ", ".join(f"{kind}? {name}" for name, kind in asked) or ", ".join(records) or "no question"
    operation = _operation(flags, dialect)
    return f"{operation} {words}" if operation else words


def _response(flags: int, asked: list[tuple[str, str]], records: list[str], dialect: _Dialect) -> str:
    code = flags & 15
    operation = _operation(flags, dialect)
    prefix = f"{operation} response " if operation else ""
    if code:
        names = ", ".join(f"{name} ({kind})" for name, kind in asked) or ", ".join(records)
        return f"{prefix}{RESPONSE_CODES[code]} {names}".rstrip()
    if records:
        return prefix + ", ".join(records)
    names = ", ".join(f"{kind}? {name}" for name, kind in asked)
    return f"{prefix}no answer to {names}" if names else f"{prefix}empty response"


def _operation(flags: int, dialect: _Dialect) -> str:
    number = flags >> 11 & 15
    if number == 0:
        return ""
    names = _NETBIOS_OPCODES if dialect.netbios else _OPCODES
    return names.get(number) or f"opcode {number}"


def _shown(name: str, dialect: _Dialect) -> str:
    return netbios_name(name) if dialect.netbios else name


def _type_text(number: int, dialect: _Dialect) -> str:
    return "NBSTAT" if dialect.netbios and number == _NETBIOS_STATUS else type_text(number)


def _class_text(number: int) -> str:
    return "" if number == _INTERNET else _CLASSES.get(number, f"CLASS{number} ")
