"""Which field somebody may have meant who wrote one that there is not."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 80
"""Characters that are compared."""
ALIKE: Final = 0.6
"""Share of the characters that two names have in common, as difflib counts it."""
LAST_WORD: Final = 0.9
"""What being alike in the last word alone is worth, in comparison with the whole name."""
OTHER_WORDS: Final = {
    "address": "addr",
    "client": "src",
    "destination": "dst",
    "dport": "dstport",
    "level": "severity",
    "query": "qry.name",
    "server": "dst",
    "size": "len",
    "sni": "extensions_server_name",
    "source": "src",
    "sport": "srcport",
    "status": "response.code",
    "timestamp": "time_epoch",
    "url": "request.full_uri",
}
"""What others call it, and what Wireshark does."""


def nearest(name: str, fields: Iterable[str]) -> str:
    """Return the one of `fields` that is most like `name`, empty when none is.

    One of the same protocol, when there are any: `dns.type` is like `dns.qry.type`, not like `arp.type`.
    """
    fields = list(fields)
    name = name.lower()[:LONGEST]
    family, dot, rest = name.partition(".")
    rest = OTHER_WORDS.get(rest, rest)
    relatives = [field for field in fields if field.startswith(family + ".")] if dot and rest else []
    if not relatives:
        found = get_close_matches(name, fields, 1, ALIKE)
        return found[0] if found else ""
    score, best = max(((_alike(rest, field.partition(".")[2]), field) for field in relatives), key=lambda pair: pair[0])
    return best if score >= ALIKE else ""


def _alike(wanted: str, rest: str) -> float:
    last = rest.rpartition(".")[2]
    if wanted in rest.split(".") or last.startswith(wanted):
        return LAST_WORD
    return max(_ratio(wanted, rest), LAST_WORD * _ratio(wanted.rpartition(".")[2], last))


def _ratio(one: str, two: str) -> float:
    return SequenceMatcher(None, one, two).ratio()
