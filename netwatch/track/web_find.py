"""The quick filter of web transactions: words that are a kind, an outcome, a status, an address or part of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.dns_find import within
from netwatch.track.flow_find import MOST_WORDS, address_prefix
from netwatch.track.web_storage import ANSWERED, WAITING
from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.web_storage import WebTransactions

_KINDS: Final = {kind.name.lower(): kind for kind in WebKind}
_CLASSES: Final = {f"{digit}xx": digit for digit in range(1, 6)}
_LONGEST_NUMBER: Final = 5


def find_web(held: WebTransactions, text: str) -> NDArray[np.intp]:
    """Return the rows that match every word of `text`; numbers are a status or a port."""
    rows = held.rows()
    for word in text.lower().split()[:MOST_WORDS]:
        rows = rows[_matches(held, rows, word)]
    return rows


def _matches(held: WebTransactions, rows: NDArray[np.intp], word: str) -> NDArray[np.bool_]:
    found: NDArray[np.bool_]
    if word in _KINDS:
        found = held.kind[rows] == _KINDS[word]
    elif word in _CLASSES:
        found = held.status[rows] // 100 == _CLASSES[word]
    elif word == "failed":
        found = held.failed[rows]
    elif word == "answered":
        found = np.array([held.outcomes[row] == ANSWERED for row in rows.tolist()], np.bool_)
    elif word == "waiting":
        found = np.array([held.outcomes[row] == WAITING for row in rows.tolist()], np.bool_)
    elif word.isascii() and word.isdecimal() and len(word) <= _LONGEST_NUMBER:
        number = int(word)
        found = (held.status[rows] == number) | (held.client_port[rows] == number) | (held.server_port[rows] == number)
    elif (prefix := address_prefix(word)) is not None:
        found = within((held.client_high[rows], held.client_low[rows]), *prefix)
        found |= within((held.server_high[rows], held.server_low[rows]), *prefix)
    else:
        found = np.array([_has_text(held, row, word) for row in rows.tolist()], np.bool_)
    return found


def _has_text(held: WebTransactions, row: int, word: str) -> bool:
    for told in (held.requests[row], held.responses[row]):
        for value in told or ():
            if isinstance(value, str):
                if word in value.lower():
                    return True
            elif isinstance(value, tuple) and any(isinstance(each, str) and word in each.lower() for each in value):
                return True
    return word in held.outcomes[row]
