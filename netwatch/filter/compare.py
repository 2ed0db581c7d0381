"""One value beside another: what holds for each of many values of a kind."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.filter.constants import Constant
    from netwatch.filter.patterns import Pattern

ORDERINGS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq, "===": operator.eq, "!=": operator.ne, "!==": operator.ne, ">": operator.gt,
    ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
EVERY: Final = frozenset({"!=", "==="})
"""Comparisons that must hold for all values of a field in a packet, by Wireshark 4; the others for one of them."""
_SWAPPED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def swapped(comparison: str) -> str:
    """Return the comparison that says the same with left and right exchanged."""
    return _SWAPPED.get(comparison, comparison)


def compare(kind: Kind, comparison: str, data: Any, wanted: Constant) -> NDArray[np.bool_]:
    """Return for each value whether `comparison` with a constant holds."""
    compared = ORDERINGS[comparison]
    if kind is Kind.IPV4:
        mask = wanted.mask & 0xFFFF_FFFF
        result: NDArray[np.bool_] = compared(data & mask, wanted.number & mask)
        return result
    if kind is Kind.IPV6:
        high, low = (np.uint64(part) for part in wanted.mask_halves)
        number = [np.uint64(part & mask) for part, mask in zip(wanted.halves, wanted.mask_halves, strict=True)]
        return _ordered(compared, data[:, 0] & high, data[:, 1] & low, number[0], number[1])
    if kind is Kind.TEXT:
        return _each(data, lambda value: compared(value, wanted.text))
    if kind in (Kind.BYTES, Kind.PROTOCOL):
        return _each(data, lambda value: compared(value, wanted.data))
    numbers: NDArray[np.bool_] = compared(data, wanted.number)
    return numbers


def compare_pairs(kind: Kind, comparison: str, left: Any, right: Any) -> NDArray[np.bool_]:
    """Return for each pair of values whether `comparison` holds."""
    compared = ORDERINGS[comparison]
    if kind is Kind.IPV6:
        return _ordered(compared, left[:, 0], left[:, 1], right[:, 0], right[:, 1])
    if isinstance(left, list):
        return np.fromiter((compared(*pair) for pair in zip(left, right, strict=True)), np.bool_, len(left))
    numbers: NDArray[np.bool_] = compared(left, right)
    return numbers


def contains(kind: Kind, data: Any, wanted: Constant) -> NDArray[np.bool_]:
    """Return for each value whether the constant is in it."""
    if kind is Kind.TEXT:
        return _each(data, lambda value: wanted.text in value)
    return _each(as_bytes(kind, data), lambda value: wanted.data in value)


def matches(kind: Kind, data: Any, pattern: Pattern) -> NDArray[np.bool_]:
    """Return for each value whether `pattern` is found in it; for texts it is one of texts, else one of bytes."""
    return _each(data if kind is Kind.TEXT else as_bytes(kind, data), pattern.search)


def as_bytes(kind: Kind, data: Any) -> list[bytes]:
    """Return values as the bytes that slices, `contains` and `matches` look at."""
    if kind is Kind.TEXT:
        return [value.encode("utf-8", "surrogateescape") for value in data]
    if kind in (Kind.BYTES, Kind.PROTOCOL):
        result: list[bytes] = data
        return result
    if kind is Kind.IPV6:
        return [((high << 64) | low).to_bytes(16, "big") for high, low in data.tolist()]
    size = {Kind.ETHER: 6, Kind.IPV4: 4}[kind]
    return [value.to_bytes(size, "big") for value in data.tolist()]


def _ordered(
    compared: Callable[[Any, Any], Any], high: Any, low: Any, other_high: Any, other_low: Any
) -> NDArray[np.bool_]:
    """Compare 128 bit numbers: by the low half where the high halves are equal."""
    same = high == other_high
    if compared is operator.eq:
        result: NDArray[np.bool_] = same & (low == other_low)
    elif compared is operator.ne:
        result = ~(same & (low == other_low))
    else:
        result = np.where(same, compared(low, other_low), compared(high, other_high))
    return result


def _each(data: Any, holds: Callable[[Any], bool]) -> NDArray[np.bool_]:
    return np.fromiter(map(holds, data), np.bool_, len(data))
