"""`python -m tests.benchmarks.egress [--minutes N]`: ten minutes of use, and every packet that netwatch sent: none.

In a network of its own, with an address, a default route and a name server that nobody is: what asks or calls anybody
goes out of the cable or of the loopback interface, where all that leaves is recorded. First a datagram is sent on
purpose, so that a recorder that hears nothing is no proof. Needs root.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.screen import Watched, netwatch
from tests.benchmarks.synthetic import ipv4

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
USE: Final = (
    *"12345678bb9", "3s", "j\r\x1b", "2jj\r", "\x1b", "?", "\x1b", ",", "\x1b", "6\r", "\x1b", "/tcp\r", "\x1b", "i",
    "\x1b", "farp\r", "f\x15\r", "3e", "y", "T", " ", " ", "2o", "\x1b", "D", "\x1b", "t", "\x1b", "c",
)  # fmt: skip
"""Keys of panes, packets, help, settings, filters, the picker, exports, copies, streams, themes."""
STAY: Final = 1.0
"""Seconds after each."""
PATIENCE: Final = 20.0
"""Seconds until the recorder has begun."""
OTHERS: Final = 0xCB007109, 0x0A620063
"""A server, and a client on the same network: whose names could be asked for."""
TALK: Final = """
import socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("v0", 0))
while True:
    for frame in sys.argv[1:]: s.send(bytes.fromhex(frame))
    time.sleep(0.05)
"""
RECORD: Final = """
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))  # ETH_P_ALL, of every interface
print("listening", flush=True)
while True:
    data, (name, _, kind, *_) = s.recvfrom(65535)
    if kind == socket.PACKET_OUTGOING: print(name, data.hex(), flush=True)
"""
ON_PURPOSE: Final = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0))
s.sendto(b"on purpose", s.getsockname())  # to itself, or the kernel says in another packet that nobody is there
"""
SHOWN: Final = 20
"""Packets of which the bytes are printed."""


def main(words: Sequence[str]) -> int:
    """Return 1 when anything was sent."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.egress", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder, cable() as (sender, watched):
        for command in (
            ["addr", "add", "10.98.0.1/24", "dev", "v0"],
            ["link", "set", "lo", "up"],
            ["route", "add", "default", "via", "10.98.0.2"],
        ):
            subprocess.run(["ip", "-n", watched, *command], check=True)
        recorded = Path(folder) / "sent"
        recorder = _recorder(watched, recorded)
        before = _sent(watched)
        talking = subprocess.Popen(inside(sender, sys.executable, "-c", TALK, *(frame.hex() for frame in _frames())))
        try:
            pressed, packets = _use(watched, folder, options.minutes)
        finally:
            for child in (talking, recorder):
                child.kill()
                child.wait()
        after, sent = _sent(watched), recorded.read_text().splitlines()[2:]
    print(f"{options.minutes:g} minutes, {pressed:,} keys, {packets:,} packets watched; sent: {len(sent)} packets")
    print(f"the kernel counted {after}, before {before}", *sent[:SHOWN], sep="\n")
    return int(after != before or bool(sent))


def _recorder(namespace: str, path: Path) -> subprocess.Popen[bytes]:
    """Start to write down what leaves the namespace; it is proven to hear what does.

    Raises:
        RuntimeError: it does not.
    """
    with path.open("wb") as file:
        recorder = subprocess.Popen(inside(namespace, sys.executable, "-c", RECORD), stdout=file)
    for words in ("listening", b"on purpose".hex()):
        end = time.monotonic() + PATIENCE
        while words not in path.read_text():
            if time.monotonic() > end:
                recorder.kill()
                recorder.wait()
                raise RuntimeError(f"the recorder has not heard: {words}")
            time.sleep(0.05)
        if words == "listening":
            subprocess.run(inside(namespace, sys.executable, "-c", ON_PURPOSE), check=True)
    return recorder


def _use(namespace: str, folder: str, minutes: float) -> tuple[int, int]:
    """Press keys for so long; return how many, and how many packets netwatch saw."""
    there = ["env", "-C", folder, f"PYTHONPATH={ROOT}"]
    screen = Watched(inside(namespace, *there, *netwatch("-i", "v0")))
    end, pressed = time.monotonic() + 60 * minutes, 0
    for keys in cycle(USE):
        if time.monotonic() >= end:
            break
        screen.key(keys)
        screen.pump(STAY)
        pressed += len(keys)
    screen.key("\x1b\x1b2")
    screen.pump(STAY)
    packets = screen.status()["pkts"]
    screen.quit()
    return pressed, packets


def _frames() -> Iterator[bytes]:
    """Yield a look-up, its answer and an attempt between others, which the kernel has no reason to answer."""
    server, client = OTHERS
    question = b"\7example\3org\0\0\1\0\1"
    query = struct.pack(">HHHH", 5001, 53, 8 + 12 + len(question), 0) + b"\0\7\1\0\0\1\0\0\0\0\0\0" + question
    answer = question + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\x63"
    reply = struct.pack(">HHHH", 53, 5001, 8 + 12 + len(answer), 0) + b"\0\7\x81\x80\0\1\0\1\0\0\0\0" + answer
    syn = struct.pack(">HHIIBBHHH", 5002, 443, 1, 0, 0x50, 2, 64000, 0, 0)
    yield ipv4(client, server, 17, 1, query)
    yield ipv4(server, client, 17, 2, reply)
    yield ipv4(client, server, 6, 3, syn)


def _sent(namespace: str) -> dict[str, int]:
    """Return how many packets each interface sent; what netwatch says to itself goes out of lo."""
    words = [f"/sys/class/net/{name}/statistics/tx_packets" for name in ("v0", "lo")]
    counts = subprocess.run(inside(namespace, "cat", *words), check=True, capture_output=True, text=True).stdout
    return dict(zip(("v0", "lo"), map(int, counts.split()), strict=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
