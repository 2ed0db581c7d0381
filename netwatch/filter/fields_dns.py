"""Fields of DNS, mDNS and LLMNR messages (RFC 1035 section 4) and of NetBIOS names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.decode.dns_message import HEADER, Question, Record, counts, read_questions, read_records
from netwatch.decode.info.dns import RESPONSE_CODES
from netwatch.decode.info.dns_name import read_name
from netwatch.decode.info.dns_record import TYPES
from netwatch.decode.info.fields import u16, u32
from netwatch.filter.builders import each, either, flag, number, protocol
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.builders import Where
    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

LAYERS: Final = ("dns", "mdns", "llmnr")
MOST_RECORDS: Final = 1000
"""Records of one message that are read."""
OPT: Final = 41
SOA: Final = 6
SOA_NUMBERS: Final = 20
"""Bytes of serial number, refresh, retry, expire and minimum."""
MDNS_PORT: Final = 5353
ROOT: Final = "<Root>"
"""How Wireshark writes the name of the root."""
TYPE_NUMBERS: Final = {name: number for number, name in TYPES.items()}
CODE_NUMBERS: Final = {name: number for number, name in enumerate(RESPONSE_CODES)}


class Message(NamedTuple):
    """A message taken apart."""

    data: bytes
    questions: tuple[Question, ...] = ()
    records: tuple[Record, ...] = ()
    """Of all sections."""


def _message(packets: Packets, row: int) -> Message:
    return packets.read("dns", row, lambda: _read(_bytes(packets, row)))


def _bytes(packets: Packets, row: int) -> bytes:
    payload = packets.payload(row)
    return payload if packets.batch.protocol.item(row) == 17 else payload[2 : 2 + u16(payload, 0)]


def _read(data: bytes) -> Message:
    if len(data) < HEADER:
        return Message(data)
    asked, *sections = counts(data)
    questions = tuple(read_questions(data, min(asked, MOST_RECORDS)))
    begin = questions[-1].end if questions else HEADER
    total = min(sum(sections), MOST_RECORDS)
    return Message(data, questions, tuple(read_records(data, begin, total)))


def _gate(packets: Packets) -> NDArray[np.bool_]:
    return packets.has("dns") | packets.has("mdns") | packets.has("llmnr")


def _header(name: str, offset: int, title: str, mask: int = 0, symbols: dict[str, int] | None = None) -> Field:
    parts = tuple(number(f"{name}/{layer}", layer, offset, "u2", title, mask=mask, symbols=symbols) for layer in LAYERS)
    return either(name, parts, title)


def _flag(name: str, mask: int, title: str, where: Where | None = None) -> Field:
    parts = (flag(f"{name}/{layer}", layer, 2, "u2", mask, title, where) for layer in LAYERS)
    return either(name, tuple(parts), title)


def _answers(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which messages are answers; some flags mean something only there."""
    found: NDArray[np.bool_] = packets.batch.frames.data[begin + 2] & 0x80 != 0
    return found


def _class(packets: Packets, row: int, number: int) -> int:
    """Return a class; the top bit of mDNS is none of it (RFC 6762 section 18.12)."""
    return number & 0x7FFF if MDNS_PORT in (packets.batch.sport.item(row), packets.batch.dport.item(row)) else number


def _each(
    name: str,
    kind: Kind,
    read: Callable[[Message], Iterable[Any]],
    title: str,
    symbols: dict[str, int] | None = None,
) -> Field:
    return each(name, kind, _gate, lambda packets, row: read(_message(packets, row)), title, symbols)


def _shown(name: str) -> str:
    return ROOT if name == "." else name


def _data(kind: int, size: int) -> Callable[[Message], Iterator[int]]:
    """Return what reads the address records of a type."""

    def read(message: Message) -> Iterator[int]:
        for record in message.records:
            if record.number == kind and record.size == size and record.at + size <= len(message.data):
                yield int.from_bytes(message.data[record.at : record.at + size], "big")

    return read


def _names(kind: int, place: int = 0) -> Callable[[Message], Iterator[str]]:
    """Return what reads the names in records of a type, `place` bytes from their beginning."""

    def read(message: Message) -> Iterator[str]:
        for record in message.records:
            if record.number == kind and record.at + place < len(message.data):
                yield _shown(read_name(message.data, record.at + place)[0])

    return read


