"""What the kept bytes of a DNS message say besides its question, read when somebody looks at it."""

from __future__ import annotations

from typing import Final, NamedTuple

from netwatch.decode.dns_message import HEADER, counts, read_questions, read_records
from netwatch.decode.info.dns import RESPONSE_CODES
from netwatch.decode.info.dns_record import record_text, type_text
from netwatch.decode.info.fields import hexadecimal, ipv4, ipv6, text, u16, u32
from netwatch.text import printable

MOST_QUESTIONS: Final = 16
MOST_RECORDS: Final = 48
"""Of one message; 512 bytes hold 46 of the smallest."""
MOST_OPTIONS: Final = 16
LONGEST_RECORD: Final = 200
"""Characters."""
LONGEST_TOGETHER: Final = 2000
"""Characters of all records, so that names which point to long names cost little."""
OPT: Final = 41
DNSSEC_OK: Final = 0x8000
"""RFC 3225."""
CLIENT_SUBNET, COOKIE, EXTENDED_ERROR = 8, 10, 15
"""EDNS options: RFC 7871, RFC 7873, RFC 8914."""
EXTENDED_CODES: Final = {16: "BADVERS", 22: "BADTRUNC", 23: "BADCOOKIE"}
_FLAGS: Final = ((0x0400, "AA"), (0x0200, "TC"), (0x0100, "RD"), (0x0080, "RA"), (0x0020, "AD"), (0x0010, "CD"))
_OPERATIONS: Final = {1: "inverse", 2: "status", 4: "notify", 5: "update", 6: "stateful"}
_NETBIOS_OPERATIONS: Final = {5: "registration", 6: "release", 7: "wait", 8: "refresh", 9: "refresh", 15: "multihomed"}


class Answers(NamedTuple):
    """What is behind the question."""

    records: tuple[str, ...] = ()
    """`TYPE data` of the answer section."""
    ttl: int = -1
    """The smallest, -1 without records."""
    edns: str = ""
    extended_code: int = 0
    """The upper 8 bits of the response code."""


def read_answers(message: bytes) -> Answers:
    """Read a message of which the end may be missing; its bytes may be any."""
    questions, answers, authority, additional = counts(message)
    at = HEADER
    if questions > MOST_QUESTIONS:
        return Answers()
    name = ""
    for question in read_questions(message, questions):
        at, name = question.end, name or question.name
    found: list[str] = []
    ttl, edns, extended = -1, "", 0
    wanted = min(answers + authority + additional, MOST_RECORDS)
    for place, record in enumerate(read_records(message, at, wanted, name)):
        if record.at + record.size > len(message):
            break
        if record.number == OPT:
            edns = _edns(message, record.at, record.size, record.network)
            extended = message[record.at - 6]
        elif place < answers and sum(map(len, found)) < LONGEST_TOGETHER:
            value = record_text(message, record.number, record.at, record.size)
            found.append(printable(f"{type_text(record.number)} {value}".rstrip(), LONGEST_RECORD))
            seconds = u32(message, record.at - 6)
            ttl = seconds if ttl < 0 else min(ttl, seconds)
    return Answers(tuple(found), ttl, edns, extended)


def rcode_text(flags: int, extended: int = 0) -> str:
    """Return the response code's name."""
    code = extended << 4 | flags & 15
    return RESPONSE_CODES[code] if code < len(RESPONSE_CODES) else EXTENDED_CODES.get(code, f"RCODE{code}")


def flags_text(flags: int, *, netbios: bool) -> str:
    """Return the flags that are set, and the operation where it is not a query."""
    operation = flags >> 11 & 15
    words = [name for bit, name in _FLAGS if flags & bit]
    if operation:
        names = _NETBIOS_OPERATIONS if netbios else _OPERATIONS
        words.insert(0, names.get(operation, f"opcode{operation}"))
    return " ".join(words)


def _edns(message: bytes, at: int, size: int, datagram: int) -> str:
    """Return an OPT record in words (RFC 6891 section 6.1)."""
    words = [f"{datagram} bytes"]
    if version := message[at - 5]:
        words.append(f"version {version}")
    if u16(message, at - 4) & DNSSEC_OK:
        words.append("DO")
    end = at + size
    for _ in range(MOST_OPTIONS):
        if at + 4 > end:
            break
        number, length = u16(message, at), u16(message, at + 2)
        words.append(_option(number, message[at + 4 : min(at + 4 + length, end)]))
        at += 4 + length
    return printable(" ".join(filter(None, words)), LONGEST_RECORD)


def _option(number: int, data: bytes) -> str:
    if number == CLIENT_SUBNET and len(data) >= 4:
        family, bits, address = u16(data, 0), data[2], data[4:].ljust(16, b"\0")
        subnet = ipv4(address, 0) if family == 1 else ipv6(address, 0) if family == 2 else hexadecimal(data[4:])
        return f"client subnet {subnet}/{bits}"
    if number == COOKIE:
        return "cookie"
    if number == EXTENDED_ERROR and len(data) >= 2:
        words = f" ({text(data[2:], 60)})" if len(data) > 2 else ""
        return f"error {u16(data, 0)}{words}"
    return ""
