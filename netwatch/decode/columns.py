"""The columns of a batch while it is being decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frames import CHECKSUM_NOT_READY as NOT_READY
from netwatch.decode.batch import CHECKSUM_NOT_READY, CUT_SHORT, MALFORMED, PROTOCOL_NONE, PacketBatch
from netwatch.decode.window import Rows, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames

LONGEST_FRAME = 1 << 30
"""Wire lengths above this are a lie of the file (pcap allows 4 GiB); offsets stay within 32 bits."""


@dataclass(slots=True, eq=False)
class Columns:
    """What PacketBatch will hold, still writable, and where each frame ends. All arrays have shape (n,)."""

    frames: Frames
    data: NDArray[np.uint8]
    end: NDArray[np.int32]
    """One past the last captured byte of the frame, in `data`."""
    wire_end: NDArray[np.int32]
    """Where the frame would end had all of it been captured."""
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
    network_end: NDArray[np.int32]
    """Where the network layer says that its packet ends, at most `wire_end`."""
    payload_offset: NDArray[np.int32]
    payload_end: NDArray[np.int32]
    fragment: NDArray[np.uint16]
    tunnel_depth: NDArray[np.uint8]
    status: NDArray[np.uint8]

    @classmethod
    def blank(cls, frames: Frames) -> Columns:
        """Return columns that hold their neutral values."""
        count = len(frames)
        end = frames.offset + frames.captured
        wire = np.minimum(frames.wire_length, LONGEST_FRAME).astype(np.int32)
        wire_end = np.maximum(frames.offset + wire, end)

        return cls(
            frames=frames,
            data=frames.data,
            end=end,
            wire_end=wire_end,
            ethertype=np.zeros(count, np.uint16),
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
            transport_offset=frames.offset.copy(),
            network_end=wire_end.copy(),
            payload_offset=frames.offset.copy(),
            payload_end=wire_end.copy(),
            fragment=np.zeros(count, np.uint16),
            tunnel_depth=np.zeros(count, np.uint8),
            status=np.where(frames.flags & NOT_READY, CHECKSUM_NOT_READY, 0).astype(np.uint8),
        )

    def fitting(
        self, rows: Rows, offset: NDArray[np.int32], need: int | NDArray[np.int32]
    ) -> tuple[Rows, NDArray[np.int32]]:
        """Return those of `rows`, with their `offset`, for which `require` holds."""
        fits = self.require(rows, offset, need)
        return (rows, offset) if fits.all() else (select(rows, fits), offset[fits])

    def require(self, rows: Rows, offset: NDArray[np.int32], need: int | NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return for each of `rows` whether `need` bytes from `offset` (one a row) were captured; mark the others.

        A frame that ended on the wire is MALFORMED; one that only the snapshot length ended is CUT_SHORT.
        """
        wanted = offset + need
        fits = wanted <= self.end[rows]
        if not fits.all():
            short = select(rows, ~fits)
            cut = wanted[~fits] <= self.wire_end[short]
            self.status[short] |= np.where(cut, np.uint8(CUT_SHORT), np.uint8(MALFORMED))
        return fits

    def mark_malformed(self, rows: Rows, bad: NDArray[np.bool_]) -> None:
        """Set MALFORMED for those of `rows` that are `bad` (one value a row)."""
        if bad.any():
            self.status[select(rows, bad)] |= MALFORMED

    def finished(self, first_number: int) -> PacketBatch:
        """Return the batch; these columns must not be used any more."""
        begin = np.minimum(self.payload_offset, self.end)
        length = np.maximum(self.payload_end - self.payload_offset, 0)
        captured = np.clip(self.end - self.payload_offset, 0, length)
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
            transport_offset=self.transport_offset,
            payload_offset=begin,
            payload_length=length,
            payload_captured=captured,
            fragment=self.fragment,
            tunnel_depth=self.tunnel_depth,
            status=self.status,
        )
