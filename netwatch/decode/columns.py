"""The columns of a batch while it is being decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frames import CHECKSUM_NOT_READY as NOT_READY
from netwatch.decode.batch import (
    CHECKSUM_NOT_READY,
    CUT_SHORT,
    ETHERTYPE_UNKNOWN,
    MALFORMED,
    PROTOCOL_NONE,
    PacketBatch,
)
from netwatch.decode.window import Rows, holds_for_all, holds_for_any, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames

LONGEST_FRAME = 1 << 30
"""Wire lengths above this are a lie of the file (pcap allows 4 GiB); offsets stay within 32 bits."""


@dataclass(slots=True, eq=False)
class Columns:
    """What PacketBatch will hold, still writable, and where each packet ends. All arrays have shape (n,).

    `end` and `wire_end` begin as the ends of the frame; each layer that states a length moves them inwards, so that
    nothing inside reads the padding behind it.
    """

    frames: Frames
    data: NDArray[np.uint8]
    end: NDArray[np.int32]
    """One past the last captured byte of the packet, in `data`."""
    wire_end: NDArray[np.int32]
    """Where the packet would end had all of it been captured."""
    ethertype: NDArray[np.uint16]
    vlan: NDArray[np.int32]
    src_high: NDArray[np.uint64]
    src_low: NDArray[np.uint64]
    dst_high: NDArray[np.uint64]
    dst_low: NDArray[np.uint64]
    protocol: NDArray[np.uint8]
    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    tcp_flags: NDArray[np.uint8]
    tcp_seq: NDArray[np.uint32]
    tcp_ack: NDArray[np.uint32]
    tcp_window: NDArray[np.uint16]
    ttl: NDArray[np.uint8]
    network_offset: NDArray[np.int32]
    transport_offset: NDArray[np.int32]
    """0 as long as no such header was found; so is `payload_offset`."""
    payload_offset: NDArray[np.int32]
    fragment: NDArray[np.uint16]
    tunnel_depth: NDArray[np.uint8]
    status: NDArray[np.uint8]

    @classmethod
    def blank(cls, frames: Frames) -> Columns:
        """Return columns that hold their neutral values."""
        count = len(frames)
        end = frames.offset + frames.captured
        wire = np.minimum(frames.wire_length, LONGEST_FRAME).astype(np.int32)
        return cls(
            frames=frames,
            data=frames.data,
            end=end,
            wire_end=np.maximum(frames.offset + wire, end),
            ethertype=np.full(count, ETHERTYPE_UNKNOWN, np.uint16),
            vlan=np.full(count, -1, np.int32),
            src_high=np.zeros(count, np.uint64),
            src_low=np.zeros(count, np.uint64),
            dst_high=np.zeros(count, np.uint64),
            dst_low=np.zeros(count, np.uint64),
            protocol=np.full(count, PROTOCOL_NONE, np.uint8),
            sport=np.zeros(count, np.uint16),
            dport=np.zeros(count, np.uint16),
            tcp_flags=np.zeros(count, np.uint8),
            tcp_seq=np.zeros(count, np.uint32),
            tcp_ack=np.zeros(count, np.uint32),
            tcp_window=np.zeros(count, np.uint16),
            ttl=np.zeros(count, np.uint8),
            network_offset=frames.offset.copy(),
            transport_offset=np.zeros(count, np.int32),
            payload_offset=np.zeros(count, np.int32),
            fragment=np.zeros(count, np.uint16),
            tunnel_depth=np.zeros(count, np.uint8),
            status=(frames.flags & np.uint8(NOT_READY)) * np.uint8(CHECKSUM_NOT_READY),
        )

    def fitting(
        self, rows: Rows, offset: NDArray[np.int32], need: int | NDArray[np.int32]
    ) -> tuple[Rows, NDArray[np.int32]]:
        """Return those of `rows`, with their `offset`, for which `require` holds."""
        fits = self.require(rows, offset, need)
        return (rows, offset) if holds_for_all(fits) else (select(rows, fits), offset[fits])

    def require(self, rows: Rows, offset: NDArray[np.int32], need: int | NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return for each of `rows` whether `need` bytes from `offset` (one a row) were captured; mark the others.

        A packet that ended on the wire is MALFORMED; one that only the snapshot length ended is CUT_SHORT.
        """
        wanted = offset + need
        fits = wanted <= self.end[rows]
        if not holds_for_all(fits):
            short = select(rows, ~fits)
            cut = wanted[~fits] <= self.wire_end[short]
            self.status[short] |= np.where(cut, np.uint8(CUT_SHORT), np.uint8(MALFORMED))
        return fits

    def end_at(self, rows: Rows, stop: NDArray[np.int32], least: NDArray[np.int32]) -> None:
        """Let the packets of `rows` end at `stop`, as their header says it; MALFORMED when that cannot be.

        It cannot be before `least`, where the header itself ends, nor beyond what carries the packet.
        """
        wire_end = self.wire_end[rows]
        self.mark_malformed(rows, (stop < least) | (stop > wire_end))
        self.wire_end[rows] = np.minimum(stop, wire_end)
        self.end[rows] = np.minimum(self.end[rows], stop)

    def mark_malformed(self, rows: Rows, bad: NDArray[np.bool_]) -> None:
        """Set MALFORMED for those of `rows` that are `bad` (one value a row)."""
        if holds_for_any(bad):
            self.status[select(rows, bad)] |= MALFORMED

    def finished(self, first_number: int) -> PacketBatch:
        """Return the batch; these columns must not be used any more."""
        transport = np.maximum(self.transport_offset, self.network_offset)
        payload = np.maximum(self.payload_offset, transport)
        payload_captured = np.minimum(payload, self.end)
        return PacketBatch(
            frames=self.frames,
            first_number=first_number,
            ethertype=self.ethertype,
            vlan=self.vlan,
            src_high=self.src_high,
            src_low=self.src_low,
            dst_high=self.dst_high,
            dst_low=self.dst_low,
            protocol=self.protocol,
            sport=self.sport,
            dport=self.dport,
            tcp_flags=self.tcp_flags,
            tcp_seq=self.tcp_seq,
            tcp_ack=self.tcp_ack,
            tcp_window=self.tcp_window,
            ttl=self.ttl,
            network_offset=self.network_offset,
            transport_offset=np.minimum(transport, self.end),
            payload_offset=payload_captured,
            payload_length=np.maximum(self.wire_end - payload, 0),
            payload_captured=self.end - payload_captured,
            fragment=self.fragment,
            tunnel_depth=self.tunnel_depth,
            status=self.status,
        )
