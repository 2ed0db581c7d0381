"""Fills the HTTP buffers of the rule language from a request and its response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from netwatch.detect.rules.buffers import PAYLOAD

if TYPE_CHECKING:
    from netwatch.track.http_transaction import HttpRequest, HttpTransaction

MOST_FIELDS: Final = 64
_FIELDS: Final = {
    b"content-type": "http.content_type", b"content-length": "http.content_len", b"referer": "http.referer",
    b"accept": "http.accept", b"accept-language": "http.accept_lang", b"accept-encoding": "http.accept_enc",
    b"connection": "http.connection", b"user-agent": "http.user_agent",
}  # fmt: skip
_SLASHES: Final = re.compile(rb"/{2,}")


def request_text(request: HttpRequest) -> tuple[str | bytes, ...]:
    """Return all that request_buffers() depends on."""
    return request.method, request.uri, request.version, request.host, request.head, request.body


def request_buffers(request: HttpRequest) -> dict[str, bytes]:
    """Return what rules may look into once a request is there; values that are secrets are masked in it."""
    line, _, rest = request.head.partition(b"\n")
    line = line.rstrip(b"\r")
    lines = [each.rstrip(b"\r") for each in rest.split(b"\n") if each.strip()][:MOST_FIELDS]
    fields: dict[bytes, bytes] = {}
    names: list[bytes] = []
    for each in lines:
        name, colon, value = each.partition(b":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
            names.append(name.strip())
    host = fields.get(b"host", b"") or request.host.encode("utf-8", "replace")
    header = b"".join(each + b"\r\n" for each in lines) + b"\r\n"
    buffers = {
        "http.method": request.method.encode("latin-1", "replace"),
        "http.uri": normalised(request.uri),
        "http.uri.raw": request.uri,
        "http.host": host.rpartition(b":")[0].lower() if re.search(rb":\d{1,5}$", host) else host.lower(),
        "http.host.raw": host,
        "http.header": header,
        "http.header.raw": header,
        "http.header_names": b"\r\n" + b"".join(name + b"\r\n" for name in names) + b"\r\n",
        "http.protocol": b"HTTP/" + request.version.encode("latin-1", "replace"),
        "http.request_line": line,
        "http.start": line + b"\r\n" + header,
        "http.request_body": request.body,
        PAYLOAD: request.head + b"\r\n" + request.body,
    }
    buffers |= {buffer: fields[name] for name, buffer in _FIELDS.items() if name in fields}
    return buffers


def response_buffers(transaction: HttpTransaction) -> dict[str, bytes]:
    """Return what rules may look into once a response is there, its request included."""
    buffers = {} if transaction.request is None else request_buffers(transaction.request)
    buffers.pop(PAYLOAD, None)
    return buffers | {
        "http.stat_code": str(transaction.status).encode(),
        "http.response_body": transaction.body,
        "file.data": transaction.body,
    }


def normalised(uri: bytes) -> bytes:
    """Return a request target as a server reads it: percent signs decoded, `//`, `/./` and `/../` resolved."""
    path, question, query = uri.partition(b"?")
    path = _SLASHES.sub(b"/", unquote_to_bytes(path))
    if b"/." in path:
        parts: list[bytes] = []
        for part in path.split(b"/"):
            if part == b"..":
                if len(parts) > 1:
                    parts.pop()
            elif part != b".":
                parts.append(part)
        path = b"/".join(parts) or b"/"
    return path + question + unquote_to_bytes(query)
