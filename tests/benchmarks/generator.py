"""A packet generator for benchmarks: frames of a pcap file sent from an AF_PACKET transmit ring at a given rate.

Run inside a network namespace: `python -m tests.benchmarks.generator INTERFACE FILE RATE SECONDS [new|clients]`; prints
how many packets went out and in how many seconds. With `new` the source addresses change each time the file was sent,
with `clients` those of 10.2.0.0/16 in both directions, so that conversations stay whole.
Debian's tcpreplay makes one system call a packet, which on small machines is too slow to offer a million packets a
second beside the program that is measured.
"""

from __future__ import annotations

import mmap
import socket
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOL_PACKET = 263
PACKET_VERSION, PACKET_TX_RING, PACKET_QDISC_BYPASS = 10, 13, 20
TPACKET_V2 = 1
DATA_OFFSET = 32
"""TPACKET2_HDRLEN - sizeof(struct sockaddr_ll): where the kernel reads the frame of a slot."""
SLOT = 2048
SEND_REQUEST = 1
BURST = 512
IPV4_SOURCE = 14 + 12
"""Where the source address of an untagged IPv4 frame begins."""
IPV4_DESTINATION = IPV4_SOURCE + 4
CLIENTS = (10, 2)
"""The first bytes of addresses that change."""


def frames_of(path: Path, most: int) -> list[bytes]:
    """Return up to `most` frames of a little-endian pcap file that fit into a slot."""
    data = path.read_bytes()
    frames = []
    at = 24
    while at + 16 <= len(data) and len(frames) < most:
        length = struct.unpack_from("<I", data, at + 8)[0]
        if length <= SLOT - DATA_OFFSET:
            frames.append(data[at + 16 : at + 16 + length])
        at += 16 + length
    return frames


class Generator:
    """A transmit ring whose slots hold the frames; sending again only flips the status words."""

    def __init__(self, interface: str, frames: list[bytes]) -> None:
        """Fill as many slots as there are frames, rounded down to whole bursts."""
        self.slots = len(frames) // BURST * BURST
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
        self.socket.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        request = struct.pack("=4I", BURST * SLOT, self.slots // BURST, SLOT, self.slots)
        self.socket.setsockopt(SOL_PACKET, PACKET_TX_RING, request)
        self.socket.bind((interface, 0))
        self.ring = mmap.mmap(self.socket.fileno(), self.slots * SLOT)
        for slot, frame in enumerate(frames[: self.slots]):
            struct.pack_into("=II", self.ring, slot * SLOT, 0, len(frame))
            begin = slot * SLOT + DATA_OFFSET
            self.ring[begin : begin + len(frame)] = frame
        self.status = np.frombuffer(self.ring, np.uint32)[:: SLOT // 4]
        self.bytes = np.frombuffer(self.ring, np.uint8)
        self.source = self.bytes[DATA_OFFSET + IPV4_SOURCE :: SLOT]

    def run(self, rate: float, seconds: float, *, new: bool = False, clients: bool = False) -> tuple[int, float]:
        """Send at `rate` packets a second (0 for as fast as it goes) and return (packets, seconds).

        With `new` every IPv4 source address is another one each time the frames are sent, with `clients` those of
        CLIENTS are, until 65,536 rounds.
        """
        second = self._second_bytes() if clients else np.zeros(0, np.intp)
        first_value = CLIENTS[1]
        third = self.bytes[second + 1]
        rounds = 0
        sent, slot = 0, 0
        start = time.perf_counter()
        while (now := time.perf_counter() - start) < seconds:
            if rate and sent > now * rate:
                time.sleep(min((sent - now * rate) / rate, 0.001))
                continue
            self.status[slot : slot + BURST] = SEND_REQUEST
            self.socket.send(b"")
            sent += BURST
            slot = (slot + BURST) % self.slots
            if new and slot == 0:
                self.source += 1
            elif clients and slot == 0:
                rounds += 1
                self.bytes[second] = first_value + (rounds >> 8) & 0xFF
                self.bytes[second + 1] = third + np.uint8(rounds & 0xFF)
        return sent, time.perf_counter() - start

    def _second_bytes(self) -> NDArray[np.intp]:
        """Return where the second bytes of the addresses of clients are."""
        found = []
        for field in (IPV4_SOURCE, IPV4_DESTINATION):
            at = np.arange(self.slots) * SLOT + DATA_OFFSET + field
            of_client = (self.bytes[at] == CLIENTS[0]) & (self.bytes[at + 1] == CLIENTS[1])
            found.append(at[of_client] + 1)
        return np.concatenate(found)


if __name__ == "__main__":
    name, file, wanted, duration, *words = sys.argv[1:]
    generator = Generator(name, frames_of(Path(file), 65536))
    count, took = generator.run(float(wanted), float(duration), new="new" in words, clients="clients" in words)
    print(count, took)
