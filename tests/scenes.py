"""The same small network day for tests and screenshots: hand-made frames, a source that plays them, an engine."""

from __future__ import annotations

import math
import struct
import threading
import time
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, PADDING, FrameInterface, Frames
from netwatch.capture.source import SourceCounters
from netwatch.decode.decoder import decode
from netwatch.redact.redacting import RedactingEngine
from netwatch.track.analysis import Analysis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netwatch.capture.source import Source
    from netwatch.engine import Engine
    from netwatch.snapshot import Snapshot

START_NS = 1_767_225_600_000_000_000
"""2026-01-01 00:00:00 UTC."""

CLIENT, RESOLVER, SERVER, PRINTER = "10.0.0.17", "10.0.0.1", "93.184.216.34", "10.0.0.5"
MACS = {CLIENT: 0x3C22FB101112, RESOLVER: 0x001C73000099, SERVER: 0x001C73000099, PRINTER: 0x00805F010203}


def address(text: str) -> int:
    """Return an IPv4 address as a number."""
    return struct.unpack(">I", bytes(map(int, text.split("."))))[0]


def ethernet(source: str, destination: str, ethertype: int, payload: bytes) -> bytes:
    """Return an Ethernet frame between two hosts of the scene."""
    return (
        MACS[destination].to_bytes(6, "big") + MACS[source].to_bytes(6, "big") + struct.pack(">H", ethertype) + payload
    )


def ipv4(source: str, destination: str, protocol: int, payload: bytes, ttl: int = 64) -> bytes:
    """Return a frame that holds an IPv4 packet."""
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, ttl, protocol, 0)
    header += struct.pack(">II", address(source), address(destination))
    return ethernet(source, destination, 0x0800, header + payload)


def tcp(
    source: str, destination: str, sport: int, dport: int, flags: int, seq: int, ack: int = 0, data: bytes = b""
) -> bytes:
    """Return a frame that holds a TCP segment without options."""
    header = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 64240, 0, 0)
    return ipv4(source, destination, 6, header + data)


def udp(source: str, destination: str, sport: int, dport: int, data: bytes) -> bytes:
    """Return a frame that holds a UDP datagram."""
    return ipv4(source, destination, 17, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data)