def _number(kind: int, place: int, size: int) -> Callable[[Message], Iterator[int]]:
    """Return what reads a number of `size` bytes, `place` bytes into records of a type."""

    def read(message: Message) -> Iterator[int]:
        for record in message.records:
            if record.number == kind and place + size <= record.size and record.at + record.size <= len(message.data):
                yield int.from_bytes(message.data[record.at + place : record.at + place + size], "big")

    return read


def _authority(message: Message) -> Iterator[tuple[str, bytes]]:
    """Yield of each SOA record the mailbox and the five numbers behind it (RFC 1035 section 3.3.13)."""
    for record in message.records:
        if record.number == SOA and record.at < len(message.data):
            mailbox, after = read_name(message.data, read_name(message.data, record.at)[1])
            yield mailbox, message.data[after : after + SOA_NUMBERS]


def _authority_number(place: int) -> Callable[[Message], Iterator[int]]:
    return lambda message: (u32(data, place) for _, data in _authority(message) if len(data) == SOA_NUMBERS)


def _options(message: Message) -> Iterator[int]:
    """Yield the codes of EDNS options (RFC 6891 section 6.1.2)."""
    for record in message.records:
        at, end = record.at, min(record.at + record.size, len(message.data))
        while record.number == OPT and at + 4 <= end:
            yield u16(message.data, at)
            at += 4 + u16(message.data, at + 2)


def _of_opt(read: Callable[[bytes, int], int]) -> Callable[[Message], Iterator[int]]:
    """Return what reads the OPT record; `read` gets the message and where its class is (RFC 6891 section 6.1.3)."""
    return lambda m: (read(m.data, r.at - 8) for r in m.records if r.number == OPT and r.at <= len(m.data))


def _texts(message: Message) -> Iterator[str]:
    for record in message.records:
        at, end = record.at, min(record.at + record.size, len(message.data))
        while record.number == 16 and at < end:
            yield message.data[at + 1 : min(at + 1 + message.data[at], end)].decode("utf-8", "backslashreplace")
            at += 1 + message.data[at]


