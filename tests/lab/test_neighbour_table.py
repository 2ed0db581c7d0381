"""Answers of rtnetlink: neighbours of both families, and nothing but an end where one is cut short."""

from __future__ import annotations

import ipaddress
import random
import struct

from netwatch.lab.neighbour_table import neighbour_address, neighbours_in

MAC = bytes.fromhex("020000000007")


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 2, 1, 0) + body


def neighbour(index: int, address: str, hardware: bytes) -> bytes:
    """A message as the kernel writes one, a foreign attribute between the two that count."""
    packed = ipaddress.ip_address(address).packed
    body = struct.pack("=BxxxiHBB", 2 if len(packed) == 4 else 10, index, 2, 0, 1)
    for kind, value in ((1, packed), (3, b"\1\2\3\4"), (2, hardware)):
        body += struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return message(28, body)


BLOCK = (
    neighbour(3, "192.0.2.7", MAC) + message(20, b"x" * 8) + neighbour(4, "2001:db8::7", MAC) + message(3, b"\0" * 4)
)
FOUND = [(3, ipaddress.ip_address(address).packed, MAC) for address in ("192.0.2.7",)]
FOUND += [(4, ipaddress.ip_address("2001:db8::7").packed, MAC)]


def test_neighbours_of_both_families() -> None:
    assert list(neighbours_in(BLOCK)) == FOUND


def test_what_is_cut_short_or_changed_breaks_nothing() -> None:
    for length in range(len(BLOCK)):
        assert list(neighbours_in(BLOCK[:length])) in ([], FOUND[:1], FOUND)
    draw = random.Random(5)
    for _ in range(2000):
        data = bytearray(BLOCK)
        for _ in range(3):
            data[draw.randrange(len(data))] = draw.getrandbits(8)
        assert len(list(neighbours_in(bytes(data)))) <= 2


def test_who_is_no_neighbour() -> None:
    assert neighbour_address(ipaddress.ip_address("127.0.0.1"), "lo") is None
    assert neighbour_address(ipaddress.ip_address("::1"), "nothere0") is None
