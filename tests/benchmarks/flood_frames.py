"""Frames of floods, each meant to fill another table."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING, Final

from tests.benchmarks.synthetic import ETHERNET, ipv4, tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VICTIM: Final = 0x0A010001
ADDRESSES: Final = 1 << 32
BROADCAST: Final = b"\xff" * 6


def syns(count: int) -> Iterator[bytes]:
    """Yield attempts from random addresses to one service."""
    draw = random.Random(1)
    for number in range(count):
        segment = struct.pack(
            ">HHIIBBHHH", draw.randrange(1024, 65536), 80, draw.randrange(ADDRESSES), 0, 0x50, 2, 64000, 0, 0
        )
        yield ipv4(draw.randrange(ADDRESSES), VICTIM, 6, number, segment)


def arps(count: int) -> Iterator[bytes]:
    """Yield claims of random addresses by random cards."""
    draw = random.Random(2)
    for _ in range(count):
        card, address = b"\x02" + draw.randbytes(5), struct.pack(">I", 0x0A000000 | draw.randrange(1 << 24))
        yield BROADCAST + card + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + 2 * (card + address)


def random_names(count: int) -> Iterator[bytes]:
    """Yield queries for names that nobody asked for before."""
    draw = random.Random(3)
    for number in range(count):
        label = f"{draw.randrange(1 << 64):016x}".encode()
        question = struct.pack(">HHHHHHB", number & 0xFFFF, 0x100, 1, 0, 0, 0, len(label)) + label
        question += b"\x07example\x00" + struct.pack(">HH", 1, 1)
        yield ipv4(0x0A000000 | number % 512, VICTIM, 17, number, _datagram(1024 + number % 60_000, 53, question))


def fragments(count: int) -> Iterator[bytes]:
    """Yield the second fragments of datagrams whose first never comes."""
    draw = random.Random(4)
    for number in range(count):
        header = struct.pack(
            ">BBHHHBBHII", 0x45, 0, 20 + 1000, number & 0xFFFF, 0x2010, 64, 17, 0, draw.randrange(ADDRESSES), VICTIM
        )
        yield ETHERNET + header + bytes(1000)


def hosts(count: int) -> Iterator[bytes]:
    """Yield packets between machines that were not heard of before."""
    for number in range(count):
        datagram = _datagram(5000, 5001, bytes(18))
        yield ipv4(0x0A000000 | number, 0x0B000000 | number, 17, number, datagram)


def _datagram(sport: int, dport: int, payload: bytes) -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


FLOODS: Final[dict[str, tuple[Callable[[int], Iterator[bytes]], float, bool]]] = {
    "SYN flood, random sources": (syns, 100_000, True),
    "ARP flood, random claims": (arps, 50_000, False),
    "DNS queries for random names": (random_names, 50_000, False),
    "fragments that never complete": (fragments, 50_000, True),
    "new hosts": (hosts, 50_000, True),
    "new flows": (tiny, 100_000, True),
    "64-byte packets, as fast as one core sends": (tiny, 0, False),
}
"""Frames, packets a second (0: no limit), and whether source addresses change each time the frames were sent."""
