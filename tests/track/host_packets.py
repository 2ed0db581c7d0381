"""Frames with addresses of all kinds, and trackers fed with them, for the tests of hosts, neighbours and names."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise
from pathlib import Path

import numpy as np

from netwatch.capture.file_source import FileSource
from netwatch.decode.batch import IPV4_MAPPED, MAC_HIGH
from netwatch.decode.decoder import decode
from netwatch.track.flow import FlowTracker
from netwatch.track.hosts import HostTracker
from netwatch.track.names import NameCache
from netwatch.track.neighbours import NeighbourTracker
from netwatch.track.vendors import Vendors
from tests.frames import frames as block_of

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
START = 1_700_000_000_000_000_000
ROUTER, PC, PRINTER, SERVER = "00:00:0c:00:00:01", "00:10:4b:00:00:02", "00:01:e6:00:00:03", "00:16:3e:00:00:04"
EVERYBODY = "ff:ff:ff:ff:ff:ff"
MANUFACTURERS = (
    "00:00:0C         \tCisco       \tCisco Systems, Inc\n"
    "00:01:E6         \tHewlettPacka\tHewlett Packard\n"
    "00:10:4B         \t3Com        \t3Com\n"
    "00:1B:C5:00:10/36\tOpenRBcomDir\tOpenRB.com, Direct SIA\n"
    "00:55:DA:10/28   \tKoolPOS     \tKoolPOS Inc.\n"
    "02:07:01         \tRacalDatacom\tRacal-Datacom\n"
)


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ethernet(ethertype, payload, source=PC, destination=ROUTER, vlan=None):
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    return mac(destination) + mac(source) + tag + struct.pack("!H", ethertype) + payload


def ip(source, destination, protocol, payload, hops=64):
    source, destination = ip_address(source), ip_address(destination)
    if source.version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, hops, protocol, 0)
    else:
        head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, hops)
    return head + source.packed + destination.packed + payload


def packet(source, destination, protocol, payload, macs=(PC, ROUTER), vlan=None, hops=64):
    ethertype = 0x0800 if ":" not in source else 0x86DD
    return ethernet(ethertype, ip(source, destination, protocol, payload, hops), *macs, vlan=vlan)


def udp(source, destination, sport, dport, payload=b"", macs=(PC, ROUTER), **options):
    header = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    return packet(source, destination, 17, header + payload, macs, **options)


def tcp(source, destination, sport, dport, flags, payload=b"", macs=(PC, ROUTER), seq=1, ack=1):
    header = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 64000, 0, 0)
    return packet(source, destination, 6, header + payload, macs)


def arp(operation, sender, sender_mac, target, macs=None, vlan=None):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + mac(sender_mac) + IPv4Address(sender).packed
    destination = EVERYBODY if macs is None else macs
    return ethernet(0x0806, body + bytes(6) + IPv4Address(target).packed, sender_mac, destination, vlan)


def icmpv6(kind, body, source, destination="ff02::1", macs=(PC, "33:33:00:00:00:01"), hops=255, code=0):
    return packet(source, destination, 58, bytes([kind, code, 0, 0]) + body, macs, hops=hops)


def advertisement(target, option=None, **options):
    """A neighbour advertisement of `target`, with a link-layer address or without one."""
    body = bytes(4) + IPv6Address(target).packed + (b"" if option is None else b"\2\1" + mac(option))
    return icmpv6(136, body, options.pop("source", target), **options)


def solicitation(source, option, target="fe80::99"):
    return icmpv6(135, bytes(4) + IPv6Address(target).packed + b"\1\1" + mac(option), source)


def router_advertisement(source, option, before=b""):
    return icmpv6(134, bytes(12) + before + b"\1\1" + mac(option), source, macs=(option, "33:33:00:00:00:01"))


def dns_name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, number, data, network=1):
    name = owner if isinstance(owner, bytes) else dns_name(owner)
    return name + struct.pack("!HHIH", number, network, 60, len(data)) + data


def dns(question, *answers, flags=0x8180, additional=(), identifier=7, number=1):
    """A DNS message; without `question` as mDNS sends it."""
    asked = dns_name(question) + struct.pack("!HH", number, 1) if question else b""
    head = struct.pack("!HHHHHH", identifier, flags, bool(question), len(answers), 0, len(additional))
    return head + asked + b"".join(answers) + b"".join(additional)


def a_record(owner, address):
    parsed = ip_address(address)
    return record(owner, 1 if parsed.version == 4 else 28, parsed.packed)


def batch_of(frames, first_number=1, times=None):
    """One batch; packets come a millisecond apart unless `times` says when, in nanoseconds."""
    if times is None:
        times = [START + (first_number + at) * 1_000_000 for at in range(len(frames))]
    return decode(replace(block_of(frames), time_ns=np.array(times, np.int64)), first_number)


def batches_of(frames, cuts=(), times=None):
    """Batches of `frames`, cut before each of the positions in `cuts`."""
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(frames)}), len(frames)]
    return [
        batch_of(frames[start:stop], start + 1, None if times is None else times[start:stop])
        for start, stop in pairwise(edges)
    ]


def halves(text):
    """Return an address, of IP or MAC, as PacketBatch has it."""
    if len(text) == 17 and text.count(":") == 5:
        return MAC_HIGH, int.from_bytes(mac(text), "big")
    parsed = ip_address(text)
    if parsed.version == 4:
        return 0, IPV4_MAPPED | int(parsed)
    return int(parsed) >> 64, int(parsed) & (1 << 64) - 1


@dataclass
class Network:
    """All trackers that know of hosts, fed together."""

    capacity: int = 1000
    flow_capacity: int = 2000
    vendors: Vendors = field(default_factory=lambda: Vendors(lambda: MANUFACTURERS))

    def __post_init__(self):
        self.flows = FlowTracker(seed=5, capacity=self.flow_capacity)
        self.names = NameCache()
        self.neighbours = NeighbourTracker(seed=3, vendors=self.vendors)
        self.hosts = HostTracker(
            seed=4, names=self.names, neighbours=self.neighbours, vendors=self.vendors, capacity=self.capacity
        )

    def feed(self, batches):
        for batch in batches:
            flow_batch = self.flows.feed(batch)
            for tracker in (self.names, self.neighbours, self.hosts):
                tracker.feed(batch, flow_batch)
        return self

    def fed(self, *frames, cuts=(), times=None):
        return self.feed(batches_of(list(frames), cuts, times))

    def read(self, path):
        """Feed a capture file."""
        source, number = FileSource([str(path)]), 1
        while True:
            try:
                frames = source.read(1.0)
            except EOFError:
                source.close()
                return self
            if frames is not None and len(frames):
                self.feed([decode(frames, number)])
                number += len(frames)
