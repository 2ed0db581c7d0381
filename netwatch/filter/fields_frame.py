"""Fields of the frame itself: number, lengths, times, interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import CUT_SHORT, FORWARDED_COPY, MALFORMED
from netwatch.filter.builders import columnar, each, present, protocol
from netwatch.filter.values import Kind, Values
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

TAG: Final = 4
"""Bytes of a VLAN tag that the kernel took out of a frame."""


def _column(name: str, kind: Kind, values: Callable[[Packets], NDArray[Any]], title: str) -> Field:
    def read(packets: Packets) -> Values:
        return Values(np.arange(len(packets)), values(packets).astype(np.int64))

    return columnar(name, kind, read, title)


def _tag(packets: Packets) -> NDArray[np.int64]:
    return np.where(packets.batch.frames.stripped_tag != 0, TAG, 0)


def _delta(packets: Packets) -> NDArray[np.int64]:
    time_ns, before_ns = packets.batch.frames.time_ns, packets.around.before_ns
    return np.diff(time_ns, prepend=before_ns) if isinstance(before_ns, int) else time_ns - before_ns


def _interface(packets: Packets, row: int) -> Iterator[str]:
    index = packets.batch.frames.interface.item(row)
    if index < len(packets.around.interfaces):
        yield printable(packets.around.interfaces[index])


def _comment(packets: Packets, row: int) -> Iterator[str]:
    comments = packets.batch.frames.comments or {}
    if row in comments:
        yield comments[row]


def _every(packets: Packets) -> NDArray[np.bool_]:
    return np.ones(len(packets), np.bool_)


FIELDS: Final = (
    protocol("frame", "frame", "the whole packet"),
    _column("frame.number", Kind.NUMBER, lambda packets: packets.batch.numbered(), "packet number"),
    _column(
        "frame.len",
        Kind.NUMBER,
        lambda packets: packets.batch.frames.wire_length.astype(np.int64) + _tag(packets),
        "bytes on the wire",
    ),
    _column(
        "frame.cap_len",
        Kind.NUMBER,
        lambda packets: packets.batch.frames.captured + _tag(packets),
        "bytes captured",
    ),
    _column("frame.time", Kind.TIME, lambda packets: packets.batch.frames.time_ns, "capture time"),
    _column("frame.time_epoch", Kind.DURATION, lambda packets: packets.batch.frames.time_ns, "capture time since 1970"),
    _column(
        "frame.time_relative",
        Kind.DURATION,
        lambda packets: packets.batch.frames.time_ns - packets.around.first_ns,
        "time since the first packet",
    ),
    _column("frame.time_delta", Kind.DURATION, _delta, "time since the packet before"),
    _column(
        "frame.interface_id", Kind.NUMBER, lambda packets: packets.batch.frames.interface, "number of the interface"
    ),
    _column("frame.encap_type", Kind.NUMBER, lambda packets: packets.batch.frames.link_type, "link type"),
    each("frame.interface_name", Kind.TEXT, _every, _interface, "name of the interface"),
    each("frame.comment", Kind.TEXT, _every, _comment, "comment on the packet"),
    present("_ws.malformed", lambda packets: packets.batch.status & MALFORMED != 0, "a header contradicts itself"),
    present(
        "frame.forwarded_copy",
        lambda packets: packets.batch.status & FORWARDED_COPY != 0,
        "came just before on another interface",
    ),
    present("_ws.short", lambda packets: packets.batch.status & CUT_SHORT != 0, "a header was not captured"),
)
