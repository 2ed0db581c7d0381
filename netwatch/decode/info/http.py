"""HTTP: the request or status line of version 1 (RFC 9112) and the preface of version 2 (RFC 9113)."""

from __future__ import annotations

import re

from netwatch.decode.info.lines import SEARCHED, first_line, header_value, is_text, shown, with_fields
from netwatch.decode.info.reading import Context, Reading
from netwatch.decode.info.url_secrets import masked

METHODS = frozenset(
    {
        b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH", b"PROPFIND",
        b"PROPPATCH", b"MKCOL", b"COPY", b"MOVE", b"LOCK", b"UNLOCK", b"REPORT", b"SEARCH", b"SUBSCRIBE",
        b"UNSUBSCRIBE", b"NOTIFY", b"M-SEARCH", b"RPC_IN_DATA", b"RPC_OUT_DATA", b"PURGE", b"MERGE", b"LABEL",
        b"CHECKOUT", b"VERSION-CONTROL", b"MKACTIVITY", b"BITS_POST", b"CCM_POST", b"LINK", b"UNLINK", b"ACL", b"BIND",
        b"UNBIND", b"REBIND", b"BASELINE-CONTROL", b"MKCALENDAR", b"MKWORKSPACE", b"MKREDIRECTREF", b"ORDERPATCH",
        b"UNCHECKOUT", b"UPDATE", b"UPDATEREDIRECTREF", b"POLL", b"BCOPY", b"BDELETE", b"BMOVE", b"BPROPFIND",
        b"BPROPPATCH", b"X-MS-ENUMATTS", b"QUERY", b"TRACK", b"DEBUG",
    }
)  # fmt: skip
FIRST_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""What a message of version 1 begins with: the method of a request or the version of a response."""

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""RFC 9113 section 3.4."""
_LONGEST_METHOD = 24
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,24}")


def read_http(data: bytes, _context: Context) -> Reading | None:
    """Read the head of an HTTP/1 message. Credentials are not shown: no Authorization, no password of a URL."""
    if data.startswith(b"HTTP/1."):
        return Reading("HTTP", shown(first_line(data)) + _body(data), "http")
    method, space, _ = data[: _LONGEST_METHOD + 1].partition(b" ")
    if not space or (method not in METHODS and _TOKEN.fullmatch(method) is None):
        return None
    line, ended, _ = data[:SEARCHED].partition(b"\n")
    # a target may be longer than one segment; a line that ended must name the version, as one of any other method must
    if (b" HTTP/1." not in line) if ended or method not in METHODS else not is_text(line):
        return None
    return Reading("HTTP", with_fields(data, shown(masked(first_line(data))), ((b"host", "host"),)), "http")


def read_http2(data: bytes, _context: Context) -> Reading | None:
    """Read the preface that a client opens HTTP/2 with."""
    return Reading("HTTP2", "connection preface", "http") if data.startswith(_PREFACE[:16]) else None


def _body(data: bytes) -> str:
    kind, length = header_value(data, b"content-type"), header_value(data, b"content-length")
    parts = ([shown(kind.split(b";")[0])] if kind else []) + ([f"{shown(length)} bytes"] if length.isdigit() else [])
    return f" ({' '.join(parts)})" if parts else ""
