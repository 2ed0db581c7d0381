"""Reader for pcapng files: many sections in either byte order, many interfaces, unknown blocks skipped."""

from __future__ import annotations

import struct
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.capture.capture_format import MAX_RECORD, Parsed, records_at, summed
from netwatch.capture.frame_rows import joined
from netwatch.capture.pcapng_packets import packet_frames, packet_layout
from netwatch.capture.pcapng_section import (
    ENHANCED_PACKET_BLOCK,
    INTERFACE_BLOCK,
    OPTION_COMMENT,
    PACKET_BLOCK,
    SECTION_BLOCK,
    SECTION_HEADER,
    SECTION_MAGIC,
    SIMPLE_PACKET_BLOCK,
    STATISTICS_BLOCK,
    Section,
    options,
    section_order,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.capture.capture_format import Losses
    from netwatch.capture.frames import Frames
    from netwatch.capture.interface_table import InterfaceTable

_SMALLEST_BLOCK: Final = 12
_RUNS_A_CALL: Final = 64
"""Runs and section headers read before the caller gets a turn: a file may hold a section every 28 bytes."""
_FIRST_STRIDE: Final = 64
_LAST_STRIDE: Final = 1 << 20
_MAX_COMMENTS: Final = 64
_MAX_COMMENT_BYTES: Final = 4096


class PcapngReader:
    """Implements CaptureFormat.

    Blocks are walked in strides that begin small after a section header and grow: what follows the next header is
    walked in vain, and so that is never more than what was useful.
    """

    def __init__(self, table: InterfaceTable, section: Section | None = None, last_time_ns: int | None = None) -> None:
        """Begin at a section header, or inside `section` behind a packet of `last_time_ns`."""
        self._table = table
        self._section = section
        self._stride = _FIRST_STRIDE
        self._ragged = False
        self._last_time_ns = last_time_ns
        self._past: Losses = (None, None, None)
        self._comments: list[str] = []

    @property
    def started(self) -> bool:
        """True once a section header was read and can be used."""
        return self._section is not None

    def parse(self, block: NDArray[np.uint8], filled: int) -> Parsed:
        """Read the blocks in `block[:filled]`."""
        parts: list[Frames] = []
        found = Parsed(None, 0, partial=True)
        for _ in range(_RUNS_A_CALL):
            at = found.consumed
            if self._section is None or bytes(block[at : min(at + 4, filled)]) == SECTION_MAGIC:
                found = self._section_header(block, at, filled)
            else:
                found = self._run(self._section, block, at, filled)
            if found.frames is not None:
                parts.append(found.frames)
            if found.partial or found.problem:
                break
        return Parsed(joined(parts), found.consumed, found.partial, found.wanted, found.problem)

    def continuation(self) -> Callable[[], PcapngReader]:
        """See CaptureFormat: the section with the interfaces that it has so far is remembered."""
        section = self._section
        known = len(section.interfaces) if section else 0
        return partial(_continued, self._table, section, known, self._last_time_ns)

    def losses(self) -> Losses:
        """Return the sums over all interfaces and sections."""
        return summed([self._past, *(self._section.losses() if self._section else ())])

    def section_comments(self) -> tuple[str, ...]:
        """Return the comments of section headers, not yet printable."""
        return tuple(self._comments)

    def _section_header(self, block: NDArray[np.uint8], at: int, filled: int) -> Parsed:
        if filled - at < SECTION_HEADER:
            return Parsed(None, at, partial=True, wanted=SECTION_HEADER)
        order, problem = section_order(bytes(block[at : at + SECTION_HEADER]))
        if problem:
            return Parsed(None, at, partial=True, problem=problem)
        (length,) = struct.unpack_from(order + "I", block.data, at + 4)
        if not SECTION_HEADER <= length <= MAX_RECORD:
            return Parsed(None, at, partial=True, problem=f"a section header of {length:,} bytes")
        padded = length + (-length & 3)
        if at + padded > filled:
            return Parsed(None, at, partial=True, wanted=padded)
        for code, value in options(bytes(block[at : at + length]), 24, order):
            if code == OPTION_COMMENT and len(self._comments) < _MAX_COMMENTS:
                self._comments.append(value[:_MAX_COMMENT_BYTES].rstrip(b"\0").decode("utf-8", "replace"))
        if self._section:
            self._past = self.losses()
        self._section = Section(order)
        self._stride = _FIRST_STRIDE
        return Parsed(None, at + padded, partial=False)

    def _run(self, section: Section, block: NDArray[np.uint8], at: int, filled: int) -> Parsed:
        """Read the blocks of one section from `at` on, as far as one stride goes."""
        starts, heads = self._walked(section, block, at, filled)
        length = heads["length"].astype(np.int64)
        ends = starts + length + (-length & 3)
        stops = np.flatnonzero((heads["type"] == SECTION_BLOCK) | (length < _SMALLEST_BLOCK) | (ends > filled))
        count = int(stops[0]) if len(stops) else len(starts)
        partial, wanted, problem = self._stop(heads[count:], len(starts))
        trailers = records_at(block, ends[:count] - 4, np.dtype([("length", section.order + "u4")]))
        unequal = np.flatnonzero(trailers["length"] != heads["length"][:count])
        if len(unequal):
            count, problem = int(unequal[0]), "a block whose two lengths differ"
        others = np.flatnonzero(heads["type"][:count] != ENHANCED_PACKET_BLOCK)
        frames = None
        if len(others):
            count, problem = self._described(section, block, starts, heads, others, (count, problem))
        rows = _packet_rows(heads["type"][:count], others)
        if rows is None or len(rows):
            which = slice(count) if rows is None else rows
            frames, trouble = packet_frames(block, starts[which], heads[which], section, self._last_time_ns)
            if trouble:
                problem = trouble
                count = len(frames) if rows is None else int(rows[len(frames)])
            self._last_time_ns = int(frames.time_ns[-1]) if len(frames) else self._last_time_ns
        consumed = int(ends[count - 1]) if count else at
        return Parsed(frames if frames is not None and len(frames) else None, consumed, partial, wanted, problem)

    def _stop(self, rest: NDArray[np.void], walked: int) -> tuple[bool, int, str]:
        """Return (partial, wanted, problem) for the block that a run stopped at, the first of `rest`."""
        if not len(rest):
            full_stride = walked == self._stride
            self._stride = min(self._stride * 8, _LAST_STRIDE)
            return not full_stride, _SMALLEST_BLOCK, ""
        if rest["type"][0] == SECTION_BLOCK:
            return False, 0, ""
        length = int(rest["length"][0])
        if not _SMALLEST_BLOCK <= length <= MAX_RECORD:
            return True, 0, f"a block of {length:,} bytes"
        return True, length + (-length & 3), ""

    def _described(
        self,
        section: Section,
        block: NDArray[np.uint8],
        starts: NDArray[np.intp],
        heads: NDArray[np.void],
        rows: NDArray[np.intp],
        found: tuple[int, str],
    ) -> tuple[int, str]:
        """Read interfaces and statistics among `rows`; return `found` (count, problem) or where one is wrong."""
        for row in rows.tolist():
            if row >= found[0]:
                break
            kind = heads["type"][row]
            if kind not in (INTERFACE_BLOCK, STATISTICS_BLOCK):
                continue
            content = bytes(block[starts[row] : starts[row] + int(heads["length"][row])])
            if kind == STATISTICS_BLOCK:
                section.add_statistics(content)
            elif trouble := section.add_interface(content, self._table):
                return row, trouble
        return found

    def _walked(
        self, section: Section, block: NDArray[np.uint8], at: int, filled: int
    ) -> tuple[NDArray[np.intp], NDArray[Any]]:
        """Return where blocks begin and their first fields; the last one may be cut short."""
        layout = packet_layout(section.order)
        walk = _walk_ragged if self._ragged else _walk
        while True:
            starts = np.array(walk(block, at, filled, section.order, self._stride), np.intp)
            starts = starts[starts + _SMALLEST_BLOCK <= filled]
            heads = records_at(block, starts, layout)
            if self._ragged or not (heads["length"] & 3).any():
                return starts, heads
            self._ragged = True
            walk = _walk_ragged


def _continued(table: InterfaceTable, section: Section | None, known: int, last_time_ns: int | None) -> PcapngReader:
    return PcapngReader(table, section.until(known, table) if section else None, last_time_ns)


def _packet_rows(types: NDArray[np.uint32], others: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """Return which blocks hold packets, None when all are enhanced packet blocks."""
    if not len(others):
        return None if len(types) else others
    packets = types == ENHANCED_PACKET_BLOCK
    packets |= (types == PACKET_BLOCK) | (types == SIMPLE_PACKET_BLOCK)
    return np.flatnonzero(packets)


def _walk(block: NDArray[np.uint8], at: int, filled: int, order: str, stride: int) -> list[int]:
    """Return where the next blocks begin, at most `stride` of them, when all lengths are multiples of 4."""
    starts: list[int] = []
    append = starts.append
    length = struct.Struct(order + "I").unpack_from
    lengths = block.data[4:filled]
    try:
        for _ in repeat(None, min(stride, filled // _SMALLEST_BLOCK + 1)):
            append(at)
            at += length(lengths, at)[0]
    except struct.error:
        pass  # the length of the last block is not there yet
    return starts


def _walk_ragged(block: NDArray[np.uint8], at: int, filled: int, order: str, stride: int) -> list[int]:
    """Do the same with lengths rounded up, as Wireshark reads the files of writers that do not do it."""
    starts: list[int] = []
    length = struct.Struct(order + "I").unpack_from
    lengths = block.data[4:filled]
    try:
        for _ in repeat(None, min(stride, filled // _SMALLEST_BLOCK + 1)):
            starts.append(at)
            size = length(lengths, at)[0]
            at += size + (-size & 3)
    except struct.error:
        pass
    return starts
