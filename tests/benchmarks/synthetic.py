"""Synthetic captures for benchmarks: mixed sizes over 20,000 flows, alike or not; floods of tiny packets or flows."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLOWS = 20_000
LARGE_SHARE = 0.35
"""Share of packets with a full payload, the rest have 0 to 200 bytes."""
PARETO = 0.6
"""Exponent of the lengths of unequal flows."""
ETHERNET = bytes.fromhex("020000000002020000000001") + b"\x08\x00"


def mixed(count: int, seed: int = 1, *, unequal: bool = False) -> Iterator[bytes]:
    """Yield `count` frames of FLOWS flows, four of five TCP, a third of them large.

    All flows have as many packets, or `unequal` numbers, as in traffic: the first has a third of all.
    """
    draw = random.Random(seed)
    noise = draw.randbytes(1 << 16)  # as what is encrypted looks
    flows = [
        (
            0x0A000000 | draw.randrange(512),
            0x0A010000 | draw.randrange(64),
            draw.randrange(1024, 65535),
            draw.choice((443, 22, 5201, 8443, 9000)),
            draw.random() < 0.8,
        )
        for _ in range(FLOWS)
    ]
    for number in range(count):
        place = min(int(draw.paretovariate(PARETO)) - 1, FLOWS - 1) if unequal else draw.randrange(FLOWS)
        source, destination, sport, dport, is_tcp = flows[place]
        size = 1400 if draw.random() < LARGE_SHARE else draw.randrange(200)
        if draw.random() < 0.4:
            source, destination, sport, dport = destination, source, dport, sport
        if is_tcp:
            flags = 0x10 if size else 0x18
            transport = struct.pack(
                ">HHIIBBHHH", sport, dport, number * 1400 & 0xFFFFFFFF, number, 0x50, flags, 64000, 0, 0
            )
        else:
            transport = struct.pack(">HHHH", sport, dport, 8 + size, 0)
        yield ipv4(
            source,
            destination,
            6 if is_tcp else 17,
            number,
            transport + noise[(begin := draw.randrange(60_000)) : begin + size],
        )


def tiny(count: int) -> Iterator[bytes]:
    """Yield frames of 60 bytes (64 with the checksum), each with addresses and ports of its own: a new flow each."""
    for number in range(count):
        ports = struct.pack(">HHHH", 1024 + number % 60_000, 53, 26, 0)
        yield ipv4(0x0A000000 | number & 0xFFFFFF, 0x0A010001, 17, number, ports + bytes(18))


def write_pcap(path: Path, frames: Iterator[bytes]) -> None:
    """Write frames one microsecond apart."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for number, frame in enumerate(frames):
            seconds, micros = divmod(number, 1_000_000)
            file.write(struct.pack("<IIII", 1_700_000_000 + seconds, micros, len(frame), len(frame)) + frame)


def ipv4(source: int, destination: int, protocol: int, number: int, payload: bytes) -> bytes:
    """Return an Ethernet frame with an IPv4 packet."""
    length = 20 + len(payload)
    header = struct.pack(">BBHHHBBHII", 0x45, 0, length, number & 0xFFFF, 0x4000, 64, protocol, 0, source, destination)
    return ETHERNET + header + payload
