"""The quick filter of DNS tables: words that are a state, a type, a response code, a protocol, an address or a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.dns_message import RESPONSE
from netwatch.decode.info.dns import RESPONSE_CODES
from netwatch.decode.info.dns_record import TYPES
from netwatch.track.dns_packets import KIND_NAMES, DnsKind
from netwatch.track.dns_storage import DnsMark
from netwatch.track.dns_write import marked
from netwatch.track.flow_find import MOST_WORDS, address_prefix

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.dns_storage import DnsTransactions

OVERDUE_NS: Final = 5_000_000_000
"""Packet time after which a query counts as unanswered: what stub resolvers wait (RFC 1536 section 1)."""
_TRUNCATED: Final = 0x0200
_MASK_64: Final = (1 << 64) - 1
_MASK_128: Final = (1 << 128) - 1
_TYPES: Final = {name.lower(): number for number, name in TYPES.items()}
_CODES: Final = {name.lower(): number for number, name in enumerate(RESPONSE_CODES)}
_KINDS: Final = {name.lower(): number for number, name in enumerate(KIND_NAMES) if name}


@dataclass(frozen=True, slots=True)
class DnsStates:
    """In which state transactions are at a moment; columns have shape (n,), one for each of `rows`."""

    held: DnsTransactions
    rows: NDArray[np.intp]
    now_ns: int

    @property
    def answered(self) -> NDArray[np.bool_]:
        """A query and a response were seen."""
        found: NDArray[np.bool_] = self.responded & ~self.unsolicited
        return found

    @property
    def responded(self) -> NDArray[np.bool_]:
        """A response was seen."""
        found: NDArray[np.bool_] = self.held.response_flags[self.rows] & RESPONSE != 0
        return found

    @property
    def unsolicited(self) -> NDArray[np.bool_]:
        """No query was seen."""
        return marked(self.held, self.rows, DnsMark.UNSOLICITED)

    @property
    def asked(self) -> NDArray[np.bool_]:
        """Multicast queries without a response."""
        multicast: NDArray[np.bool_] = self.held.kind[self.rows] == DnsKind.MDNS
        return multicast & ~self.responded

    @property
    def unanswered(self) -> NDArray[np.bool_]:
        """Without a response for OVERDUE_NS or longer."""
        overdue: NDArray[np.bool_] = self.now_ns - self.held.time_ns[self.rows] >= OVERDUE_NS
        overdue &= ~self.responded & ~self.asked
        return overdue

    @property
    def waiting(self) -> NDArray[np.bool_]:
        """Without a response yet."""
        return ~self.responded & ~self.asked & ~self.unanswered


def find_transactions(held: DnsTransactions, text: str, now_ns: int) -> NDArray[np.intp]:
    """Return the rows that match every word of `text`; a word that means nothing else is a part of a name."""
    rows = held.rows()
    for word in text.lower().split()[:MOST_WORDS]:
        rows = rows[_matches(held, rows, word, now_ns)]
    return rows


def _matches(held: DnsTransactions, rows: NDArray[np.intp], word: str, now_ns: int) -> NDArray[np.bool_]:
    states = DnsStates(held, rows, now_ns)
    by_word: dict[str, Callable[[], NDArray[np.bool_]]] = {
        "answered": lambda: states.answered,
        "unanswered": lambda: states.unanswered,
        "waiting": lambda: states.waiting,
        "unsolicited": lambda: states.unsolicited,
        "retried": lambda: held.retries[rows] > 0,
        "truncated": lambda: held.response_flags[rows] & _TRUNCATED != 0,
        "new": lambda: marked(held, rows, DnsMark.NEW_NAME),
        "udp": lambda: ~held.tcp[rows],
        "tcp": lambda: held.tcp[rows],
    }
    found: NDArray[np.bool_]
    if word in by_word:
        found = by_word[word]()
    elif word in _TYPES:
        found = held.type[rows] == _TYPES[word]
    elif word in _CODES:
        found = states.responded & (held.response_flags[rows] & 15 == _CODES[word])
    elif word in _KINDS:
        found = held.kind[rows] == _KINDS[word]
    elif (prefix := address_prefix(word)) is not None:
        found = within((held.client_high[rows], held.client_low[rows]), *prefix)
        found |= within((held.server_high[rows], held.server_low[rows]), *prefix)
    else:
        names = held.names
        found = np.array([word in names[row].lower() for row in rows.tolist()], np.bool_)
    return found


def within(addresses: tuple[NDArray[np.uint64], NDArray[np.uint64]], prefix: int, bits: int) -> NDArray[np.bool_]:
    """Return which addresses begin with the first `bits` of `prefix`, both of 128 bits."""
    mask = _MASK_128 ^ _MASK_128 >> bits
    high_mask, low_mask = np.uint64(mask >> 64), np.uint64(mask & _MASK_64)
    high, low = np.uint64(prefix >> 64) & high_mask, np.uint64(prefix & _MASK_64) & low_mask
    found: NDArray[np.bool_] = (addresses[0] & high_mask == high) & (addresses[1] & low_mask == low)
    return found
