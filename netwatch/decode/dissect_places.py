"""Where in a frame the fields of a Scapy layer are: its bytes are taken from field to field once more, and counted."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

Place = tuple[int, int]
"""First bit, counted from the first of the frame, and number of bits."""
NOWHERE: Final[Place] = (-1, 0)

_SINGLE: Final = {"TCPOptionsField": (0, 1), "DHCPOptionsField": (0, 255)}
"""Options that are one byte, by Scapy's class for all options of a header."""
_HEADER_COUNTED: Final = frozenset({"TCPOptionsField"})
"""Options whose length counts their kind and length too (RFC 9293 section 3.2), which those of DHCP do not."""
_FIRST_LINE: Final = re.compile(rb"([^\s]+)[ \t]+([^\s]+)(?:[ \t]+([^\r\n]*))?")
_FIRST_LINES: Final = {
    "HTTPRequest": ("Method", "Path", "Http_Version"),
    "HTTPResponse": ("Http_Version", "Status_Code", "Reason_Phrase"),
}
_HEADER: Final = re.compile(rb"^([!-9;-~]+):[^\r\n]*(?:\r?\n|\Z)", re.MULTILINE)


class Places:
    """Tells where things are in one frame; what cannot be told is NOWHERE."""

    def __init__(self, frame: bytes) -> None:
        self._frame = frame

    def fields(self, packet: Any, begin: int) -> list[Place]:
        """Return a place for each of `packet.fields_desc`, the packet's bytes beginning at byte `begin`, -1 unknown."""
        from scapy.packet import Packet

        missing = [NOWHERE] * len(packet.fields_desc)
        data = _bytes_of(packet)
        if begin < 0 or not self._holds(data, begin):
            return missing
        if type(packet).do_dissect is not Packet.do_dissect:
            return _lines(packet, data, begin) if type(packet).__name__ in _FIRST_LINES else missing
        try:
            found = _taken(packet, data)
        except Exception:  # noqa: BLE001 - Scapy raises whatever its fields meet in hostile bytes
            return missing
        placed = [(begin * 8 + at, bits) if bits else NOWHERE for at, bits in found]
        return placed + missing[len(placed) :]

    def packets(self, packets: list[Any], place: Place) -> list[int]:
        """Return the first byte of each of the packets that a field at `place` is made of, -1 where it is not known."""
        unknown = [-1] * len(packets)
        if place == NOWHERE or place[0] % 8:
            return unknown
        begin, end = place[0] // 8, (place[0] + place[1] + 7) // 8
        data = [_bytes_of(packet) for packet in packets]
        lengths = list(map(len, data))
        # most lists give each packet all bytes that are left, some only its own
        left = [begin + lengths[0] - length for length in lengths]
        own = [begin + sum(lengths[:index]) for index in range(len(lengths))]
        for begins in (left, own):
            rising = all(one < two for one, two in pairwise([*begins, end]))
            if rising and all(map(self._holds, data, begins)):
                return begins
        return unknown

    def payload(self, packet: Any, begin: int) -> int:
        """Return the first byte of a packet's payload, -1 where it is not known."""
        if begin < 0 or not packet.payload:
            return -1
        cached = packet.raw_packet_cache
        at = begin + len(cached) if cached is not None else -1
        return at if at >= 0 and self._holds(packet.payload.original, at) else -1

    def options(self, description: Any, place: Place, count: int) -> list[Place]:
        """Return the places of the options, `count` of them, that a field holds as kind, length and value."""
        name = type(getattr(description, "fld", description)).__name__
        if place == NOWHERE or name not in _SINGLE:
            return [NOWHERE] * count
        at, end = place[0] // 8, (place[0] + place[1]) // 8
        found: list[Place] = []
        while at < end and len(found) < count:
            size = 1
            if self._frame[at] not in _SINGLE[name]:
                size = self._frame[at + 1] if at + 1 < end else 0
                size += 0 if name in _HEADER_COUNTED else 2
            if size < 1 or at + size > end:
                break
            found.append((at * 8, size * 8))
            at += size
        return found if len(found) == count else [NOWHERE] * count

    def _holds(self, data: bytes, begin: int) -> bool:
        return bool(data) and self._frame.startswith(data, begin)


def _bytes_of(packet: Any) -> bytes:
    """Return the bytes that a packet was made of, and those behind it; a copy of a packet knows only its own."""
    data: bytes = packet.original or packet.raw_packet_cache or b""
    return data


def _taken(packet: Any, data: bytes) -> list[Place]:
    """Return first bit and number of bits in `data` of each field, as far as they can be told."""
    if packet.pre_dissect(data) != data:
        return []
    known = dict(packet.fields)
    try:
        return _taken_one_by_one(packet, data)
    finally:
        packet.fields = known


def _taken_one_by_one(packet: Any, data: bytes) -> list[Place]:
    rest: Any = data
    at, places, swapped = 0, [], 0
    for description in packet.fields_desc:
        inner = getattr(description, "fld", description)
        if not isinstance(rest, tuple) and getattr(inner, "rev", False) and inner.tot_size > 1:
            swapped = at + inner.tot_size * 8  # bytes that Scapy turns round before it takes bits of them
        try:
            rest, value = description.getfield(packet, rest)
        except Exception:  # noqa: BLE001 - see Places.fields
            break
        if isinstance(rest, tuple):
            now = (len(data) - len(rest[0])) * 8 + rest[1]
        elif data.endswith(rest):
            now = (len(data) - len(rest)) * 8
        else:
            break
        if value is not None:
            packet.fields.setdefault(description.name, value)  # lengths that Scapy forgets are wanted by what follows
        whole = not swapped or now == at + getattr(inner, "tot_size", 0) * 8
        places.append((at, now - at) if value is not None and whole and now > at else NOWHERE)
        swapped = swapped if now < swapped else 0
        at = now
        if not rest and (description.ismayend or (description.isconditional and description.fld.ismayend)):
            break
    return places


def _lines(packet: Any, data: bytes, begin: int) -> list[Place]:
    """Return the places of the words of HTTP's first line, and of its header lines by their names."""
    by_name: dict[str, Place] = {}
    first = _FIRST_LINE.match(data)
    if first:
        for group, name in enumerate(_FIRST_LINES[type(packet).__name__], 1):
            at, end = first.span(group)
            if end > at:
                by_name[name] = ((begin + at) * 8, (end - at) * 8)
    for line in _HEADER.finditer(data, first.end() if first else 0):
        name = line.group(1).decode("ascii").title().replace("-", "_")
        by_name.setdefault(name, ((begin + line.start()) * 8, len(line.group()) * 8))
    return [by_name.get(_header_name(description.name), NOWHERE) for description in packet.fields_desc]


def _header_name(name: str) -> str:
    known = {part for parts in _FIRST_LINES.values() for part in parts}
    return name if name in known else name.title().replace("-", "_")
