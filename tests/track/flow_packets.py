"""Packets for the tests of flows, TCP health and handshakes, and batches made of them in any split."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from ipaddress import ip_address
from itertools import pairwise

import numpy as np

from netwatch.decode.decoder import decode
from netwatch.nanoseconds import SECOND
from netwatch.track.flow import FlowTracker
from tests.frames import frames as block_of

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"
A6, B6 = "2001:db8::1", "2001:db8::2"
MILLISECOND = 1_000_000
START = 1_700_000_000 * SECOND
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


@dataclass(frozen=True)
class Packet:
    """One Ethernet frame at a time in seconds after START."""

    time: float = 0.0
    source: str = A
    destination: str = B
    protocol: int = 6
    sport: int = 40000
    dport: int = 80
    flags: int = ACK
    seq: int = 0
    ack: int = 0
    window: int = 64240
    options: bytes = b""
    payload: bytes = b""
    vlan: int | None = None
    ttl: int = 64

    @property
    def time_ns(self):
        return START + round(self.time * SECOND)

    def back(self, **changes):
        """A packet from the other end of the same flow."""
        turned = replace(
            self,
            source=self.destination,
            destination=self.source,
            sport=self.dport,
            dport=self.sport,
            payload=b"",
            options=b"",
        )
        return replace(turned, **changes)

    def later(self, seconds, **changes):
        return replace(self, time=self.time + seconds, **changes)

    def frame(self):
        transport = self.payload
        if self.protocol == 6:
            header = struct.pack(
                "!HHIIBBHHH",
                self.sport,
                self.dport,
                self.seq & 0xFFFFFFFF,
                self.ack & 0xFFFFFFFF,
                (20 + len(self.options)) << 2,
                self.flags,
                self.window,
                0,
                0,
            )
            transport = header + self.options + self.payload
        elif self.protocol == 17:
            transport = struct.pack("!HHHH", self.sport, self.dport, 8 + len(self.payload), 0) + self.payload
        elif self.protocol in (1, 58):
            transport = struct.pack("!BBHI", self.sport, self.dport, 0, 0) + self.payload
        source, destination = ip_address(self.source), ip_address(self.destination)
        if source.version == 4:
            ethertype = 0x0800
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(transport), 1, 0, self.ttl, self.protocol, 0)
        else:
            ethertype = 0x86DD
            head = struct.pack("!IHBB", 6 << 28, len(transport), self.protocol, self.ttl)
        tag = b"" if self.vlan is None else struct.pack("!HH", 0x8100, self.vlan)
        link = b"\2\0\0\0\0\2\2\0\0\0\0\1" + tag + struct.pack("!H", ethertype)
        return link + head + source.packed + destination.packed + transport


def batch_of(packets, first_number=1, times=None):
    frames = [packet if isinstance(packet, bytes) else packet.frame() for packet in packets]
    if times is None:
        times = [packet.time_ns for packet in packets]
    return decode(replace(block_of(frames), time_ns=np.array(times, np.int64)), first_number)


def batches_of(packets, cuts=()):
    """Batches of `packets`, cut before each of the positions in `cuts`."""
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(packets)}), len(packets)]
    return [batch_of(packets[start:stop], start + 1) for start, stop in pairwise(edges)]


def handshake(first=None, *, rtt=0.010, isn=1000, peer_isn=5000, client_delay=0.002):
    """SYN, SYN-ACK and ACK; `first` is the SYN's frame of reference (addresses, ports, time)."""
    first = first or Packet()
    syn = replace(first, flags=SYN, seq=isn, ack=0)
    syn_ack = syn.back(time=syn.time + rtt, flags=SYN | ACK, seq=peer_isn, ack=isn + 1)
    return [syn, syn_ack, replace(syn, time=syn_ack.time + client_delay, flags=ACK, seq=isn + 1, ack=peer_isn + 1)]


UDP = Packet(protocol=17, sport=40000, dport=53, payload=b"query")


def fed(packets, cuts=(), **options):
    tracker = FlowTracker(seed=7, **options)
    for batch in batches_of(packets, cuts):
        tracker.feed(batch)
        tracker.measure()
    return tracker


def ends(flows):
    return list(zip(flows.source, flows.sport.tolist(), flows.destination, flows.dport.tolist(), strict=True))
