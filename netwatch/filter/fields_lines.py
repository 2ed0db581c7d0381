"""Fields of protocols that speak in lines: FTP, SMTP, POP and IMAP, each packet by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.decode.info.lines import is_text
from netwatch.filter.applications import on_ports
from netwatch.filter.builders import each
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

FTP, SMTP, POP, IMAP = (21,), (25, 587), (110,), (143,)
MOST_LINES: Final = 200
COMMAND: Final = 4
"""Characters of a code of three digits and what is between it and the words (RFC 959 section 4.2, RFC 5321)."""


class Said(NamedTuple):
    """The lines of one packet."""

    asks: bool
    """It goes to the server."""
    lines: tuple[bytes, ...]
    """Without their ends; the first is empty or no text where the packet is not in the clear."""


def _said(packets: Packets, row: int, ports: tuple[int, ...]) -> Said:
    def read() -> Said:
        asks = packets.batch.dport.item(row) in ports
        lines = packets.payload(row).split(b"\n")[:MOST_LINES]
        if lines and not lines[-1]:
            lines.pop()
        return Said(asks, tuple(line.removesuffix(b"\r") for line in lines))

    return packets.read(f"lines {ports[0]}", row, read)


def _each(ports: tuple[int, ...]) -> Callable[[str, Kind, Callable[[Said], Iterable[Any]], str], Field]:
    """Return what makes fields of a protocol on some TCP ports."""

    def gate(packets: Packets) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = on_ports(packets.batch, PROTOCOL_TCP, *ports)
        return found

    def made(name: str, kind: Kind, read: Callable[[Said], Iterable[Any]], title: str) -> Field:
        return each(name, kind, gate, lambda packets, row: read(_said(packets, row, ports)), title)

    return made


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


def _code(line: bytes) -> int:
    """Return the code at the beginning of a reply, -1 for none."""
    return int(line[:3]) if len(line) >= 3 and line[:3].isdigit() else -1


def _words(line: bytes) -> tuple[str, str]:
    """Return the first word of a line and what follows it."""
    word, _, rest = _text(line).partition(" ")
    return word, rest.lstrip(" ")


def _first(*, asks: bool, part: int) -> Callable[[Said], Iterator[str]]:
    """Return what reads the first word (part 0) or the rest (part 1) of the first line of one side."""

    def read(said: Said) -> Iterator[str]:
        if said.asks == asks and said.lines:
            found = _words(said.lines[0])[part]
            if found:
                yield found

    return read


def _side(*, asks: bool) -> Callable[[Said], Iterator[int]]:
    """Return what is 1 for packets of one side and 0 for those of the other."""
    return lambda said: iter((int(said.asks == asks),))


def _ftp_argument(said: Said) -> Iterator[str]:
    if not said.asks and said.lines and _code(said.lines[0]) >= 0 and len(said.lines[0]) > COMMAND:
        yield _text(said.lines[0][COMMAND:])


def _ftp_code(said: Said) -> Iterator[int]:
    if not said.asks and said.lines and _code(said.lines[0]) >= 0:
        yield _code(said.lines[0])


def _smtp_commands(said: Said) -> Iterator[tuple[str, str]]:
    """Yield (command, parameter) of lines that are commands, not of what comes with DATA or AUTH."""
    for line in said.lines if said.asks else ():
        word, rest = _words(line)
        if word.upper() in SMTP_COMMANDS:
            yield word, rest
        else:
            return


def _smtp_replies(said: Said) -> Iterator[tuple[int, str]]:
    for line in () if said.asks else said.lines:
        if _code(line) >= 0:
            yield _code(line), _text(line[COMMAND:])


def _pop_reply(said: Said, part: int) -> Iterator[str]:
    word, rest = _words(said.lines[0]) if said.lines else ("", "")
    found = (word, rest)[part]
    if not said.asks and word in ("+OK", "-ERR") and found:
        yield found


def _pop_line(said: Said, *, asks: bool) -> Iterator[str]:
    if said.asks == asks and said.lines and (asks or said.lines[0].startswith((b"+", b"-"))):
        yield _text(said.lines[0])


def _imap_lines(said: Said, *, asks: bool) -> Iterator[str]:
    """Yield the command of a client, or the tagged replies of a server (RFC 9051 section 2.2)."""
    for line in said.lines[:1] if asks else said.lines:
        words = line.split(b" ", 2)
        tagged = len(words) > 1 and words[0].isalnum() and (asks or words[1] in IMAP_STATES)
        if said.asks == asks and tagged and is_text(line):
            yield _text(line)


def _imap_words(said: Said, place: int, *, asks: bool) -> Iterator[str]:
    for line in _imap_lines(said, asks=asks):
        words = line.split(" ", 2)
        if len(words) > place and words[place]:
            yield words[place]


SMTP_COMMANDS: Final = frozenset(
    (
        "AUTH", "BDAT", "DATA", "EHLO", "ETRN", "EXPN", "HELO", "HELP", "LHLO", "MAIL", "NOOP", "QUIT", "RCPT", "RSET",
        "SAML", "SEND", "SOML", "STARTTLS", "TURN", "VRFY",
    )
)  # fmt: skip
IMAP_STATES: Final = (b"OK", b"NO", b"BAD")
_ftp, _smtp, _pop, _imap = _each(FTP), _each(SMTP), _each(POP), _each(IMAP)

FIELDS: Final = (
    _ftp("ftp.request", Kind.BOOLEAN, _side(asks=True), "from the client"),
    _ftp("ftp.request.command", Kind.TEXT, _first(asks=True, part=0), "command"),
    _ftp("ftp.request.arg", Kind.TEXT, _first(asks=True, part=1), "what follows the command"),
    _ftp("ftp.response", Kind.BOOLEAN, _side(asks=False), "from the server"),
    _ftp("ftp.response.code", Kind.NUMBER, _ftp_code, "code of the reply"),
    _ftp("ftp.response.arg", Kind.TEXT, _ftp_argument, "words of the reply"),
    _smtp("smtp.req", Kind.BOOLEAN, lambda said: (1 for _ in _smtp_commands(said)), "a command"),
    _smtp("smtp.req.command", Kind.TEXT, lambda said: (name for name, _ in _smtp_commands(said)), "command"),
    _smtp(
        "smtp.req.parameter",
        Kind.TEXT,
        lambda said: (rest for _, rest in _smtp_commands(said) if rest),
        "what follows the command",
    ),
    _smtp("smtp.rsp", Kind.BOOLEAN, lambda said: (1,) if not said.asks else (), "a reply"),
    _smtp(
        "smtp.response.code", Kind.NUMBER, lambda said: [code for code, _ in _smtp_replies(said)][:1], "code of a reply"
    ),
    _smtp(
        "smtp.rsp.parameter", Kind.TEXT, lambda said: (words for _, words in _smtp_replies(said) if words), "its words"
    ),
    _pop("pop.request", Kind.TEXT, lambda said: _pop_line(said, asks=True), "line of the client"),
    _pop("pop.request.command", Kind.TEXT, _first(asks=True, part=0), "command"),
    _pop("pop.request.parameter", Kind.TEXT, _first(asks=True, part=1), "what follows the command"),
    _pop("pop.response", Kind.TEXT, lambda said: _pop_line(said, asks=False), "line of the server"),
    _pop("pop.response.indicator", Kind.TEXT, lambda said: _pop_reply(said, 0), "+OK or -ERR"),
    _pop("pop.response.description", Kind.TEXT, lambda said: _pop_reply(said, 1), "words of the reply"),
    _imap("imap.isrequest", Kind.BOOLEAN, _side(asks=True), "from the client"),
    _imap("imap.request", Kind.TEXT, lambda said: _imap_lines(said, asks=True), "line of the client"),
    _imap("imap.request_tag", Kind.TEXT, lambda said: _imap_words(said, 0, asks=True), "tag of a command"),
    _imap("imap.request.command", Kind.TEXT, lambda said: _imap_words(said, 1, asks=True), "command"),
    _imap("imap.response", Kind.TEXT, lambda said: _imap_lines(said, asks=False), "line of the server"),
    _imap("imap.response_tag", Kind.TEXT, lambda said: _imap_words(said, 0, asks=False), "tag of a reply"),
    _imap("imap.response.status", Kind.TEXT, lambda said: _imap_words(said, 1, asks=False), "how a command fared"),
)
