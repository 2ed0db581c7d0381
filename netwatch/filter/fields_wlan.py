"""Fields of IEEE 802.11 frames, bare or behind a radiotap header (IEEE 802.11-2020 clause 9.2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.window import headers
from netwatch.filter.builders import columnar, each, either, number, protocol
from netwatch.filter.values import Kind, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

    Chosen = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
    """Given types, subtypes and flags of frames, which have something."""

MANAGEMENT, CONTROL, DATA = 0, 1, 2
TO_DS, FROM_DS = 1, 2
_START: Final = np.dtype([("control", "u1"), ("flags", "u1")])
_MAC: Final = np.dtype([("high", ">u2"), ("low", ">u4")])
_SHORT: Final = np.dtype([("value", "<u2")])
ADDRESSES: Final = (4, 10, 16, 24)
SEQUENCE: Final = 22
BODY: Final = 24
"""Where the body of a management frame begins."""
FIXED: Final = {0: 4, 1: 6, 2: 10, 3: 6, 4: 0, 5: 12, 8: 12}
"""Bytes of fixed parameters before the tags of management frames, by subtype (clause 9.3.3)."""
ENDS: Final = (10, 12)
"""Subtypes that give a reason: disassociation and deauthentication."""
STATUS_AT: Final = {1: 2, 3: 2, 11: 4}
"""Where the status code is in the fixed parameters: association and reassociation responses, authentication."""
MOST_TAGS: Final = 128
_TWO_ADDRESSES: Final = (8, 9, 10, 11, 14, 15)
"""Subtypes of control frames with a transmitter's address: block acknowledgements, PS-Poll, RTS, CF-End."""


def _place(packets: Packets) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64], list[NDArray[np.int64]]]:
    """Return rows, beginnings and ends of frames, and of each the type, the subtype and the flags."""
    found = packets.layers("wlan")
    fits = found.begin + _START.itemsize <= found.end
    begin = found.begin[fits]
    start = headers(packets.batch.frames.data, begin, _START)
    control = start["control"].astype(np.int64)
    return found.rows[fits], begin, found.end[fits], [control >> 2 & 3, control >> 4, start["flags"].astype(np.int64)]


def _address(name: str, number_: int, where: Chosen, title: str) -> Field:
    """Return the field of the address with a number, 0 to 3, of the frames that `where` chooses."""

    def read(packets: Packets) -> Values:
        rows, begin, end, start = _place(packets)
        at = ADDRESSES[number_]
        there = where(*start) & (begin + at + 6 <= end)
        mac = headers(packets.batch.frames.data, begin[there] + at, _MAC)
        return Values(rows[there], mac["high"].astype(np.int64) << 32 | mac["low"])

    return columnar(name, Kind.ETHER, read, title)


