"""The functions of display filters: what each makes of the values of one field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.filter.compare import as_bytes
from netwatch.filter.operand import CALCULATED, SLICED, Operand, check_kind, mapped
from netwatch.filter.values import Kind, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from netwatch.filter.field import Reader
    from netwatch.filter.packets import Packets
    from netwatch.filter.syntax import Entity


def _length(inner: Operand, argument: Entity) -> Operand:
    check_kind(inner, SLICED, argument, "a text or bytes")
    return Operand(Kind.NUMBER, _mapped_each(inner, len, np.int64), 1, inner.needs)


def _case(change: Callable[[str], str]) -> Callable[[Operand, Entity], Operand]:
    def made(inner: Operand, argument: Entity) -> Operand:
        check_kind(inner, frozenset({Kind.TEXT}), argument, "a text")

        def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
            values = inner.read(packets, wanted)
            return Values(values.rows, [change(value) for value in values.data])

        return Operand(Kind.TEXT, read, 1, inner.needs)

    return made


def _count(inner: Operand, _argument: Entity) -> Operand:
    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        rows, count = np.unique(inner.read(packets, wanted).rows, return_counts=True)
        return Values(rows, count.astype(np.int64))

    return Operand(Kind.NUMBER, read, inner.cost, inner.needs)


def _string(inner: Operand, argument: Entity) -> Operand:
    check_kind(inner, frozenset({Kind.NUMBER, Kind.BOOLEAN}), argument, "a number")

    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        values = inner.read(packets, wanted)
        return Values(values.rows, [str(value) for value in values.data.tolist()])

    return Operand(Kind.TEXT, read, 1, inner.needs)


def _absolute(inner: Operand, argument: Entity) -> Operand:
    check_kind(inner, CALCULATED, argument, "a number")
    return Operand(inner.kind, mapped(inner, np.abs), inner.cost, inner.needs)


def _extreme(choose: Any) -> Callable[[Operand, Entity], Operand]:
    def made(inner: Operand, argument: Entity) -> Operand:
        check_kind(inner, CALCULATED, argument, "a number")

        def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
            values = inner.read(packets, wanted)
            rows, place = np.unique(values.rows, return_inverse=True)
            if not len(rows):
                return values
            order = np.argsort(place, kind="stable")
            return Values(
                rows, choose.reduceat(values.data[order], np.searchsorted(place[order], np.arange(len(rows))))
            )

        return Operand(inner.kind, read, inner.cost, inner.needs)

    return made


def _mapped_each(inner: Operand, change: Callable[[Any], Any], dtype: Any) -> Reader:
    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        values = inner.read(packets, wanted)
        data = values.data if inner.kind is Kind.TEXT else as_bytes(inner.kind, values.data)
        return Values(values.rows, np.fromiter(map(change, data), dtype, len(data)))

    return read


FUNCTIONS: Final[Mapping[str, Callable[[Operand, Entity], Operand]]] = {
    "len": _length, "lower": _case(str.lower), "upper": _case(str.upper), "count": _count, "string": _string,
    "abs": _absolute, "min": _extreme(np.minimum), "max": _extreme(np.maximum),
}  # fmt: skip
"""By name; each gets its argument as an Operand and, for errors, as it was written."""
