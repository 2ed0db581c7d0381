"""Which columns of the user's own hold what packets carry, so that nothing of it is shown where names are replaced."""

from __future__ import annotations

from typing import Final

from netwatch.filter.fields import field
from netwatch.filter.values import Kind

LEFT_OUT: Final = "(left out)"
_BYTES: Final = frozenset({Kind.BYTES, Kind.PROTOCOL})
WORDS: Final = frozenset(
    (
        "ftp.request.arg", "ftp.response.arg", "smtp.req.parameter", "smtp.rsp.parameter", "pop.request",
        "pop.request.parameter", "pop.response", "pop.response.description", "imap.request", "imap.response",
        "http.file_data", "http.authbasic", "http.authorization", "http.proxy_authorization", "http.cookie",
        "http.cookie_pair", "http.set_cookie", "http.request.line", "http.response.line", "dns.txt",
    )
)  # fmt: skip
"""Fields whose texts are contents, or where somebody says who he is."""


def without_contents(cells: tuple[str, ...], fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the cells of a packet, of `fields`, with those left out that hold bytes or words that it carries."""
    return tuple(LEFT_OUT if text and _is_content(name) else text for text, name in zip(cells, fields, strict=False))


def _is_content(name: str) -> bool:
    found = field(name)
    return found is not None and (found.kind in _BYTES or found.name in WORDS)
