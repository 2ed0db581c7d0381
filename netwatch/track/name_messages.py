"""Names in messages of DNS and its relatives, of NetBIOS and DHCP; work and results bounded for any bytes."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.batch import IPV4_MAPPED, MAC_HIGH
from netwatch.decode.dhcp_options import (
    DHCP_ACK,
    DHCP_INFORM,
    DHCP_REQUEST,
    MESSAGE_TYPE,
    REPLY,
    REQUESTED_ADDRESS,
    client_name,
    dhcp_options,
)
from netwatch.decode.dns_message import HEADER, RESPONSE, counts, is_whole, read_questions, read_records
from netwatch.decode.info.dns_name import read_name
from netwatch.decode.info.fields import text, u16, u32
from netwatch.decode.info.netbios import decoded_name, plain_text
from netwatch.track.name_store import NameKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.dns_message import Record

LONGEST: Final = 253
"""Characters of a host name (RFC 1123 section 2.1 with RFC 1035 section 2.3.4)."""
MOST_QUESTIONS: Final = 4
MOST_RECORDS: Final = 32
"""Of one message; more are not read."""
LABELS_READ: Final = 2
"""Steps that reading a name takes besides one for each dot."""
LONGEST_CHAIN: Final = 8
"""CNAMEs that are followed."""

_A, _CNAME, _PTR, _AAAA, _NETBIOS, _NETBIOS_STATUS = 1, 5, 12, 28, 32, 33
_INTERNET = 1
_GROUP = 0x8000
"""The flag of a NetBIOS name that many share (RFC 1002 section 4.2.1.3)."""
_MACHINE_SUFFIXES = (0x00, 0x20)
"""Workstation and server service: what a machine calls itself."""
_REGISTRATIONS = (5, 8, 9, 15)
"""NetBIOS operations that claim a name, as in decode.info.dns."""


class Learned(NamedTuple):
    """One address, a number of 128 bits, and its name."""

    address: int
    name: str
    kind: NameKind


class Client(NamedTuple):
    """What a DHCP message says of a client; 0 and the empty string where it does not."""

    mac: int
    """As an address of 128 bits with MAC_HIGH."""
    address: int
    name: str


@dataclass(slots=True)
class Effort:
    """Counts the work that messages make, which their authors decide."""

    spent: int = 0
    """Labels and records read."""


def dns_names(message: bytes, kind: NameKind, effort: Effort) -> Iterator[Learned]:
    """Yield what a response of DNS, mDNS or LLMNR says; reverse look-ups have a kind of their own.

    An address that was reached through CNAMEs has the name that was asked for.
    """
    if not u16(message, 2) & RESPONSE:
        return
    aliases: dict[str, str] = {}
    addresses: list[tuple[int, str]] = []
    for record in _records(message, effort, every=kind is NameKind.MDNS):
        name, number = record.name.lower(), record.number
        if record.network & 0x7FFF != _INTERNET:
            continue
        if number in (_A, _AAAA):
            address = _address(message, record)
            if address and is_whole(name):
                addresses.append((address, name))
        elif number == _CNAME:
            aliases.setdefault(_name_at(message, record.at, effort), name)
        elif number == _PTR and (address := _reverse_address(name)):
            target = _name_at(message, record.at, effort)
            if is_whole(target):
                yield Learned(address, target, NameKind.PTR)
    for address, name in addresses:
        yield Learned(address, _asked_name(name, aliases), kind)


def netbios_names(message: bytes, source: int, effort: Effort) -> Iterator[Learned]:
    """Yield what a NetBIOS name service message from `source` claims: registrations, answers and node status."""
    flags = u16(message, 2)
    if not flags & RESPONSE and flags >> 11 & 15 not in _REGISTRATIONS:
        return
    for record in _records(message, effort, every=True):
        end = min(record.at + record.size, len(message))
        if record.number == _NETBIOS:
            plain = decoded_name(record.name)
            if not plain or plain[15] not in _MACHINE_SUFFIXES or not (name := plain_text(plain)):
                continue
            for at in range(record.at, min(end, record.at + 6 * MOST_QUESTIONS) - 5, 6):
                if not u16(message, at) & _GROUP:
                    yield Learned(IPV4_MAPPED | u32(message, at + 2), name, NameKind.NBNS)
        elif record.number == _NETBIOS_STATUS and (name := _own_name(message[record.at : end])):
            yield Learned(source, name, NameKind.NBNS)


def dhcp_client(message: bytes) -> Client | None:
    """Return the client that a DHCP message is about; an address only where it has it or is given it."""
    options = dhcp_options(message)
    kind = options.get(MESSAGE_TYPE, b"\0")
    if not options or len(kind) != 1:
        return None
    ethernet = message[1:3] == b"\1\6"
    mac = MAC_HIGH << 64 | int.from_bytes(message[28:34], "big") if ethernet else 0
    number = 0
    if message[0] == REPLY:
        number = u32(message, 16) or u32(message, 12) if kind[0] == DHCP_ACK else 0
    elif kind[0] in (DHCP_REQUEST, DHCP_INFORM):
        requested = options.get(REQUESTED_ADDRESS, b"")
        number = u32(message, 12) or (u32(requested, 0) if len(requested) == 4 else 0)
    name = text(client_name(options)[:LONGEST], LONGEST)
    return Client(mac, IPV4_MAPPED | number if number else 0, name)


def _records(message: bytes, effort: Effort, *, every: bool) -> list[Record]:
    """Return the answers, with `every` the authority and additional records too."""
    questions, answers, authority, additional = counts(message)
    if questions > MOST_QUESTIONS:
        return []
    at = HEADER
    name = ""
    for question in read_questions(message, questions):
        name = name or question.name
        at = question.end
        effort.spent += LABELS_READ + question.name.count(".")
    wanted = answers + authority + additional if every else answers
    records = list(read_records(message, at, min(wanted, MOST_RECORDS), name))
    effort.spent += sum([LABELS_READ + record.name.count(".") for record in records])
    return records


def _name_at(message: bytes, at: int, effort: Effort) -> str:
    name = read_name(message, at)[0]
    effort.spent += LABELS_READ + name.count(".")
    return name.lower()


def _address(message: bytes, record: Record) -> int:
    data = message[record.at : record.at + record.size]
    if record.number == _A and len(data) == 4:
        return IPV4_MAPPED | u32(data, 0)
    return int.from_bytes(data, "big") if record.number == _AAAA and len(data) == 16 else 0


def _asked_name(name: str, aliases: dict[str, str]) -> str:
    for _ in range(LONGEST_CHAIN):
        alias = aliases.get(name)
        if alias is None or not is_whole(alias):
            break
        name = alias
    return name


def _reverse_address(name: str) -> int:
    """Return the address that a name under in-addr.arpa or ip6.arpa stands for, 0 for none (RFC 1035, RFC 3596)."""
    digits, _, zone = name.removesuffix(".arpa").rpartition(".")
    labels = digits.split(".")[::-1]
    try:
        if zone == "in-addr" and len(labels) == 4:
            return IPV4_MAPPED | int(IPv4Address(".".join(labels)))
        if zone == "ip6" and len(labels) == 32:
            joined = "".join(labels)
            return int(IPv6Address(":".join(joined[at : at + 4] for at in range(0, 32, 4))))
    except ValueError:
        pass
    return 0


def _own_name(data: bytes) -> str:
    """Return the first unique name of a machine in a node status (RFC 1002 section 4.2.18)."""
    for at in range(1, min(len(data), 1 + 18 * MOST_RECORDS) - 17, 18):
        if data[at + 15] == 0 and not u16(data, at + 16) & _GROUP:
            return plain_text(data[at : at + 16])
    return ""
