"""What a network card is told to do by itself, asked by the SIOCETHTOOL ioctl; needs no rights. Linux only."""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import Final

_SIOCETHTOOL = 0x8946
_FLAG_LRO = 1 << 15
_QUESTIONS: Final = (
    ("tso", 0x1E, 1),  # ETHTOOL_GTSO
    ("gso", 0x23, 1),  # ETHTOOL_GGSO
    ("gro", 0x2B, 1),  # ETHTOOL_GGRO
    ("lro", 0x25, _FLAG_LRO),  # ETHTOOL_GFLAGS
    ("tx", 0x16, 1),  # ETHTOOL_GTXCSUM
)
# linux/ethtool.h; the names are those of `ethtool -K`
MERGING: Final = ("tso", "gso", "gro", "lro")
"""Offloads that make packets larger than any that were on the wire."""
CHECKSUM: Final = "tx"
"""The card fills in checksums after the capture has seen the packet."""


def offloads(interface: str) -> tuple[str, ...]:
    """Return which offloads are on, by the names that `ethtool -K` has for them; () where nothing can be learned."""
    name = interface.encode("utf-8", "surrogateescape")
    if not 0 < len(name) < 16:
        return ()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        return tuple(word for word, command, bit in _QUESTIONS if _value(asker, name, command) & bit)


def _value(asker: socket.socket, name: bytes, command: int) -> int:
    import fcntl

    value = ctypes.create_string_buffer(struct.pack("=II", command, 0), 8)  # struct ethtool_value
    request = struct.pack("@16sP16x", name, ctypes.addressof(value))  # struct ifreq
    try:
        fcntl.ioctl(asker.fileno(), _SIOCETHTOOL, request)
    except OSError:  # the driver does not know the question
        return 0
    answer: int = struct.unpack("=II", value.raw)[1]
    return answer
