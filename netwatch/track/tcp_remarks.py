"""Remark: what is remarkable about one segment of a TCP connection, as Wireshark's tcp.analysis has it."""

from __future__ import annotations

from enum import IntFlag


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
    ANY = 255