def dns(identifier: int, name: str, answer: str | None = None) -> bytes:
    """Return a query for an A record, or its answer."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0\0\1\0\1"
    if answer is None:
        return struct.pack(">HHHHHH", identifier, 0x0100, 1, 0, 0, 0) + question
    record = b"\xc0\x0c" + struct.pack(">HHIHI", 1, 1, 300, 4, address(answer))
    return struct.pack(">HHHHHH", identifier, 0x8180, 1, 1, 0, 0) + question + record


def arp(source: str, destination: str, operation: int) -> bytes:
    """Return an ARP request or reply."""
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    body += MACS[source].to_bytes(6, "big") + struct.pack(">I", address(source))
    body += MACS[destination].to_bytes(6, "big") + struct.pack(">I", address(destination))
    return ethernet(source, destination, 0x0806, body)


def client_hello(name: str) -> bytes:
    """Return a TLS 1.2 ClientHello with a server name."""
    host = name.encode()
    sni = struct.pack(">HHHBH", 0, len(host) + 5, len(host) + 3, 0, len(host)) + host
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0" + struct.pack(">H", len(sni)) + sni
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


def day(rounds: int = 8) -> list[bytes]:
    """Return the frames: look-ups, a web page, TLS, pings, a refused connection, ARP, again and again."""
    return list(_day(rounds))


@cache
def _day(rounds: int) -> tuple[bytes, ...]:
    frames: list[bytes] = []
    for turn in range(rounds):
        port, seq = 52144 + turn, 1000 + turn
        frames += [
            arp(CLIENT, RESOLVER, 1),
            arp(RESOLVER, CLIENT, 2),
            udp(CLIENT, RESOLVER, 41800 + turn, 53, dns(turn, "www.example.com")),
            udp(RESOLVER, CLIENT, 53, 41800 + turn, dns(turn, "www.example.com", SERVER)),
            tcp(CLIENT, SERVER, port, 443, 0x02, seq),
            tcp(SERVER, CLIENT, 443, port, 0x12, 7000, seq + 1),
            tcp(CLIENT, SERVER, port, 443, 0x10, seq + 1, 7001),
            tcp(CLIENT, SERVER, port, 443, 0x18, seq + 1, 7001, client_hello("www.example.com")),
            tcp(
                CLIENT,
                SERVER,
                port + 500,
                80,
                0x18,
                seq,
                1,
                b"GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
            ),
            tcp(
                SERVER,
                CLIENT,
                80,
                port + 500,
                0x18,
                1,
                seq + 51,
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>",
            ),
            ipv4(CLIENT, RESOLVER, 1, struct.pack(">BBHHH", 8, 0, 0, 77, turn) + bytes(56)),
            ipv4(RESOLVER, CLIENT, 1, struct.pack(">BBHHH", 0, 0, 0, 77, turn) + bytes(56)),
            tcp(CLIENT, PRINTER, port + 900, 23, 0x02, seq),
            tcp(PRINTER, CLIENT, 23, port + 900, 0x14, 0, seq + 1),
        ]
    return tuple(frames)


def frames_of(packets: Sequence[bytes], first_ns: int = START_NS, step_ns: int = 11_003_000) -> Frames:
    """Return the packets as one block, `step_ns` apart."""
    count = len(packets)
    lengths = np.array([len(packet) for packet in packets], np.int32)
    offsets = np.concatenate((np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)[:-1])) if count else lengths
    return Frames(
        data=np.frombuffer(b"".join(packets) + bytes(PADDING), np.uint8),
        time_ns=first_ns + np.arange(count, dtype=np.int64) * step_ns,
        offset=offsets,
        captured=lengths,
        wire_length=lengths.astype(np.uint32),
        interface=np.zeros(count, np.uint16),
        link_type=np.full(count, LINKTYPE_ETHERNET, np.uint16),
        direction=np.ones(count, np.uint8),
        stripped_tag=np.zeros(count, np.uint32),
        flags=np.zeros(count, np.uint8),
    )


class SceneSource:
    """Plays blocks of frames; implements Source. Then it is idle like a quiet interface, or ends like a file."""

    def __init__(self, blocks: Sequence[Frames], *, live: bool = True, name: str = "eth0") -> None:
        """Play `blocks`, one a read."""
        self.name = name
        self.live = live
        self.interfaces = (FrameInterface(name),)
        self.blocks = list(blocks)
        self.state = SourceCounters(dropped=0 if live else None, received=0 if live else None)
        self.filters: list[object] = []
        self.backlog = 0.0
        self.archive = None
        self.closed = False
        self.unread: list[Frames] = []
        """What comes just before somebody ends the capture."""
        self._wake = threading.Event()

    def read(self, timeout: float) -> Frames | None:
        """Return the next block, then nothing."""
        if self.blocks:
            return self.blocks.pop(0)
        if not self.live:
            raise EOFError
        self._wake.wait(timeout)
        self._wake.clear()
        return None

    def wake(self) -> None:
        """End a waiting read."""
        self._wake.set()

    def set_filter(self, capture_filter: object) -> None:
        """Remember the filter."""
        self.filters.append(capture_filter)

    def counters(self) -> SourceCounters:
        """Return what the test put there."""
        return self.state

    def rest(self) -> Iterator[Frames]:
        """Return `unread`, each once."""
        while self.unread:
            yield self.unread.pop(0)

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def analysed(packets: Sequence[bytes]) -> Analysis:
    """Return an analysis that was fed `packets`."""
    analysis = Analysis()
    analysis.feed(decode(frames_of(packets), 1))
    return analysis


def wait_for(condition: object, seconds: float = 120) -> None:
    """Wait until `condition()` holds, at most `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it never happened")
        time.sleep(0.002)


def running_engine(source: Source, packets: int, live: object = None, seconds: float = 2) -> Engine:
    """Return an engine that has read `packets` of `source`; the clock stands still so many seconds after its start."""
    engine = RedactingEngine(buffer_bytes=32 << 20, live=live, clock=lambda: START_NS / 1e9 + seconds)
    engine.start(source)
    wait_for(lambda: engine.snapshot().packets >= packets)
    return engine


def minutes_engine(live: object = None) -> Engine:
    """Return an engine that has seen four minutes with more traffic and less."""
    rounds = [2 + round(9 * (1 + math.sin(second / 9)) * (1 + math.sin(second / 37))) for second in range(240)]
    blocks = [
        frames_of(day(count), first_ns=START_NS + second * 1_000_000_000, step_ns=900_000_000 // (14 * count))
        for second, count in enumerate(rounds)
    ]
    return running_engine(SceneSource(blocks), 14 * sum(rounds), live, seconds=240)


def scene_engine(live: object = None) -> tuple[Engine, Snapshot]:
    """Return an engine that has seen `day()` on a live interface, and its snapshot."""
    packets = day()
    engine = running_engine(SceneSource([frames_of(packets)]), len(packets), live)
    return engine, engine.snapshot()
