"""HTTP/1 messages of a reassembled stream, their bodies put together and decompressed."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.plural import counted
from netwatch.tables.stream import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.tables.stream import Side

MOST_BODY: Final = 4 << 20
"""Bytes of one decoded body."""
MOST_HEAD: Final = 1 << 16
MOST_MESSAGES: Final = 2000
PROBE: Final = 1
"""Bytes of a keep-alive (RFC 9293 section 3.8.4), which a connection may begin with that was met in the middle."""
PIECE: Final = 64
"""Compressed bytes that are given at once to a decoder that cannot bound its output."""
_START: Final = re.compile(rb"(?:[A-Z]{3,12} \S+ HTTP/1\.[01]|HTTP/1\.[01] (\d{3}))")
_FIELD: Final = re.compile(rb"^([!#-'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*\r?$", re.MULTILINE)
_CHUNK: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[^\n]{0,4096}\n")


class _Message(NamedTuple):
    head: bytes
    body: bytes
    begin: int
    end: int


def http_chunks(chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """Return the messages of a conversation in the order in which they began; empty when it is not HTTP.

    What a side said before its first message is shown as such: the rest of one that began before the capture did.
    """
    first = next((chunk.data for chunk in chunks if chunk.data), b"")
    if not (_START.match(first) or _START.match(first, PROBE)):
        return ()
    asked: list[bytes] = []
    found: list[tuple[int, int, Chunk]] = []
    for side in (0, 1):
        own = [chunk for chunk in chunks if chunk.side == side]
        data = b"".join(chunk.data for chunk in own)
        begin = _first_message(own)
        if begin:
            note = f"what began before, {counted(begin, 'bytes')}"
            rest = Chunk(0 if side == 0 else 1, data[:begin], own[0].packet, note=note)
            found.append((own[0].packet, len(found), rest))
        messages = list(_messages(data, begin, list(asked)))
        asked = [_method(message.head) for message in messages]
        for message in messages:
            place = _place(own, message.begin)
            found += [(place, len(found), chunk) for chunk in _shown(0 if side == 0 else 1, message, place)]
    return tuple(chunk for _, _, chunk in sorted(found, key=lambda one: one[:2]))


def decoded(body: bytes, encoding: str) -> tuple[bytes, str]:
    """Return a body without its content codings (RFC 9110 section 8.4.1), and words on what was done.

    What cannot be decoded stays as it is.
    """
    words: list[str] = []
    for name in reversed([word.strip().lower() for word in encoding.split(",") if word.strip()][:4]):
        if name == "identity":
            continue
        try:
            plain = _DECODERS[name](body)
        except KeyError:
            return body, ", ".join([*words, f"{name[:20]} is not understood"])
        except ImportError:
            return body, ", ".join([*words, f"{name} needs the package brotli"])
        except Exception:  # noqa: BLE001 - every decoder has errors of its own, and bytes are a stranger's
            return body, ", ".join([*words, f"broken {name}"])
        words.append(f"{name}, {len(body):,} bytes" + (", cut off here" if len(plain) >= MOST_BODY else ""))
        body = plain
    return body, ", ".join(words)


def _first_message(chunks: list[Chunk]) -> int:
    """Return where in the bytes of one side the first message begins, which is where a chunk does; all if none does."""
    at = 0
    for chunk in chunks:
        for skipped in (0,) if at else (0, PROBE):
            if _START.match(chunk.data, skipped):
                return at + skipped
        at += len(chunk.data)
    return at


def _messages(data: bytes, at: int, asked: list[bytes]) -> Iterator[_Message]:
    """Yield the messages of one side from `at` on; `asked` are the methods that responses answer, none for requests."""
    for _ in range(MOST_MESSAGES):
        start = _START.match(data, at)
        if start is None:
            return
        end = _blank_line(data, at)
        head = data[at:end]
        status = int(start.group(1) or 0)
        fields = {name.lower(): value for name, value in _FIELD.findall(head)}
        method = asked.pop(0) if asked and status >= 200 else b""
        body, after = _body(data, end, fields, status, method)
        yield _Message(head, body, at, after)
        at = after


def _body(data: bytes, at: int, fields: dict[bytes, bytes], status: int, method: bytes) -> tuple[bytes, int]:
    """Return the body that begins at `at`, its transfer coding undone, and where it ends (RFC 9112 section 6.3)."""
    if method == b"HEAD" or 100 <= status < 200 or status in (204, 304):
        return b"", at
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        return _chunked(data, at)
    length = fields.get(b"content-length", b"")
    rest = len(data) if status else at
    end = min(at + int(length), len(data)) if length.isdigit() and len(length) < 16 else rest
    return data[at:end], end


def _chunked(data: bytes, at: int) -> tuple[bytes, int]:
    parts: list[bytes] = []
    while (line := _CHUNK.match(data, at)) is not None:
        size = int(line.group(1), 16)
        at = line.end()
        if not size:
            end = _blank_line(data, at - 2 if data[at - 2 : at - 1] == b"\r" else at - 1)
            return b"".join(parts), end
        parts.append(data[at : at + size])
        at = min(at + size + 2, len(data))
    return b"".join(parts), len(data)


def _blank_line(data: bytes, at: int) -> int:
    """Return where the first blank line from `at` on ends."""
    ends = [found + len(line) for line in (b"\r\n\r\n", b"\n\n") if (found := data.find(line, at, at + MOST_HEAD)) >= 0]
    return min(ends, default=min(at + MOST_HEAD, len(data)))


def _shown(side: Side, message: _Message, packet: int) -> Iterator[Chunk]:
    yield Chunk(side, message.head, packet)
    if message.body:
        fields = {name.lower(): value for name, value in _FIELD.findall(message.head)}
        body, note = decoded(message.body, fields.get(b"content-encoding", b"").decode("latin-1"))
        yield Chunk(side, body, packet, note=f"body, {len(body):,} bytes" + (f" from {note}" if note else ""))


def _place(chunks: list[Chunk], begin: int) -> int:
    """Return the number of the packet that byte `begin` of one side's bytes came with, or of one before it."""
    at = 0
    for chunk in chunks:
        at += len(chunk.data)
        if begin < at:
            return chunk.packet
    return 0


def _method(head: bytes) -> bytes:
    return head.split(b" ", 1)[0]


def _gzip(body: bytes) -> bytes:
    return zlib.decompressobj(47).decompress(body, MOST_BODY)


def _deflate(body: bytes) -> bytes:
    """RFC 9110 says zlib; some senders leave out its header."""
    try:
        return zlib.decompressobj().decompress(body, MOST_BODY)
    except zlib.error:
        return zlib.decompressobj(-15).decompress(body, MOST_BODY)


def _brotli(body: bytes) -> bytes:
    import brotli

    decoder, parts, room = brotli.Decompressor(), [], MOST_BODY
    for at in range(0, len(body), PIECE):
        part = decoder.process(body[at : at + PIECE])[:room]
        parts.append(part)
        room -= len(part)
        if room <= 0:
            break
    return b"".join(parts)


def _zstd(body: bytes) -> bytes:
    import zstandard

    with zstandard.ZstdDecompressor(max_window_size=8 << 20).stream_reader(body) as reader:
        return bytes(reader.read(MOST_BODY))


_DECODERS: Final = {
    "gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd,
}  # fmt: skip
