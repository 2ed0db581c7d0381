"""How fields are made: numbers at a place of a header, addresses, protocols, and what Python reads packet by packet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from netwatch.decode.window import headers
from netwatch.filter.field import Field
from netwatch.filter.values import NUMERIC, Kind, Values, joined, nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from netwatch.filter.packets import Packets

    Where: TypeAlias = Callable[[Packets, NDArray[np.intp], NDArray[np.int64]], NDArray[np.bool_]]

_MAC: Final = np.dtype([("high", ">u2"), ("low", ">u4")])
_IPV6: Final = np.dtype([("high", ">u8"), ("low", ">u8")])


def number(
    name: str,
    layer: str,
    offset: int,
    form: str,
    title: str,
    *,
    mask: int = 0,
    scale: int = 1,
    kind: Kind = Kind.NUMBER,
    symbols: Mapping[str, int] | None = None,
    where: Where | None = None,
    swapped: bool = False,
) -> Field:
    """Return the field of a big-endian number (numpy's `form` such as u1, u2, u4) at `offset` of a header.

    With `swapped` it is little-endian.

    Of a `mask` the bits that are set are taken and moved to the right; `scale` multiplies. `where`, given the rows and
    the places of their headers, leaves out headers that do not have the field.
    """
    layout = np.dtype([("value", f"{'<' if swapped else '>'}{form}")])
    shift = (mask & -mask).bit_length() - 1 if mask else 0

    def read(packets: Packets) -> Values:
        found = packets.layers(layer)
        fits = found.begin + (offset + layout.itemsize) <= found.end
        if where is not None:
            fits &= where(packets, found.rows, found.begin)
        values = headers(packets.batch.frames.data, found.begin[fits] + offset, layout)["value"].astype(np.int64)
        if mask:
            values = (values & mask) >> shift
        return Values(found.rows[fits], values * scale if scale != 1 else values)

    return columnar(name, kind, read, title, symbols)


def flag(name: str, layer: str, offset: int, form: str, mask: int, title: str, where: Where | None = None) -> Field:
    """Return the field of one bit, which is there, set or not, wherever the header is (and `where` holds)."""
    return number(name, layer, offset, form, title, mask=mask, kind=Kind.BOOLEAN, where=where)


def address(name: str, layer: str, offset: int, kind: Kind, title: str, where: Where | None = None) -> Field:
    """Return the field of an address at `offset` of a header; `where` as in `number`."""
    if kind is Kind.IPV4:
        return number(name, layer, offset, "u4", title, kind=Kind.IPV4, where=where)
    layout = _MAC if kind is Kind.ETHER else _IPV6

    def read(packets: Packets) -> Values:
        found = packets.layers(layer)
        fits = found.begin + (offset + layout.itemsize) <= found.end
        if where is not None:
            fits &= where(packets, found.rows, found.begin)
        header = headers(packets.batch.frames.data, found.begin[fits] + offset, layout)
        if kind is Kind.IPV6:
            return Values(found.rows[fits], np.stack((header["high"], header["low"]), axis=1).astype(np.uint64))
        return Values(found.rows[fits], header["high"].astype(np.int64) << 32 | header["low"])

    return columnar(name, kind, read, title)


def columnar(
    name: str,
    kind: Kind,
    read: Callable[[Packets], Values],
    title: str,
    symbols: Mapping[str, int] | None = None,
    needs: str = "",
    detail: str = "",
) -> Field:
    """Return a field that is read for a whole batch at once; `needs` and `detail` as Field has them."""
    return Field(
        name,
        kind,
        lambda packets, _: packets.values(name, lambda: read(packets)),
        title,
        0,
        symbols or {},
        needs,
        detail,
    )


def either(name: str, parts: tuple[Field, ...], title: str) -> Field:
    """Return the field that has the values of all `parts`: of the source and the destination, say."""

    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        return joined([part.read(packets, wanted) for part in parts], parts[0].kind)

    cost = max(part.cost for part in parts)
    return Field(name, parts[0].kind, read, title, cost, parts[0].symbols)


def protocol(name: str, layer: str, title: str) -> Field:
    """Return the field of a protocol whose headers LayerTable knows; its value is the header and all behind it."""

    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        found = packets.layers(layer)
        keep = np.flatnonzero(wanted[found.rows])
        places = zip(found.begin[keep].tolist(), found.end[keep].tolist(), strict=True)
        block = packets.block
        return Values(found.rows[keep], [block[begin:end] for begin, end in places])

    return Field(name, Kind.PROTOCOL, read, title, layer=layer, there=lambda packets: packets.has(layer))


def each(
    name: str,
    kind: Kind,
    gate: Callable[[Packets], NDArray[np.bool_]],
    read: Callable[[Packets, int], Iterable[Any]],
    title: str,
    symbols: Mapping[str, int] | None = None,
) -> Field:
    """Return a field that Python reads: `read` gives the values of one packet, asked only where `gate` holds."""

    def read_all(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        rows: list[int] = []
        values: list[Any] = []
        for row in np.flatnonzero(wanted & gate(packets)).tolist():
            for value in read(packets, row):
                rows.append(row)
                values.append(value)
        return _made(kind, rows, values)

    return Field(name, kind, read_all, title, 1, symbols or {})


def present(
    name: str, there: Callable[[Packets], NDArray[np.bool_]], title: str, needs: str = "", detail: str = ""
) -> Field:
    """Return a field without a value, which is there where `there` says so."""

    def read(packets: Packets) -> Values:
        rows = np.flatnonzero(there(packets))
        return Values(rows, rows)

    return columnar(name, Kind.NONE, read, title, needs=needs, detail=detail)


def _made(kind: Kind, rows: list[int], values: list[Any]) -> Values:
    if not rows:
        return nothing(kind)
    index = np.array(rows, np.intp)
    if kind in NUMERIC:
        return Values(index, np.array(values, np.int64))
    if kind is Kind.IPV6:
        halves = [(value >> 64, value & ((1 << 64) - 1)) for value in values]
        return Values(index, np.array(halves, np.uint64))
    return Values(index, values)
