"""First lines and header fields of protocols that speak in lines of text."""

from __future__ import annotations

import re

from netwatch.decode.info.fields import text

LINE_LIMIT = 160
"""Characters of a line that are shown."""
SEARCHED = 2048
"""Bytes that a header field is looked for in."""

_USER_INFORMATION = re.compile(rb"//[^/@?#\s]{1,256}@")
_SIP_PASSWORD = re.compile(rb"(sips?:[^:@\s]{1,64}:)[^@\s]{1,64}@")


def first_line(data: bytes) -> bytes:
    """Return `data` up to its first line feed, without the carriage return, at most LINE_LIMIT + 1 bytes."""
    end = data.find(b"\n", 0, LINE_LIMIT + 2)
    return data[: LINE_LIMIT + 1] if end < 0 else data[:end].rstrip(b"\r")


def shown(line: bytes) -> str:
    """Return a line as text; passwords in a URL (RFC 3986 section 3.2.1, RFC 3261 section 19.1.1) are masked."""
    if b"@" in line:
        line = _SIP_PASSWORD.sub(rb"\1****@", _USER_INFORMATION.sub(b"//****@", line))
    return text(line, LINE_LIMIT)


def is_text(line: bytes) -> bool:
    """Return True for a line of printable ASCII and tabs with at least one character."""
    return bool(line) and line.isascii() and line.decode("ascii").replace("\t", " ").isprintable()


def header_value(data: bytes, name: bytes) -> bytes:
    """Return the value of the header field called `name` (lower case) in the head of a message, or nothing."""
    head = data[:SEARCHED]
    at = head.lower().find(b"\n" + name + b":")
    if at < 0:
        return b""
    begin = at + len(name) + 2
    end = head.find(b"\n", begin)
    return head[begin : end if end >= 0 else None].strip()[:LINE_LIMIT]


def with_fields(data: bytes, line: str, fields: tuple[tuple[bytes, str], ...]) -> str:
    """Return `line` followed by ` label=value` for those header `fields` (name, label) that the message has."""
    for name, label in fields:
        value = header_value(data, name)
        if value:
            line += f" {label}={text(value)}"
    return line
