"""Asks a server for names, one after the other: `python -m tests.live.dns_client SERVER NAME ...`."""

from __future__ import annotations

import socket
import struct
import sys


def query(number: int, name: str) -> bytes:
    """Return a query for an A record."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)


if __name__ == "__main__":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        for number, name in enumerate(sys.argv[2:], 1):
            client.sendto(query(number, name), (sys.argv[1], 53))
            client.recv(4096)