def _by(ds: tuple[int, ...], *, management: bool) -> Chosen:
    """Return what chooses data frames by their direction, and management frames."""

    def where(kind: NDArray[np.int64], _subtype: NDArray[np.int64], flags: NDArray[np.int64]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (kind == DATA) & np.isin(flags & (TO_DS | FROM_DS), ds)
        if management:
            found |= kind == MANAGEMENT
        return found

    return where


def _not_control(kind: NDArray[np.int64], _subtype: NDArray[np.int64], _flags: NDArray[np.int64]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (kind == DATA) | (kind == MANAGEMENT)
    return found


def _received(kind: NDArray[np.int64], _subtype: NDArray[np.int64], _flags: NDArray[np.int64]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = kind <= DATA
    return found


def _transmitted(kind: NDArray[np.int64], subtype: NDArray[np.int64], flags: NDArray[np.int64]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (kind == CONTROL) & np.isin(subtype, _TWO_ADDRESSES)
    found |= _not_control(kind, subtype, flags)
    return found


def _little(name: str, at: int, mask: int, title: str, where: Chosen) -> Field:
    """Return the field of some bits of a little-endian number of 16 bits."""
    shift = (mask & -mask).bit_length() - 1

    def read(packets: Packets) -> Values:
        rows, begin, end, start = _place(packets)
        there = where(*start) & (begin + at + 2 <= end)
        values = headers(packets.batch.frames.data, begin[there] + at, _SHORT)["value"].astype(np.int64)
        return Values(rows[there], (values & mask) >> shift)

    return columnar(name, Kind.NUMBER, read, title)


def _kind(name: str, title: str, values: Callable[[list[NDArray[np.int64]]], NDArray[np.int64]]) -> Field:
    def read(packets: Packets) -> Values:
        rows, _, _, start = _place(packets)
        return Values(rows, values(start))

    return columnar(name, Kind.NUMBER, read, title)


def _management(packets: Packets) -> NDArray[np.bool_]:
    """Return which packets are management frames whose body is in the clear."""
    rows, _, _, (kind, _, flags) = _place(packets)
    mask = np.zeros(len(packets), np.bool_)
    mask[rows[(kind == MANAGEMENT) & (flags & 0x40 == 0)]] = True
    return mask


def _frame(packets: Packets, row: int) -> bytes:
    found = packets.layers("wlan")
    at = int(np.searchsorted(found.rows, row))
    return packets.block[int(found.begin[at]) : int(found.end[at])]


def _tags(packets: Packets, row: int) -> list[tuple[int, bytes]]:
    """Return (number, data) of the tagged parameters of a management frame (clause 9.4.2)."""
    frame = _frame(packets, row)
    size = FIXED.get(frame[0] >> 4)
    found: list[tuple[int, bytes]] = []
    at = BODY + (size or 0)
    while size is not None and at + 2 <= len(frame) and len(found) < MOST_TAGS:
        found.append((frame[at], frame[at + 2 : at + 2 + frame[at + 1]]))
        at += 2 + frame[at + 1]
    return found


def _channels(packets: Packets, row: int) -> Iterator[int]:
    return (data[0] for tag, data in packets.read("wlan.tags", row, lambda: _tags(packets, row)) if tag == 3 and data)


def _names(packets: Packets, row: int) -> Iterator[bytes]:
    return (data for tag, data in packets.read("wlan.tags", row, lambda: _tags(packets, row)) if tag == 0)


def _reason(packets: Packets, row: int) -> Iterator[int]:
    frame = _frame(packets, row)
    if frame[0] >> 4 in ENDS and len(frame) >= BODY + 2:
        yield int.from_bytes(frame[BODY : BODY + 2], "little")


def _status(packets: Packets, row: int) -> Iterator[int]:
    frame = _frame(packets, row)
    at = BODY + STATUS_AT.get(frame[0] >> 4, len(frame))
    if at + 2 <= len(frame):
        yield int.from_bytes(frame[at : at + 2], "little")


_DATA_DS: Final = (
    ("wlan.da", ((0, (0, 2), True), (2, (1, 3), False)), "destination"),
    ("wlan.sa", ((1, (0, 1), True), (2, (2,), False), (3, (3,), False)), "source"),
    ("wlan.bssid", ((2, (0,), True), (0, (1,), False), (1, (2,), False)), "identifier of the basic service set"),
)
"""Which address is what, by the direction of the frame; True where management frames have it there too."""
_FLAGS: Final = (
    ("tods", 0x01, "to the distribution system"), ("fromds", 0x02, "from the distribution system"),
    ("frag", 0x04, "more fragments follow"), ("retry", 0x08, "sent again"), ("pwrmgt", 0x10, "about to sleep"),
    ("moredata", 0x20, "more is waiting"), ("protected", 0x40, "encrypted"), ("order", 0x80, "in order, or HT control"),
)  # fmt: skip
RECEIVER: Final = _address("wlan.ra", 0, _received, "receiver")
TRANSMITTER: Final = _address("wlan.ta", 1, _transmitted, "transmitter")
ROLES: Final = tuple(
    either(
        name,
        tuple(_address(f"{name}/{at}{ds}", at, _by(ds, management=too), title) for at, ds, too in places),
        title,
    )
    for name, places, title in _DATA_DS
)

FIELDS: Final = (
    protocol("wlan", "wlan", "IEEE 802.11"),
    number("wlan.fc", "wlan", 0, "u2", "frame control"),
    number("wlan.fc.version", "wlan", 0, "u1", "version", mask=0x03),
    _kind("wlan.fc.type", "0 management, 1 control, 2 data", lambda start: start[0]),
    _kind("wlan.fc.subtype", "kind of frame within its type", lambda start: start[1]),
    _kind("wlan.fc.type_subtype", "type and subtype", lambda start: start[0] << 4 | start[1]),
    number("wlan.flags", "wlan", 1, "u1", "all flags"),
    number("wlan.fc.ds", "wlan", 1, "u1", "to and from the distribution system", mask=0x03),
    *(number(f"wlan.fc.{name}", "wlan", 1, "u1", title, mask=bit, kind=Kind.BOOLEAN) for name, bit, title in _FLAGS),
    RECEIVER,
    TRANSMITTER,
    *ROLES,
    either("wlan.addr", (RECEIVER, TRANSMITTER, *ROLES), "any address of the frame"),
    _little("wlan.duration", 2, 0x7FFF, "microseconds that the medium is taken", _received),
    _little("wlan.seq", SEQUENCE, 0xFFF0, "sequence number", _not_control),
    _little("wlan.frag", SEQUENCE, 0x000F, "fragment number", _not_control),
    each("wlan.ssid", Kind.BYTES, _management, _names, "name of the network"),
    each("wlan.ds.current_channel", Kind.NUMBER, _management, _channels, "channel"),
    each(
        "wlan.tag.number",
        Kind.NUMBER,
        _management,
        lambda packets, row: (tag for tag, _ in packets.read("wlan.tags", row, lambda: _tags(packets, row))),
        "tagged parameter",
    ),
    each("wlan.fixed.reason_code", Kind.NUMBER, _management, _reason, "why a station leaves"),
    each("wlan.fixed.status_code", Kind.NUMBER, _management, _status, "how a request fared"),
    protocol("radiotap", "radiotap", "radiotap header"),
)
