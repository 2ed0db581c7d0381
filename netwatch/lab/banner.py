"""What a service says first: an ordinary TCP connection, a short wait, at most a few hundred bytes."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes

if TYPE_CHECKING:
    from netwatch.lab.bench import Bench

LONGEST: Final = 256
"""Bytes that are read."""
_REQUEST: Final = b"HEAD / HTTP/1.0\r\n\r\n"
"""Sent when a service waits for its client to begin, as web servers do."""


def read_banner(bench: Bench, target: str, port: int, timeout: float) -> str | None:
    """Return the first line that a service says, printable; None when it says nothing."""
    _note(bench, f"TCP connection to {target}:{port} for its banner")
    data = b""
    with contextlib.suppress(OSError), socket.create_connection((target, port), timeout) as connection:
        connection.settimeout(timeout / 2)
        try:
            data = connection.recv(LONGEST)
        except TimeoutError:
            _note(bench, f"HEAD / to {target}:{port}")
            connection.sendall(_REQUEST)
            data = connection.recv(LONGEST)
    lines = [line.strip() for line in data.splitlines() if line.strip()]
    server = next((line for line in lines if line.lower().startswith(b"server:")), b"")
    return printable_bytes(b" | ".join(filter(None, (lines[0], server))), 200) if lines else None


def _note(bench: Bench, summary: str) -> None:
    """Keep the pace and the log for what the kernel sends for us."""
    bench.pause(bench.pacer.delay())
    bench.pacer.went()
    bench.packets += 1
    if bench.log is not None:
        bench.log.sent(summary, 0)
