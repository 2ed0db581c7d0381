"""Traffic for the tests of detection: frames with the right MAC addresses at given seconds, and alerts of them."""

from __future__ import annotations

import random
import struct
from dataclasses import replace
from ipaddress import ip_address
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.decoder import decode
from netwatch.detect.detection import Detection
from netwatch.detect.settings import DetectionSettings
from netwatch.nanoseconds import SECOND
from netwatch.track.analysis import Analysis
from netwatch.track.event_log import EventLog
from tests.frames import frames as contents_of
from tests.track.flow_packets import ACK, FIN, PSH, RST, START, SYN

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames

LAN, PEER, ROUTER = "192.168.1.10", "192.168.1.20", "192.168.1.1"
WEB = "93.184.216.34"
ROUTER_MAC = 0x0200_00FF_FF01
BROADCAST = 0xFFFF_FFFF_FFFF
OPTIONS = b"\x02\x04\x05\xb4\x01\x01\x04\x02"
"""What systems put into a SYN."""


def mac_of(address: str) -> int:
    """Every address nearby has a MAC address of its own, those elsewhere the router's."""
    ip = ip_address(address)
    if ip.is_link_local or (ip.is_private and ip.version == 4):
        return 0x0011_2200_0000 | int(ip) & 0xFFFF
    if ip.version == 6 and address.startswith("fd"):
        return 0x0011_2200_0000 | int(ip) & 0xFFFF
    return ROUTER_MAC


class Traffic:
    """Frames with their times; `at` is the running second."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self.at = 0.0
        self._port = 32768
        self.random = random.Random(7)

    def wait(self, seconds: float) -> Traffic:
        """Let time pass."""
        self.at += seconds
        return self

    def raw(self, frame: bytes, after: float = 0.0) -> None:
        """Add a frame."""
        self.frames.append((self.at + after, frame))

    def ip(
        self, source: str, target: str, protocol: int, body: bytes, *, after: float = 0.0, ttl: int = 64, mac: int = 0
    ) -> None:
        """Add an IP packet; `mac` overrides the sender's."""
        one, two = ip_address(source), ip_address(target)
        if one.version == 4:
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, ttl, protocol, 0)
            kind = 0x0800
        else:
            head, kind = struct.pack("!IHBB", 6 << 28, len(body), protocol, ttl), 0x86DD
        self.raw(ether(mac or mac_of(source), mac_of(target), kind, head + one.packed + two.packed + body), after)

    def tcp(
        self, source: str, target: str, sport: int, dport: int, flags: int, payload: bytes = b"", *, after: float = 0.0,
        seq: int = 100, ack: int = 0, options: bytes = b"", window: int = 64240, ttl: int = 64,
    ) -> None:  # fmt: skip
        """Add a segment."""
        size = (20 + len(options)) << 2
        head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, size, flags, window, 0, 0)
        self.ip(source, target, 6, head + options + payload, after=after, ttl=ttl)

    def udp(self, source: str, target: str, sport: int, dport: int, payload: bytes = b"x", **where: float) -> bytes:
        """Add a datagram and return it."""
        body = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
        self.ip(source, target, 17, body, **where)
        return body

    def icmp(self, source: str, target: str, kind: int, code: int, rest: bytes, **where: float) -> None:
        """Add an ICMP message."""
        self.ip(source, target, 58 if ":" in source else 1, struct.pack("!BBH", kind, code, 0) + rest, **where)

    def unreachable(self, reporter: str, quoted: tuple[str, str, int, bytes], code: int = 3, kind: int = 3) -> None:
        """Add an ICMP error that quotes (source, target, protocol, body)."""
        source, target, protocol, body = quoted
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 3, protocol, 0)
        inner = head + ip_address(source).packed + ip_address(target).packed + body[:8]
        self.icmp(reporter, source, kind, code, bytes(4) + inner, after=0.002)

    def arp(
        self, operation: int, sender: str, target: str, *, mac: int = 0, to: int = 0, frame: int = 0, after: float = 0.0
    ) -> None:
        """Add an ARP packet; `mac` is the sender's claim, `frame` the frame's source."""
        claimed = mac or mac_of(sender)
        body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + claimed.to_bytes(6) + ip_address(sender).packed
        body += to.to_bytes(6) + ip_address(target).packed
        self.raw(ether(frame or claimed, to or BROADCAST, 0x0806, body + bytes(18)), after)

    def port(self) -> int:
        """Return the next ephemeral port."""
        self._port = self._port + 1 if self._port < 60999 else 32768
        return self._port

    def syn(self, source: str, target: str, dport: int, *, sport: int = 0, options: bytes = OPTIONS) -> int:
        """Add a SYN that nobody answers."""
        sport = sport or self.port()
        self.tcp(source, target, sport, dport, SYN, options=options, seq=self.random.randrange(1 << 32))
        return sport

    def refused(self, source: str, target: str, dport: int, **how: bytes) -> None:
        """A SYN and a RST."""
        sport = self.syn(source, target, dport, **how)
        self.tcp(target, source, dport, sport, RST | ACK, after=0.001, ack=101)

    def probed(self, source: str, target: str, dport: int) -> None:
        """What nmap -sS does with an open port."""
        sport = self.port()
        self.tcp(source, target, sport, dport, SYN, options=OPTIONS[:4], window=1024)
        self.tcp(target, source, dport, sport, SYN | ACK, after=0.001, seq=500, ack=101)
        self.tcp(source, target, sport, dport, RST, after=0.002, seq=101)

    def connect(
        self, source: str, target: str, dport: int, *, sport: int = 0, request: bytes = b"GET / HTTP/1.1\r\n\r\n",
        answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n", close: bool = True, rtt: float = 0.01,
    ) -> int:  # fmt: skip
        """A connection with data both ways."""
        sport = sport or self.port()
        self.tcp(source, target, sport, dport, SYN, options=OPTIONS)
        self.tcp(target, source, dport, sport, SYN | ACK, after=rtt, seq=500, ack=101, options=OPTIONS)
        self.tcp(source, target, sport, dport, ACK, after=rtt + 0.001, seq=101, ack=501)
        if request:
            self.tcp(source, target, sport, dport, PSH | ACK, request, after=rtt + 0.002, seq=101, ack=501)
        if answer:
            self.tcp(target, source, dport, sport, PSH | ACK, answer, after=2 * rtt, seq=501, ack=101 + len(request))
        if close:
            done = 101 + len(request), 501 + len(answer)
            self.tcp(source, target, sport, dport, FIN | ACK, after=2 * rtt + 0.001, seq=done[0], ack=done[1])
            self.tcp(target, source, dport, sport, FIN | ACK, after=3 * rtt, seq=done[1], ack=done[0] + 1)
            self.tcp(source, target, sport, dport, ACK, after=3 * rtt + 0.001, seq=done[0] + 1, ack=done[1] + 1)
        return sport

    def converse(self, source: str, target: str, dport: int, *turns: tuple[bytes, bytes], gap: float = 0.05) -> None:
        """A connection of turns `gap` seconds apart: what the client says, if anything, and what it is answered."""
        sport, sent, got, after = self.port(), 101, 501, 0.01
        self.tcp(source, target, sport, dport, SYN, options=OPTIONS)
        self.tcp(target, source, dport, sport, SYN | ACK, after=0.001, seq=500, ack=101, options=OPTIONS)
        self.tcp(source, target, sport, dport, ACK, after=0.002, seq=101, ack=501)
        for asks, answers in turns:
            if asks:
                self.tcp(source, target, sport, dport, PSH | ACK, asks, after=after, seq=sent, ack=got)
                sent += len(asks)
            if answers:
                self.tcp(target, source, dport, sport, PSH | ACK, answers, after=after + gap / 5, seq=got, ack=sent)
                got += len(answers)
            after += gap
        self.tcp(source, target, sport, dport, FIN | ACK, after=after, seq=sent, ack=got)
        self.tcp(target, source, dport, sport, FIN | ACK, after=after + 0.001, seq=got, ack=sent + 1)

    def sorted(self) -> list[tuple[float, bytes]]:
        """The frames in the order of their times."""
        return sorted(self.frames, key=lambda frame: frame[0])


