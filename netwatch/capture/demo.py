"""A made-up small network that needs no rights and no cable: the source behind `--demo`."""

from __future__ import annotations

import random
import struct
import threading
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, PADDING, FrameInterface, Frames, constant
from netwatch.capture.source import SourceCounters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netwatch.capture.bpf import CaptureFilter

ROUNDS_PER_SECOND: Final = 6.0
"""Little conversations a second; each has about ten packets."""
CLIENTS: Final = tuple(0xC0000200 | host for host in (17, 23, 42, 61))
RESOLVER: Final = 0xC0000201
PRINTER: Final = 0xC0000205
SITES: Final = (("www.example.com", 0xCB007105), ("cdn.example.net", 0xCB00710A), ("mail.example.org", 0xC6336419))
# Addresses of the documentation networks 192.0.2.0/24, 203.0.113.0/24 and 198.51.100.0/24 (RFC 5737)
SYN, ACK, PSH, FIN, RST = 0x02, 0x10, 0x08, 0x01, 0x04


class DemoSource:
    """Implements Source; the same packets in the same order each time, at the times when they are read."""

    name = "DEMO"
    live = True
    archive = None
    backlog = 0.0
    interfaces = (FrameInterface("demo0", description="made-up traffic"),)

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._rounds = _rounds(random.Random(1))  # noqa: S311 - the same traffic each time is the point
        self._due = clock()
        self._received = 0
        self._filter: CaptureFilter | None = None
        self._wake = threading.Event()

    def read(self, timeout: float) -> Frames | None:
        """Return the next conversation once it is due; see Source."""
        wait = self._due - self._clock()
        if wait > 0:
            self._wake.wait(min(wait, timeout))
            self._wake.clear()
            if self._clock() < self._due:
                return None
        self._due = self._clock() + 1 / ROUNDS_PER_SECOND
        frames = _block(next(self._rounds), int(self._clock() * 1e9))
        self._received += len(frames)
        return frames if self._filter is None else _kept(frames, self._filter)

    def wake(self) -> None:
        """See Source."""
        self._wake.set()

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """See Source."""
        if capture_filter is not None:
            capture_filter.program(LINKTYPE_ETHERNET)
        self._filter = capture_filter

    def counters(self) -> SourceCounters:
        """See Source; nothing is ever lost here."""
        return SourceCounters(received=self._received, dropped=0)

    def close(self) -> None:
        """See Source."""
        self.wake()


def _rounds(draw: random.Random) -> Iterator[list[bytes]]:
    number = 0
    while True:
        number += 1
        client, port = draw.choice(CLIENTS), draw.randrange(32768, 60999)
        name, site = draw.choice(SITES)
        kind = draw.random()
        if kind < 0.1:
            yield [_arp(client, RESOLVER, 1), _arp(RESOLVER, client, 2)]
        elif kind < 0.2:
            echo = struct.pack(">BBHHH", 8, 0, 0, 77, number & 0xFFFF) + bytes(56)
            yield [_ipv4(client, site, 1, echo), _ipv4(site, client, 1, b"\0" + echo[1:])]
        elif kind < 0.3:
            seq = draw.getrandbits(32)
            yield [
                _tcp(client, PRINTER, port, 9100, SYN, seq),
                _tcp(PRINTER, client, 9100, port, RST | ACK, 0, seq + 1),
            ]
        else:
            yield [*_lookup(client, port, number & 0xFFFF, name, site), *_page(draw, client, site, port, name)]


def _lookup(client: int, port: int, identifier: int, name: str, site: int) -> list[bytes]:
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0\0\1\0\1"
    query = struct.pack(">HHHHHH", identifier, 0x0100, 1, 0, 0, 0) + question
    answer = struct.pack(">HHHHHH", identifier, 0x8180, 1, 1, 0, 0) + question
    answer += b"\xc0\x0c" + struct.pack(">HHIHI", 1, 1, 300, 4, site)
    return [_udp(client, RESOLVER, port, 53, query), _udp(RESOLVER, client, 53, port, answer)]


def _page(draw: random.Random, client: int, site: int, port: int, name: str) -> list[bytes]:
    seq, ack = draw.getrandbits(31), draw.getrandbits(31)
    secure = draw.random() < 0.7
    service = 443 if secure else 80
    request = _client_hello(name) if secure else f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode()
    answer = (
        b"\x17\x03\x03\x04\x00" + bytes(1024)
        if secure
        else b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + bytes(900)
    )
    after, done = seq + 1 + len(request), ack + 1 + len(answer)
    return [
        _tcp(client, site, port, service, SYN, seq),
        _tcp(site, client, service, port, SYN | ACK, ack, seq + 1),
        _tcp(client, site, port, service, ACK, seq + 1, ack + 1),
        _tcp(client, site, port, service, PSH | ACK, seq + 1, ack + 1, request),
        _tcp(site, client, service, port, PSH | ACK, ack + 1, after, answer),
        _tcp(client, site, port, service, FIN | ACK, after, done),
        _tcp(site, client, service, port, FIN | ACK, done, after + 1),
    ]


def _client_hello(name: str) -> bytes:
    host = name.encode()
    extension = struct.pack(">HHHBH", 0, len(host) + 5, len(host) + 3, 0, len(host)) + host
    body = b"\x03\x03" + bytes(32) + b"\0\0\x02\x13\x01\x01\0" + struct.pack(">H", len(extension)) + extension
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


def _tcp(
    source: int, destination: int, sport: int, dport: int, flags: int, seq: int, ack: int = 0, data: bytes = b""
) -> bytes:
    numbers = (sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 64240, 0, 0)
    return _ipv4(source, destination, 6, struct.pack(">HHIIBBHHH", *numbers) + data)


def _udp(source: int, destination: int, sport: int, dport: int, data: bytes) -> bytes:
    return _ipv4(source, destination, 17, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data)


def _ipv4(source: int, destination: int, protocol: int, payload: bytes) -> bytes:
    header = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0, source, destination)
    return _mac(destination) + _mac(source) + b"\x08\x00" + header + payload


def _arp(source: int, destination: int, operation: int) -> bytes:
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    body += _mac(source) + struct.pack(">I", source) + _mac(destination) + struct.pack(">I", destination)
    return _mac(destination) + _mac(source) + b"\x08\x06" + body


def _mac(address: int) -> bytes:
    """Return a locally administered MAC address; what is not on the made-up network is behind its router."""
    host = address if address >> 8 == RESOLVER >> 8 else RESOLVER
    return b"\x02\x00" + struct.pack(">I", host)


def _block(packets: list[bytes], time_ns: int) -> Frames:
    count = len(packets)
    lengths = np.array([len(packet) for packet in packets], np.int32)
    return Frames(
        data=np.frombuffer(b"".join(packets) + bytes(PADDING), np.uint8),
        time_ns=time_ns + np.arange(count, dtype=np.int64) * 1_500_000,
        offset=(np.cumsum(lengths) - lengths).astype(np.int32),
        captured=lengths,
        wire_length=lengths.astype(np.uint32),
        interface=constant(0, count, np.uint16),
        link_type=constant(LINKTYPE_ETHERNET, count, np.uint16),
        direction=constant(0, count, np.uint8),
        stripped_tag=constant(0, count, np.uint32),
        flags=constant(0, count, np.uint8),
    )


def _kept(frames: Frames, capture_filter: CaptureFilter) -> Frames | None:
    from netwatch.capture.frame_rows import chosen

    return chosen(frames, np.flatnonzero(capture_filter.matches(frames)))
