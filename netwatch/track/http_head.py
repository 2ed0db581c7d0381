"""Heads of HTTP/1 messages: where they end, start lines, header fields, and how their body is delimited (RFC 9112)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from netwatch.decode.info.http import METHODS
from netwatch.track.http_secrets import SECRET_FIELDS, masked_field

MOST_HEAD: Final = 65536
"""Bytes of a head; what is longer is no HTTP that a server would accept."""
MOST_FIELDS: Final = 256
LONGEST_METHOD: Final = 32
READ_FIELDS: Final = frozenset(
    {
        b"host", b"user-agent", b"referer", b"content-type", b"content-length", b"transfer-encoding", b"upgrade",
        b"authorization", b"proxy-authorization",
    }
)  # fmt: skip
"""Names in lower case."""
CHUNKED: Final = -2
"""A body length: the body comes in chunks (RFC 9112 section 7.1)."""
UNTIL_CLOSE: Final = -1
"""A body length: the body ends with the connection."""

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}")
_VERSION: Final = re.compile(rb"[0-9](?:\.[0-9])?")
_STATUS_LINE: Final = re.compile(rb"HTTP/([0-9](?:\.[0-9])?) +([0-9]{3})(?![0-9])")
_START: Final = re.compile(
    rb"HTTP/[0-9]\.[0-9] [0-9]{3}|[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32} +[^\r\n]{1,65000}? +HTTP/[0-9]\.[0-9]\r?(?:\n|$)"
)
_SPACED: Final = re.compile(rb"(?m)^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64})[ \t]+:")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_NO_CONTENT: Final = (204, 304)


class RequestLine(NamedTuple):
    """RFC 9112 section 3."""

    method: str
    target: bytes
    version: str
    """Such as `1.1`; empty for the simple request of HTTP/0.9."""


class Fields(NamedTuple):
    """The header fields of a message."""

    values: dict[bytes, bytes]
    """The first value of each of READ_FIELDS and SECRET_FIELDS; Transfer-Encoding and Content-Length joined."""
    head: bytes
    """Start line and field lines with secrets masked, at most MOST_FIELDS lines."""


def head_end(data: bytes, begin: int) -> int:
    """Return where the blank line behind a head ends, -1 when it is not there yet; no line before `begin` is blank."""
    end = data.find(b"\r\n\r\n", begin)
    first = data.find(b"\n\n", begin, end if end >= 0 else len(data))
    if first >= 0 or (end < 0 and data.find(b"\n\r\n", begin) >= 0):
        found = _BLANK_LINE.search(data, begin)
        return found.end() if found else -1
    return end + 4 if end >= 0 else -1


def starts_message(data: bytes) -> bool:
    """Return True when `data` begins with the whole start line of a message, of whatever method."""
    return _START.match(data) is not None or _known_method(data) is not None


def read_request_line(line: bytes, *, whole: bool = True) -> RequestLine | None:
    """Return what the first line of a request says; None when it is none. It may break off when it is not `whole`.

    A method that nobody registered is one only before a well-formed version.
    """
    method, _, rest = line.partition(b" ")
    target, separator, version = rest.rpartition(b" HTTP/")
    target = target.strip(b" ")
    found = _VERSION.match(version) if separator and target else None
    if found is not None and (method in METHODS or (len(found[0]) == len(version) and _TOKEN.fullmatch(method))):
        return RequestLine(method.decode("ascii"), target, found[0].decode("ascii"))
    if method in METHODS and rest and (not whole or (rest.isascii() and b" " not in rest)):
        return RequestLine(method.decode("ascii"), rest.split(b" ", 1)[0], "")
    return None


def read_status_line(line: bytes) -> int | None:
    """Return the status of a response; None when the line is not that of a response."""
    found = _STATUS_LINE.match(line)
    return int(found[2]) if found else None


def read_fields(head: bytes) -> Fields:
    """Return those fields of a head that are READ_FIELDS; folded lines belong to the field before."""
    if b" :" in head or b"\n " in head or b"\n\t" in head or b"\t:" in head:
        # RFC 9112 sections 5.1 and 5.2: no space before the colon, no folded lines; some servers take them
        head = _SPACED.sub(rb"\1:", _FOLD.sub(b" ", head))
    lines = head.split(b"\r\n" if b"\r\n" in head else b"\n")
    del lines[MOST_FIELDS:]
    values: dict[bytes, bytes] = {}
    secret = len(lines) == MOST_FIELDS
    for at, line in enumerate(lines):
        label, _, value = line.partition(b":")
        name = label.lower()
        if name not in _INTERESTING:
            continue
        if name in SECRET_FIELDS:
            lines[at], secret = masked_field(name, line), True
        if name not in values:
            values[name] = value.strip()
        elif name in _LISTS:
            values[name] += b"," + value.strip()
    return Fields(values, b"\r\n".join(lines) if secret else head)


def request_body(values: dict[bytes, bytes]) -> int:
    """Return the length of a request's body, or CHUNKED (RFC 9112 section 6.3)."""
    coding = values.get(b"transfer-encoding")
    if coding is not None and coding.lower().endswith(b"chunked"):
        return CHUNKED
    length = values.get(b"content-length")
    return max(_length(length), 0) if length is not None else 0


def response_body(values: dict[bytes, bytes], status: int, method: str) -> int:
    """Return the length of the body of the response to `method` (empty when unknown), or CHUNKED or UNTIL_CLOSE."""
    if method == "HEAD" or status < 200 or status in _NO_CONTENT:
        return 0
    coding = values.get(b"transfer-encoding")
    if coding is not None and coding.lower() != b"identity":
        return CHUNKED if coding.lower().endswith(b"chunked") else UNTIL_CLOSE
    length = values.get(b"content-length")
    return _length(length) if length is not None else UNTIL_CLOSE


_INTERESTING: Final = READ_FIELDS | SECRET_FIELDS
_LISTS: Final = frozenset({b"transfer-encoding", b"content-length"})


def _length(value: bytes) -> int:
    """Return a Content-Length, -1 for an invalid one; equal values may be repeated (RFC 9110 section 8.6)."""
    first = value.split(b",", 1)[0].strip()
    if not first.isdigit() or len(first) > 18:
        return -1
    if first != value and any(each.strip() != first for each in value.split(b",")):
        return -1
    return int(first)


def _known_method(data: bytes) -> bytes | None:
    method, space, _ = data[: LONGEST_METHOD + 1].partition(b" ")
    return method if space and method in METHODS else None
