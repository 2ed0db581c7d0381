"""Values of a field in the packets of a batch: none, one or several a packet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Kind(Enum):
    """What values of a field are, and so how they are written and compared; `value` says it to people."""

    NUMBER = "a number"
    BOOLEAN = "True or False"
    IPV4 = "an IPv4 address or prefix"
    IPV6 = "an IPv6 address or prefix"
    ETHER = "a MAC address"
    TEXT = "a text"
    BYTES = "bytes such as 00:1a:ff"
    PROTOCOL = "a protocol"
    DURATION = "seconds"
    TIME = "a time such as 2026-01-31 12:00:00"
    NONE = "nothing but there or not"


NUMERIC = frozenset({Kind.NUMBER, Kind.BOOLEAN, Kind.IPV4, Kind.ETHER, Kind.DURATION, Kind.TIME})
"""Kinds whose values are numbers: addresses as such, times in nanoseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """k values; `rows` says in which packet of the batch each is and need not be sorted."""

    rows: NDArray[np.intp]
    """Shape (k,)."""
    data: Any
    """NUMERIC: int64 of shape (k,); IPV6: uint64 of shape (k, 2), high half first; TEXT: a list of str;
    BYTES and PROTOCOL: a list of bytes; NONE: the rows."""

    def __len__(self) -> int:
        return len(self.rows)

    def chosen(self, index: NDArray[np.intp]) -> Values:
        """Return the values at `index`, which may name one several times."""
        if isinstance(self.data, list):
            return Values(self.rows[index], [self.data[at] for at in index.tolist()])
        return Values(self.rows[index], self.data[index])


def nothing(kind: Kind) -> Values:
    """Return no values of a kind."""
    rows = np.zeros(0, np.intp)
    if kind in NUMERIC:
        return Values(rows, np.zeros(0, np.int64))
    return Values(rows, np.zeros((0, 2), np.uint64) if kind is Kind.IPV6 else [])


def joined(parts: list[Values], kind: Kind) -> Values:
    """Return the values of all `parts`, which are of one kind."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return nothing(kind)
    rows = np.concatenate([part.rows for part in parts])
    if isinstance(parts[0].data, list):
        return Values(rows, [value for part in parts for value in part.data])
    return Values(rows, np.concatenate([part.data for part in parts]))


def paired(left: Values, right: Values) -> tuple[Values, Values]:
    """Return every value of `left` beside every value of `right` of the same packet."""
    order = np.argsort(right.rows, kind="stable")
    ordered = right.rows[order]
    first = np.searchsorted(ordered, left.rows, side="left")
    count = np.searchsorted(ordered, left.rows, side="right") - first
    mine = np.repeat(np.arange(len(left)), count)
    place = np.arange(len(mine)) - np.repeat(np.cumsum(count) - count, count)
    return left.chosen(mine), right.chosen(order[first[mine] + place])
