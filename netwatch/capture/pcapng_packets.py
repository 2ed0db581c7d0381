"""The packet blocks of a pcapng section as Frames: all blocks of a run at once, only odd options one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.capture.capture_format import MAX_RECORD, records_at
from netwatch.capture.frames import DIRECTION_OUT, DIRECTION_UNKNOWN, Frames, constant
from netwatch.capture.pcapng_section import (
    OPTION_COMMENT,
    OPTION_END,
    OPTION_FLAGS,
    PACKET_BLOCK,
    SIMPLE_PACKET_BLOCK,
    options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from netwatch.capture.pcapng_section import Section

DATA_AT: Final = 28
"""Where the frame begins in an enhanced or an obsolete packet block (draft-ietf-opsawg-pcapng, 4.3 and A.1)."""
SIMPLE_DATA_AT: Final = 12
"""The same in a simple packet block (4.4)."""
_DIRECTION_BITS: Final = 3
"""Of epb_flags; 1 inbound, 2 outbound as in Frames."""


def packet_layout(order: str) -> np.dtype[Any]:
    """Return the fields of an enhanced packet block; the other two kinds are read through the same window."""
    names = ("type", "length", "interface", "high", "low", "captured", "wire")
    return np.dtype([(name, order + "u4") for name in names])


def packet_frames(
    block: NDArray[np.uint8],
    starts: NDArray[np.intp],
    packets: NDArray[np.void],
    section: Section,
    last_time_ns: int | None,
) -> tuple[Frames, str]:
    """Read the packet blocks that begin at `starts`, both shape (n,), n > 0, `packets` as `packet_layout` has them.

    Returns the frames before the first block that cannot be right, and what is wrong with it (empty for nothing). A
    simple packet block has no time: it gets that of the packet before it, `last_time_ns` when it is the first.
    """
    fields = _fields(packets, section)
    count, problem = _usable(fields, len(section.interfaces))
    if problem:
        starts, packets = starts[:count], packets[:count]
        fields = _Fields(*(getattr(fields, name)[:count] for name in _Fields.__dataclass_fields__))
    direction, comments = _options(block, starts, fields, section.order)
    time_ns = _times(packets, fields.interface, section)
    if fields.simple.any():
        time_ns = _filled_in(time_ns, fields.simple, last_time_ns)
    columns = section.columns()
    frames = Frames(
        data=block,
        time_ns=time_ns,
        offset=(starts + np.where(fields.simple, SIMPLE_DATA_AT, DATA_AT)).astype(np.int32),
        captured=fields.captured.astype(np.int32),
        wire_length=fields.wire.astype(np.uint32),
        interface=_by_interface(columns.numbers, fields.interface),
        link_type=_by_interface(columns.link_types, fields.interface),
        direction=direction,
        stripped_tag=constant(0, count, np.uint32),
        flags=constant(0, count, np.uint8),
        comments=comments,
    )
    return frames, problem


@dataclass(frozen=True, slots=True, eq=False)
class _Fields:
    """What all kinds of packet blocks have, shape (n,) each."""

    simple: NDArray[np.bool_]
    interface: NDArray[np.uint32]
    captured: NDArray[np.int64]
    wire: NDArray[np.uint32]
    room: NDArray[np.int64]
    """Bytes for the frame, its padding and the options; negative in a block that is too short for its own fields."""


def _fields(packets: NDArray[np.void], section: Section) -> _Fields:
    simple = packets["type"] == SIMPLE_PACKET_BLOCK
    obsolete = packets["type"] == PACKET_BLOCK
    length = packets["length"].astype(np.int64)
    interface = packets["interface"]
    captured = packets["captured"].astype(np.int64)
    wire = packets["wire"]
    room = length - (DATA_AT + 4)
    if obsolete.any():  # 16 bits of interface, then 16 bits of drop count
        half = interface & 0xFFFF if section.order == "<" else interface >> 16
        interface = np.where(obsolete, half, interface)
    if simple.any():  # the original length stands where other blocks have the interface
        snaplen = section.interfaces[0].snaplen if section.interfaces else 0
        room = np.where(simple, length - (SIMPLE_DATA_AT + 4), room)
        wire = np.where(simple, interface, wire)
        held = np.minimum(np.minimum(wire.astype(np.int64), snaplen or MAX_RECORD), room)
        captured = np.where(simple, held, captured)
        interface = np.where(simple, np.uint32(0), interface)
    return _Fields(simple, interface, captured, wire, room)


def _usable(fields: _Fields, interfaces: int) -> tuple[int, str]:
    """Return how many packets come before the first impossible one, and why that is."""
    unknown = fields.interface >= interfaces
    bad = np.flatnonzero((fields.captured > fields.room) | (fields.room < 0) | unknown)
    if not len(bad):
        return len(unknown), ""
    first = int(bad[0])
    return first, "a packet of an interface that was not described" if unknown[first] else "a packet beyond its block"


def _times(packets: NDArray[np.void], interface: NDArray[np.uint32], section: Section) -> NDArray[np.int64]:
    ticks = packets["high"].astype(np.uint64) << np.uint64(32) | packets["low"]
    columns = section.columns()
    if len(columns.scales) == 1:
        return columns.scales[0].to_ns(ticks)
    time_ns = np.zeros(len(ticks), np.int64)
    scale_of = columns.scale_of[interface]
    for place in np.unique(scale_of):
        rows = scale_of == place
        time_ns[rows] = columns.scales[place].to_ns(ticks[rows])
    return time_ns


def _filled_in(time_ns: NDArray[np.int64], missing: NDArray[np.bool_], before: int | None) -> NDArray[np.int64]:
    """Return times in which every missing one is the last that was there, at the very beginning the next."""
    source = np.maximum.accumulate(np.where(missing, -1, np.arange(len(time_ns))))
    if before is None:
        known = time_ns[~missing]
        before = int(known[0]) if len(known) else 0
    return np.where(source < 0, before, time_ns[source])


def _by_interface(values: NDArray[np.uint16], interface: NDArray[np.uint32]) -> NDArray[np.uint16]:
    if len(values) and (values == values[0]).all():
        return constant(int(values[0]), len(interface), np.uint16)
    return values[interface]


def _options(
    block: NDArray[np.uint8], starts: NDArray[np.intp], fields: _Fields, order: str
) -> tuple[NDArray[np.uint8], Mapping[int, str] | None]:
    """Return the directions and the comments that the options hold."""
    padded = fields.captured + (-fields.captured & 3)
    spare = np.where(fields.simple, 0, fields.room - padded)
    rows = np.flatnonzero(spare >= 4)
    if not len(rows):
        return constant(DIRECTION_UNKNOWN, len(starts), np.uint8), None
    direction = np.zeros(len(starts), np.uint8)
    comments: dict[int, str] = {}
    begins = starts[rows] + DATA_AT + padded[rows]
    spare = spare[rows]
    layout = np.dtype(
        [("code", order + "u2"), ("length", order + "u2"), ("value", order + "u4"), ("next", order + "u2")]
    )
    first = records_at(block, begins, layout)
    flags_only = (first["code"] == OPTION_FLAGS) & (first["length"] == 4) & (spare >= 8)
    flags_only &= (spare < 12) | (first["next"] == OPTION_END)
    direction[rows[flags_only]] = first["value"][flags_only] & _DIRECTION_BITS
    for place in np.flatnonzero(~flags_only & (first["code"] != OPTION_END)).tolist():
        begin, row = int(begins[place]), int(rows[place])
        flags, comment = _one_by_one(bytes(block[begin : begin + int(spare[place]) + 4]), order)
        direction[row] = flags & _DIRECTION_BITS
        if comment:
            comments[row] = comment
    direction[direction > DIRECTION_OUT] = DIRECTION_UNKNOWN
    return direction, comments or None


def _one_by_one(block: bytes, order: str) -> tuple[int, str]:
    flags = 0
    comments = []
    for code, value in options(block, 0, order):
        if code == OPTION_FLAGS and len(value) == 4:
            flags = int.from_bytes(value, "little" if order == "<" else "big")
        elif code == OPTION_COMMENT:
            comments.append(value.rstrip(b"\0").decode("utf-8", "replace"))
    return flags, "\n".join(comments)
