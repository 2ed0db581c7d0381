"""Finds requests whose length or host two servers may read differently: request smuggling (RFC 9112 section 11.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.detect.web.attacks import Attack, Finding
from netwatch.detect.web.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

CODINGS: Final = frozenset({"chunked", "gzip", "x-gzip", "deflate", "compress", "x-compress", "identity", "trailers"})
"""Transfer codings that there are (RFC 9112 section 7)."""
LONGEST: Final = 200
_FIELDS: Final = re.compile(rb"(?im)^(content-length|transfer-encoding|host)([ \t]*):([^\r\n]{0,1000})")


def framing_signs(head: bytes) -> Iterator[Finding]:
    """Yield what is ambiguous in the head of a request; servers have to refuse each (sections 3.2, 5.1, 6.1, 6.3)."""
    found: dict[str, list[str]] = {"content-length": [], "transfer-encoding": [], "host": []}
    spaced = False
    for name, space, value in _FIELDS.findall(head):
        lower = name.decode("ascii").lower()
        found[lower] += [part.strip(" \t").lower() for part in value.decode("latin-1").split(",")]
        spaced = spaced or (bool(space) and lower != "host")
    lengths, codings, hosts = found.values()
    if len(set(lengths)) > 1:
        yield _sign("different lengths", "content-length", lengths)
    if lengths and codings:
        yield _sign("a length and a transfer coding", "transfer-encoding", codings)
    elif not CODINGS.issuperset(codings) or (codings and spaced):
        yield _sign("a transfer coding that not every server reads", "transfer-encoding", codings)
    elif spaced:
        yield _sign("a length that not every server reads", "content-length", lengths)
    if len(set(hosts)) > 1:
        yield _sign("different hosts", "host", hosts)


def _sign(token: str, name: str, values: list[str]) -> Finding:
    return Finding(Attack.SMUGGLING, strong=True, token=token, value=Value(name, "", ", ".join(values)[:LONGEST]))
