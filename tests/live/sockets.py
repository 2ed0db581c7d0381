"""TCP connections of the tests' own inside namespaces, and SYNs without a connection behind them."""

from __future__ import annotations

import select
import socket
import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING

from tests.live.child import PATIENCE
from tests.live.tap import inside

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: close by a RST."""


def listen(namespace: str, address: str, port: int) -> socket.socket:
    """Return a socket that waits for connections; the kernel completes them whether they are accepted or not."""
    with inside(namespace):
        return socket.create_server((address, port), family=_family(address))


def start(namespace: str, address: str, port: int, *, local: tuple[str, int] | None = None) -> socket.socket:
    """Return a socket that begins to connect."""
    with inside(namespace):
        one = socket.socket(_family(address), socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.setblocking(False)
    if local is not None:
        one.bind(local)
    one.connect_ex((address, port))
    return one


def finish(connecting: Sequence[socket.socket]) -> list[int]:
    """Wait until these are connected or have failed and return the errors, 0 for none."""
    waiting = set(connecting)
    while waiting:
        _, done, _ = select.select([], waiting, [], PATIENCE)
        assert done, "a connection neither came nor failed"
        waiting -= set(done)
    for one in connecting:
        one.setblocking(True)
        one.settimeout(PATIENCE)
    return [one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for one in connecting]


def connect(namespace: str, address: str, port: int, *, local: tuple[str, int] | None = None) -> socket.socket:
    """Return a connected socket."""
    one = start(namespace, address, port, local=local)
    assert finish([one]) == [0]
    return one


def send_syn(namespace: str, source: tuple[str, int], destination: tuple[str, int]) -> None:
    """Send a SYN over IPv4 that no socket knows of."""
    tcp = struct.pack("!HHIIBBHHH", source[1], destination[1], 1_000_000, 0, 5 << 4, 2, 64240, 0, 0)
    ends = ip_address(source[0]).packed + ip_address(destination[0]).packed
    words = struct.unpack("!16H", ends + struct.pack("!HH", socket.IPPROTO_TCP, len(tcp)) + tcp)
    total = sum(words)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    packet = struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_TCP, 0) + ends
    with inside(namespace), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        sender.sendto(packet + tcp[:16] + struct.pack("!H", checksum) + tcp[18:], (destination[0], 0))


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
