"""One section of a pcapng file: its byte order, its interfaces and their statistics, read from the rarer blocks."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.capture_format import link_type_of, usable_snaplen
from netwatch.capture.frames import FrameInterface
from netwatch.capture.pcapng_time import MICROSECONDS, TimeScale
from netwatch.text import printable_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.capture.capture_format import Losses
    from netwatch.capture.interface_table import InterfaceTable

# block types and option codes: draft-ietf-opsawg-pcapng, sections 3.5 and 4
INTERFACE_BLOCK: Final = 1
PACKET_BLOCK: Final = 2
SIMPLE_PACKET_BLOCK: Final = 3
STATISTICS_BLOCK: Final = 5
ENHANCED_PACKET_BLOCK: Final = 6
SECTION_BLOCK: Final = 0x0A0D0D0A
SECTION_MAGIC: Final = b"\n\r\r\n"
BYTE_ORDER_MAGIC: Final = 0x1A2B3C4D
SECTION_HEADER: Final = 28
"""Bytes of the smallest section header block."""

OPTION_END: Final = 0
OPTION_COMMENT: Final = 1
OPTION_FLAGS: Final = 2
IF_NAME: Final = 2
IF_DESCRIPTION: Final = 3
IF_TSRESOL: Final = 9
IF_FILTER: Final = 11
IF_TSOFFSET: Final = 14
ISB_IFRECV: Final = 4
ISB_IFDROP: Final = 5
ISB_OSDROP: Final = 7

MAX_SECTION_INTERFACES: Final = 65536
"""Interfaces of one section beyond which the file is taken for damaged; each takes memory."""


@dataclass(frozen=True, slots=True)
class SectionInterface:
    """What is needed of an interface to read its packets."""

    number: int
    """In the source's InterfaceTable."""
    link_type: int
    snaplen: int
    """As in the file: 0 for no limit."""
    scale: TimeScale


@dataclass(frozen=True, slots=True, eq=False)
class InterfaceColumns:
    """The interfaces of a section as arrays of shape (interfaces,)."""

    numbers: NDArray[np.uint16]
    link_types: NDArray[np.uint16]
    scales: list[TimeScale]
    """The distinct ones."""
    scale_of: NDArray[np.intp]
    """Position in `scales`."""


class Section:
    """The state between a section header block and the next."""

    def __init__(self, order: str) -> None:
        """Begin a section in byte order `<` or `>`."""
        self.order = order
        self.interfaces: list[SectionInterface] = []
        self._twins: dict[FrameInterface, int] = {}
        self._statistics: dict[int, Losses] = {}
        self._columns: InterfaceColumns | None = None

    def until(self, known: int, table: InterfaceTable) -> Section:
        """Return this section as it was when it had `known` interfaces, without statistics."""
        earlier = Section(self.order)
        earlier.interfaces = self.interfaces[:known]
        for interface in earlier.interfaces:
            described = table.interfaces()[interface.number]
            earlier._twins[described] = earlier._twins.get(described, -1) + 1
        return earlier

    def add_interface(self, block: bytes, table: InterfaceTable) -> str:
        """Enter the interface of an interface description block; return the problem when it cannot be."""
        if len(block) < 20:
            return "an interface block that is too short"
        if len(self.interfaces) >= MAX_SECTION_INTERFACES:
            return f"more than {MAX_SECTION_INTERFACES:,} interfaces in one section"
        link_field, _, snaplen = struct.unpack_from(self.order + "HHI", block, 8)
        texts = {IF_NAME: "", IF_DESCRIPTION: "", IF_FILTER: ""}
        resolution, offset = MICROSECONDS, 0
        for code, value in options(block, 16, self.order):
            if code == IF_FILTER:
                # the first byte says how it is written: 0 a text, 1 a program
                texts[code] = printable_bytes(value[1:].rstrip(b"\0")) if value[:1] == b"\0" else ""
            elif code in texts:
                texts[code] = printable_bytes(value.rstrip(b"\0"))
            elif code == IF_TSRESOL and len(value) == 1:
                resolution = value[0]
            elif code == IF_TSOFFSET and len(value) == 8:
                (offset,) = struct.unpack(self.order + "q", value)
        interface = FrameInterface(
            texts[IF_NAME], link_type_of(link_field), texts[IF_DESCRIPTION], usable_snaplen(snaplen), texts[IF_FILTER]
        )
        twin = self._twins[interface] = self._twins.get(interface, -1) + 1
        number = table.number(interface, twin)
        self.interfaces.append(SectionInterface(number, interface.link_type, snaplen, TimeScale(resolution, offset)))
        self._columns = None
        return ""

    def add_statistics(self, block: bytes) -> None:
        """Keep the counters of an interface statistics block; a later one of the same interface replaces them."""
        if len(block) < 24:
            return
        (interface,) = struct.unpack_from(self.order + "I", block, 8)
        if interface >= len(self.interfaces):
            return
        values = {
            code: int.from_bytes(value, "little" if self.order == "<" else "big")
            for code, value in options(block, 20, self.order)
            if code in (ISB_IFRECV, ISB_IFDROP, ISB_OSDROP) and len(value) == 8
        }
        received, interface_dropped, dropped = (values.get(code) for code in (ISB_IFRECV, ISB_IFDROP, ISB_OSDROP))
        if dropped is None:
            # dumpcap and we write the kernel's drops as isb_ifdrop, the one that Wireshark shows
            dropped, interface_dropped = interface_dropped, None
        self._statistics[interface] = received, dropped, interface_dropped

    def losses(self) -> list[Losses]:
        """Return what is stated of each interface that has statistics."""
        return list(self._statistics.values())

    def columns(self) -> InterfaceColumns:
        """Return what is known of all interfaces so far, by position in the section."""
        if self._columns is None:
            known = self.interfaces
            scales = list(dict.fromkeys(interface.scale for interface in known))
            places = {scale: place for place, scale in enumerate(scales)}
            self._columns = InterfaceColumns(
                numbers=np.array([interface.number for interface in known], np.uint16),
                link_types=np.array([interface.link_type for interface in known], np.uint16),
                scales=scales,
                scale_of=np.array([places[interface.scale] for interface in known], np.intp),
            )
        return self._columns


def options(block: bytes, start: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield (code, value) of the options between `start` and the trailing length of `block`, as far as they go."""
    head = struct.Struct(order + "HH")
    end = len(block) - 4
    while start + 4 <= end:
        code, length = head.unpack_from(block, start)
        start += 4
        if code == OPTION_END or start + length > end:
            return
        yield code, block[start : start + length]
        start += length + (-length & 3)


def section_order(block: bytes) -> tuple[str, str]:
    """Return (byte order, problem) of the section header block that begins with these SECTION_HEADER bytes."""
    for order in "<>":
        magic, major, minor = struct.unpack_from(order + "IHH", block, 8)
        if magic == BYTE_ORDER_MAGIC:
            return order, "" if major == 1 else f"pcapng version {major}.{minor} is not known"
    return "", "a section header without byte order"
