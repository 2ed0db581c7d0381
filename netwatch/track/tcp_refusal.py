"""ICMP errors that quote a TCP segment, and the flow whose segment it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import IPV4_MAPPED, PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP
from netwatch.decode.window import headers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_index import FlowIndex
    from netwatch.track.flow_key import End, FlowHash

UNREACHABLE: Final = 3
"""ICMP destination unreachable (RFC 792)."""
UNREACHABLE_V6: Final = 1
"""ICMPv6 destination unreachable (RFC 4443 section 3.1)."""
FRAGMENTATION_NEEDED: Final = 4
"""The code of an ICMP error that asks for smaller packets and refuses nothing (RFC 1191)."""

QUOTED_V4: Final = np.dtype(
    [("version_ihl", "u1"), ("skipped", "V8"), ("protocol", "u1"), ("checksum", "u2"), ("src", ">u4"), ("dst", ">u4")]
)
QUOTED_V6: Final = np.dtype(
    [
        ("skipped", "V6"),
        ("next_header", "u1"),
        ("hop_limit", "u1"),
        ("src_high", ">u8"),
        ("src_low", ">u8"),
        ("dst_high", ">u8"),
        ("dst_low", ">u8"),
    ]
)
QUOTED_TCP: Final = np.dtype([("sport", ">u2"), ("dport", ">u2"), ("seq", ">u4")])
"""RFC 792 promises these 8 bytes of the segment."""


@dataclass(frozen=True, slots=True, eq=False)
class Refusals:
    """ICMP errors, each with the row of the flow that it quotes; arrays have shape (n,)."""

    positions: NDArray[np.intp]
    """Which packets these are."""
    rows: NDArray[np.intp]
    icmp: NDArray[np.intp]
    """Type << 8 | code."""
    seq: NDArray[np.uint32]
    """The sequence number of the quoted segment."""
    time_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def shifted(self, start: int) -> Refusals:
        """Return the same with positions that count from `start`."""
        return replace(self, positions=self.positions + start)

    @classmethod
    def joined(cls, parts: Sequence[Refusals]) -> Refusals:
        """Return `parts`, one behind the other."""
        if not parts:
            nothing = np.zeros(0, np.intp)
            return cls(nothing, nothing, nothing, np.zeros(0, np.uint32), np.zeros(0, np.int64))
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def find_refusals(batch: PacketBatch, hashing: FlowHash, index: FlowIndex) -> Refusals | None:
    """Return the ICMP errors of `batch` that quote a segment of a known flow, None when there are none."""
    kind, code = batch.sport, batch.dport
    v4, v6 = batch.protocol == PROTOCOL_ICMP, batch.protocol == PROTOCOL_ICMPV6
    if not (v4.any() or v6.any()):
        return None
    v4 &= (kind == UNREACHABLE) & (code != FRAGMENTATION_NEEDED)
    v6 &= kind == UNREACHABLE_V6
    parts = [
        read(batch, np.flatnonzero(mask), hashing, index)
        for mask, read in ((v4, _read_v4), (v6, _read_v6))
        if mask.any()
    ]
    if not sum(len(positions) for positions, _, _ in parts):
        return None
    positions = np.concatenate([part[0] for part in parts])
    icmp = kind[positions].astype(np.intp) << 8 | code[positions]
    rows, seq = (np.concatenate([part[index] for part in parts]) for index in (1, 2))
    return Refusals(positions, rows, icmp, seq, batch.frames.time_ns[positions])


_Found = tuple["NDArray[np.intp]", "NDArray[np.intp]", "NDArray[np.uint32]"]


def _read_v4(batch: PacketBatch, positions: NDArray[np.intp], hashing: FlowHash, index: FlowIndex) -> _Found:
    positions = positions[batch.payload_captured[positions] >= QUOTED_V4.itemsize]
    header = headers(batch.frames.data, batch.payload_offset[positions], QUOTED_V4)
    size = (header["version_ihl"] & 15).astype(np.int32) << 2
    whole = (header["version_ihl"] >> 4 == 4) & (size >= QUOTED_V4.itemsize) & (header["protocol"] == PROTOCOL_TCP)
    whole &= batch.payload_captured[positions] >= size + QUOTED_TCP.itemsize
    positions, header, size = positions[whole], header[whole], size[whole]
    high = np.zeros(len(positions), np.uint64)
    addresses = [(high, header[name].astype(np.uint64) | np.uint64(IPV4_MAPPED)) for name in ("src", "dst")]
    return _find(batch, positions, size, addresses, hashing, index)


def _read_v6(batch: PacketBatch, positions: NDArray[np.intp], hashing: FlowHash, index: FlowIndex) -> _Found:
    size = QUOTED_V6.itemsize
    positions = positions[batch.payload_captured[positions] >= size + QUOTED_TCP.itemsize]
    header = headers(batch.frames.data, batch.payload_offset[positions], QUOTED_V6)
    whole = header["next_header"] == PROTOCOL_TCP
    positions, header = positions[whole], header[whole]
    addresses = [
        (header[f"{name}_high"].astype(np.uint64), header[f"{name}_low"].astype(np.uint64)) for name in ("src", "dst")
    ]
    return _find(batch, positions, np.full(len(positions), size, np.int32), addresses, hashing, index)


def _find(  # all parts of a key
    batch: PacketBatch,
    positions: NDArray[np.intp],
    size: NDArray[np.int32],
    addresses: list[tuple[NDArray[np.uint64], NDArray[np.uint64]]],
    hashing: FlowHash,
    index: FlowIndex,
) -> _Found:
    """Look up the flows whose segments are quoted behind IP headers of `size` bytes."""
    segment = headers(batch.frames.data, batch.payload_offset[positions] + size, QUOTED_TCP)
    source: End = (*addresses[0], segment["sport"].astype(np.uint16))
    destination: End = (*addresses[1], segment["dport"].astype(np.uint16))
    keys = hashing.of(source, destination, batch.vlan[positions], np.full(len(positions), PROTOCOL_TCP, np.uint8))
    rows = index.find(keys)
    found = rows >= 0
    return positions[found], rows[found], segment["seq"][found].astype(np.uint32)
