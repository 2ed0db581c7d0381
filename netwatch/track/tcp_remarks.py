"""Remark: what is remarkable about one segment of a TCP connection, as Wireshark's tcp.analysis has it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Remark(IntFlag):
    """Bits that one segment may have."""

    RETRANSMISSION = 1
    FAST_RETRANSMISSION = 2
    SPURIOUS_RETRANSMISSION = 4
    OUT_OF_ORDER = 8
    LOST_SEGMENT = 16
    DUPLICATE_ACK = 32
    KEEP_ALIVE = 64
    ZERO_WINDOW = 128
    WINDOW_UPDATE = 256
    WINDOW_FULL = 512
    ZERO_WINDOW_PROBE = 1024
    ZERO_WINDOW_PROBE_ACK = 2048
    KEEP_ALIVE_ACK = 4096
    ACK_LOST_SEGMENT = 8192
    REUSED_PORTS = 16384
    """Begins a connection whose addresses and ports another had before; noted only for display filters."""
    ANY = 32767


@dataclass(frozen=True, slots=True, eq=False)
class SegmentRemarks:
    """The remarks on every packet of a block."""

    bits: NDArray[np.uint16]
    """Of Remark; shape (n,)."""
    thorough: bool
    """Those on windows are wanted too, which nothing but a display filter asks for."""