def ether(source: int, target: int, kind: int, body: bytes) -> bytes:
    """Return an Ethernet frame."""
    return target.to_bytes(6) + source.to_bytes(6) + struct.pack("!H", kind) + body


def block_of(frames: list[tuple[float, bytes]]) -> Frames:
    """Return frames as one block."""
    times = np.array([START + round(time * SECOND) for time, _ in frames], np.int64)
    return replace(contents_of([frame for _, frame in frames]), time_ns=times)


def detect(traffic, *, cuts=(), settings=None, detectors=None, live=False, finish=True, known_names=None, broken=0):
    """Return the detection that saw `traffic`, cut into batches before each of the positions in `cuts`.

    As many detectors broke as should.
    """
    frames = traffic.sorted() if isinstance(traffic, Traffic) else traffic
    log = EventLog()
    analysis = Analysis(log=log, live=live)
    rows = analysis.flows.columns.capacity
    detection = Detection(
        settings or DetectionSettings(), rows, detectors=detectors, live=live, known_names=known_names
    )
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(frames)}), len(frames)]
    for start, stop in pairwise(edges):
        if start == stop:
            continue
        batch = decode(block_of(frames[start:stop]), start + 1)
        flows = analysis.feed(batch)
        detection.feed(batch, flows, analysis.flows.columns.serial, log.take())
    if finish:
        analysis.settle()
        detection.finish(log.take())
    assert len(detection.problems) == broken, detection.problems
    return detection


def alerts(traffic, **how):
    """Return the alerts of `traffic` that are neither muted nor explained by others."""
    return detect(traffic, **how).episodes.alerts()


def rules(traffic, *, least=1, **how):
    """Return the identifiers of the rules of all alerts of severity `least` (low) or higher, sorted."""
    return sorted(alert.rule for alert in alerts(traffic, **how) if alert.severity >= least)