FIELDS: Final = (
    protocol("dns", "dns", "domain names"),
    protocol("mdns", "mdns", "multicast DNS"),
    protocol("llmnr", "llmnr", "link-local name resolution"),
    protocol("nbns", "nbns", "NetBIOS names"),
    _header("dns.id", 0, "identifier"),
    _header("dns.flags", 2, "all flags"),
    _flag("dns.flags.response", 0x8000, "an answer"),
    _header("dns.flags.opcode", 2, "operation", 0x7800),
    _flag("dns.flags.authoritative", 0x0400, "from an authority", _answers),
    _flag("dns.flags.truncated", 0x0200, "does not hold all"),
    _flag("dns.flags.recdesired", 0x0100, "recursion desired"),
    _flag("dns.flags.recavail", 0x0080, "recursion available", _answers),
    either(
        "dns.flags.z",
        tuple(flag(f"dns.flags.z/{layer}", layer, 2, "u2", 0x0040, "reserved") for layer in ("dns", "mdns")),
        "reserved",
    ),
    _flag("dns.flags.authenticated", 0x0020, "answer was authenticated", _answers),
    _flag("dns.flags.checkdisable", 0x0010, "data that is not authenticated is welcome"),
    _header("dns.flags.rcode", 2, "response code", 0x000F, CODE_NUMBERS),
    _header("dns.count.queries", 4, "questions"),
    _header("dns.count.answers", 6, "answers"),
    _header("dns.count.auth_rr", 8, "records about authorities"),
    _header("dns.count.add_rr", 10, "additional records"),
    _each("dns.qry.name", Kind.TEXT, lambda m: (_shown(q.name) for q in m.questions), "name that is asked for"),
    _each(
        "dns.qry.name.len",
        Kind.NUMBER,
        lambda m: (len(_shown(q.name)) for q in m.questions),
        "characters of the name that is asked for",
    ),
    _each(
        "dns.count.labels",
        Kind.NUMBER,
        lambda m: (len(q.name.split(".")) if q.name != "." else 0 for q in m.questions),
        "labels of the name that is asked for",
    ),
    _each("dns.qry.type", Kind.NUMBER, lambda m: (q.number for q in m.questions), "type asked for", TYPE_NUMBERS),
    each(
        "dns.qry.class",
        Kind.NUMBER,
        _gate,
        lambda packets, row: (_class(packets, row, q.network) for q in _message(packets, row).questions),
        "class asked for",
    ),
    _each("dns.resp.name", Kind.TEXT, lambda m: (_shown(r.name) for r in m.records), "name of a record"),
    _each("dns.resp.type", Kind.NUMBER, lambda m: (r.number for r in m.records), "type of a record", TYPE_NUMBERS),
    each(
        "dns.resp.class",
        Kind.NUMBER,
        _gate,
        lambda packets, row: (
            _class(packets, row, r.network) for r in _message(packets, row).records if r.number != OPT
        ),
        "class of a record",
    ),
    _each(
        "dns.resp.ttl",
        Kind.NUMBER,
        lambda m: (u32(m.data, r.at - 6) for r in m.records if r.number != OPT),
        "seconds that a record may be kept",
    ),
    _each("dns.resp.len", Kind.NUMBER, lambda m: (r.size for r in m.records if r.number != OPT), "bytes of a record"),
    _each("dns.a", Kind.IPV4, _data(1, 4), "IPv4 address in an answer"),
    _each("dns.aaaa", Kind.IPV6, _data(28, 16), "IPv6 address in an answer"),
    _each("dns.cname", Kind.TEXT, _names(5), "canonical name"),
    _each("dns.ns", Kind.TEXT, _names(2), "name server"),
    _each("dns.ptr.domain_name", Kind.TEXT, _names(12), "name of an address"),
    _each("dns.mx.mail_exchange", Kind.TEXT, _names(15, 2), "mail server"),
    _each("dns.mx.preference", Kind.NUMBER, _number(15, 0, 2), "preference of a mail server"),
    _each("dns.soa.mname", Kind.TEXT, _names(SOA), "primary name server"),
    _each("dns.soa.rname", Kind.TEXT, lambda m: (_shown(name) for name, _ in _authority(m)), "mailbox of a zone"),
    *(
        _each(f"dns.soa.{name}", Kind.NUMBER, _authority_number(4 * place), title)
        for place, (name, title) in enumerate(
            (
                ("serial_number", "serial number of a zone"),
                ("refresh_interval", "seconds to the next look at a zone"),
                ("retry_interval", "seconds to the next try"),
                ("expire_limit", "seconds that a zone is good for"),
                ("minimum_ttl", "seconds that it may be remembered that a name is not there"),
            )
        )
    ),
    _each("dns.srv.priority", Kind.NUMBER, _number(33, 0, 2), "priority of a server"),
    _each("dns.srv.weight", Kind.NUMBER, _number(33, 2, 2), "weight of a server"),
    _each("dns.srv.port", Kind.NUMBER, _number(33, 4, 2), "port of a server"),
    _each("dns.srv.target", Kind.TEXT, _names(33, 6), "server of a service"),
    _each("dns.rr.udp_payload_size", Kind.NUMBER, _of_opt(u16), "bytes of an answer that are welcome"),
    _each("dns.resp.ext_rcode", Kind.NUMBER, _of_opt(lambda data, at: data[at + 2]), "more bits of the response code"),
    _each("dns.resp.edns0_version", Kind.NUMBER, _of_opt(lambda data, at: data[at + 3]), "version of EDNS"),
    _each("dns.resp.z.do", Kind.BOOLEAN, _of_opt(lambda data, at: data[at + 4] >> 7), "signatures are welcome"),
    _each("dns.opt.code", Kind.NUMBER, _options, "option of EDNS"),
    each(
        "dns.qry.qu",
        Kind.BOOLEAN,
        lambda packets: packets.has("mdns"),
        lambda packets, row: (q.network >> 15 for q in _message(packets, row).questions),
        "an answer to one alone is welcome",
    ),
    each(
        "dns.resp.cache_flush",
        Kind.BOOLEAN,
        lambda packets: packets.has("mdns"),
        lambda packets, row: (r.network >> 15 for r in _message(packets, row).records if r.number != OPT),
        "what was remembered is replaced",
    ),
    _each("dns.txt", Kind.TEXT, _texts, "text"),
    _each("dns.txt.length", Kind.NUMBER, lambda m: (len(text.encode()) for text in _texts(m)), "bytes of a text"),
    number("nbns.id", "nbns", 0, "u2", "identifier of a NetBIOS message"),
    number("nbns.flags", "nbns", 2, "u2", "all flags"),
    flag("nbns.flags.response", "nbns", 2, "u2", 0x8000, "an answer"),
    number("nbns.flags.opcode", "nbns", 2, "u2", "operation", mask=0x7800),
    number("nbns.count.queries", "nbns", 4, "u2", "questions"),
    number("nbns.count.answers", "nbns", 6, "u2", "answers"),
)
