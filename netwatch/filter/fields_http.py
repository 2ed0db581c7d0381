"""Fields of HTTP/1 heads (RFC 9112), as far as they are in the packet in which the message begins."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.filter.builders import each, protocol
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

MOST_LINES: Final = 200


class Head(NamedTuple):
    """A head taken apart."""

    method: str = ""
    uri: str = ""
    version: str = ""
    code: int = -1
    phrase: str | None = None
    line: str = ""
    """The first line, with its end."""
    fields: tuple[tuple[str, str], ...] = ()
    """Names in lower case, and values."""
    lines: tuple[str, ...] = ()
    """The lines of these, with their ends."""

    def values(self, name: str) -> list[str]:
        """Return the values of every field called `name`."""
        return [value for found, value in self.fields if found == name]


def _head(packets: Packets, row: int) -> Head:
    return packets.read("http", row, lambda: read_head(packets.payload(row)))


def read_head(data: bytes) -> Head:
    """Read a head as far as it is there."""
    lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")[: MOST_LINES + 1]
    first = lines[0].decode("utf-8", "backslashreplace")
    fields = tuple(
        (name.decode("latin-1").strip().lower(), value.decode("utf-8", "backslashreplace").strip())
        for name, colon, value in (line.partition(b":") for line in lines[1:])
        if colon
    )
    written = tuple(line.decode("utf-8", "backslashreplace") + "\r\n" for line in lines[1:] if b":" in line)
    words = first.split(" ", 2)
    whole = first + ("\r\n" if data[len(lines[0]) : len(lines[0]) + 2] == b"\r\n" else "")
    if first.startswith("HTTP/"):
        code = words[1] if len(words) > 1 else ""
        number = int(code) if code.isascii() and code.isdecimal() and len(code) <= 5 else -1
        phrase = words[2] if len(words) > 2 else None
        return Head(version=words[0], code=number, phrase=phrase, line=whole, fields=fields, lines=written)
    method, uri, version = (*words, "", "")[:3]
    return Head(method=method, uri=uri, version=version, line=whole, fields=fields, lines=written)


def _gate(packets: Packets) -> NDArray[np.bool_]:
    return packets.has("http")


def _each(name: str, kind: Kind, read: Callable[[Head], Iterable[Any]], title: str) -> Field:
    return each(name, kind, _gate, lambda packets, row: read(_head(packets, row)), title)


def _full(head: Head) -> list[str]:
    hosts = head.values("host")
    if not head.method:
        return []
    if head.uri.startswith("http"):
        return [head.uri]
    return [f"http://{hosts[0]}{head.uri}"] if hosts else []


def _parts(head: Head) -> list[str]:
    """Return path and query of a request that has both."""
    path, _, query = head.uri.partition("?") if head.method else ("", "", "")
    return [path, query] if query else []


def _lengths(head: Head) -> list[int]:
    return [
        int(value)
        for value in head.values("content-length")
        if value.isascii() and value.isdecimal() and len(value) < 19
    ]


def _basic(head: Head) -> Iterator[str]:
    """RFC 7617: user and password in base64."""
    for value in head.values("authorization"):
        scheme, _, word = value.partition(" ")
        if scheme.lower() == "basic":
            with suppress(ValueError):
                yield b64decode(word, validate=True).decode("utf-8", "backslashreplace")


def _body(packets: Packets, row: int) -> Iterator[str]:
    """Yield the content that is in the same packet as its head, as it was sent: not unpacked, not put together."""
    body = packets.payload(row).partition(b"\r\n\r\n")[2]
    if body:
        yield body.decode("utf-8", "backslashreplace")


_HEADERS: Final = (
    ("http.host", "host", "server's name"),
    ("http.user_agent", "user-agent", "client's program"),
    ("http.server", "server", "server's program"),
    ("http.content_type", "content-type", "kind of content"),
    ("http.content_length_header", "content-length", "bytes of content, as written"),
    ("http.content_encoding", "content-encoding", "compression"),
    ("http.transfer_encoding", "transfer-encoding", "form of transfer"),
    ("http.location", "location", "where it went"),
    ("http.referer", "referer", "where it came from"),
    ("http.cookie", "cookie", "cookie sent back"),
    ("http.set_cookie", "set-cookie", "cookie"),
    ("http.connection", "connection", "what becomes of the connection"),
    ("http.accept", "accept", "kinds that are welcome"),
    ("http.accept_language", "accept-language", "languages that are welcome"),
    ("http.accept_encoding", "accept-encoding", "compressions that are welcome"),
    ("http.authorization", "authorization", "credentials"),
    ("http.www_authenticate", "www-authenticate", "credentials that are asked for"),
    ("http.cache_control", "cache-control", "how long it may be kept"),
    ("http.date", "date", "server's time"),
    ("http.last_modified", "last-modified", "when it was changed"),
    ("http.x_forwarded_for", "x-forwarded-for", "client behind a proxy"),
    ("http.upgrade", "upgrade", "other protocol wanted"),
    ("http.proxy_authenticate", "proxy-authenticate", "credentials that a proxy asks for"),
    ("http.proxy_authorization", "proxy-authorization", "credentials for a proxy"),
    ("http.sec_websocket_key", "sec-websocket-key", "nonce of a WebSocket"),
    ("http.sec_websocket_accept", "sec-websocket-accept", "answer to the nonce"),
    ("http.sec_websocket_version", "sec-websocket-version", "version of WebSocket"),
    ("http.sec_websocket_protocol", "sec-websocket-protocol", "protocol inside a WebSocket"),
)


def _header_field(name: str, header: str, title: str) -> Field:
    return _each(name, Kind.TEXT, lambda head: head.values(header), title)


FIELDS: Final = (
    protocol("http", "http", "HTTP/1"),
    _each("http.request", Kind.BOOLEAN, lambda head: (1,) if head.method else (), "a request"),
    _each("http.request.method", Kind.TEXT, lambda head: (head.method,) if head.method else (), "method"),
    _each(
        "http.request.uri", Kind.TEXT, lambda head: (head.uri,) if head.method and head.uri else (), "what is asked for"
    ),
    _each("http.request.uri.path", Kind.TEXT, lambda head: _parts(head)[:1], "what is asked for before a ?"),
    _each("http.request.uri.query", Kind.TEXT, lambda head: _parts(head)[1:], "what is behind the ?"),
    _each(
        "http.request.uri.query.parameter",
        Kind.TEXT,
        lambda head: (part for query in _parts(head)[1:] for part in query.split("&")),
        "a parameter behind the ?",
    ),
    _each("http.request.full_uri", Kind.TEXT, _full, "what is asked for, with the server's name"),
    _each(
        "http.request.version",
        Kind.TEXT,
        lambda head: (head.version,) if head.method and head.version else (),
        "version",
    ),
    _each("http.request.line", Kind.TEXT, lambda head: head.lines if head.method else (), "a line of the head"),
    _each("http.response", Kind.BOOLEAN, lambda head: () if head.method else (1,), "an answer"),
    _each("http.response.code", Kind.NUMBER, lambda head: (head.code,) if head.code >= 0 else (), "status code"),
    _each(
        "http.response.phrase",
        Kind.TEXT,
        lambda head: () if head.phrase is None else (head.phrase,),
        "words of the status",
    ),
    _each(
        "http.response.version", Kind.TEXT, lambda head: () if head.method else (head.version,), "version of the answer"
    ),
    _each(
        "http.response.line", Kind.TEXT, lambda head: () if head.method else head.lines, "a line of the answer's head"
    ),
    _each(
        "http.cookie_pair",
        Kind.TEXT,
        lambda head: (pair.strip() for value in head.values("cookie") for pair in value.split(";") if pair.strip()),
        "one cookie sent back",
    ),
    _each("http.authbasic", Kind.TEXT, _basic, "name and password of basic authentication"),
    each("http.file_data", Kind.TEXT, _gate, _body, "content as far as it is in the packet"),
    _each("http.content_length", Kind.NUMBER, _lengths, "bytes of content"),
    *(_header_field(*named) for named in _HEADERS),
)
