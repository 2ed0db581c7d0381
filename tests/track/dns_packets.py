"""DNS messages of all kinds in frames, and trackers fed with them."""

from __future__ import annotations

import struct
from dataclasses import fields
from ipaddress import ip_address

import numpy as np
from host_packets import DEV, batches_of, dns, dns_name, packet, record, udp

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.tables.query import TableQuery
from netwatch.track.dns import DnsTracker
from netwatch.track.flow import FlowTracker
from netwatch.track.fragments import FragmentTracker
from netwatch.track.stream import StreamTracker

__all__ = ("DEV", "Capture", "ask", "edns", "fed", "message", "over_tcp", "record", "reply", "rows_of", "wire")

CLIENT, SERVER = "10.0.0.2", "10.0.0.1"
QUERY, RESPONSE, TRUNCATED = 0x0100, 0x8180, 0x0200
MS = 1_000_000
OWNER = b"\xc0\x0c"


def message(name="www.example.com", *answers, flags=QUERY, number=1, identifier=7, additional=()):
    return dns(name, *answers, flags=flags, number=number, identifier=identifier, additional=additional)


def ask(name="www.example.com", client=CLIENT, server=SERVER, port=40000, service=53, **options):
    """A query in a frame."""
    return udp(client, server, port, service, message(name, **options))


def reply(name="www.example.com", *answers, client=CLIENT, server=SERVER, port=40000, service=53, code=0, **options):
    """The response to it; what is not given is as `ask` has it."""
    flags = options.pop("flags", RESPONSE) | code
    return udp(server, client, service, port, message(name, *answers, flags=flags, **options))


def stream(*messages):
    """Messages as a TCP stream has them."""
    return b"".join(struct.pack("!H", len(each)) + each for each in messages)


def over_tcp(source, destination, sport, dport, *messages, cut=0, seq=1):
    """A segment with messages; of the last one `cut` bytes are missing."""
    data = stream(*messages)
    return segment(source, destination, sport, dport, data[: len(data) - cut], seq)


def segment(source, destination, sport, dport, data, seq=1, flags=0x18):
    """A segment with any bytes."""
    header = struct.pack("!HHIIBBHHH", sport, dport, seq, 1, 0x50, flags, 64000, 0, 0)
    return packet(source, destination, 6, header + data)


class Capture:
    """A tracker with those that put datagrams and streams together for it."""

    def __init__(self, **options):
        self.tracker = DnsTracker(fragments=True, **options)
        self.flows = FlowTracker(seed=1)
        self.fragments = FragmentTracker()
        self.streams = StreamTracker(self.flows.columns, (self.tracker.streams.protocol(),))

    def feed(self, batch):
        flows, whole = self.flows.feed(batch), self.fragments.feed(batch)
        self.streams.feed(batch, flows, whole)
        self.tracker.feed(batch, whole)

    def finish(self):
        self.streams.finish()
        self.tracker.settle(self.fragments.finish())
        return self.tracker


def wire(name):
    return dns_name(name)


def edns(size=1232, bits=0, options=b""):
    """An OPT record."""
    return b"\0" + struct.pack("!HHIH", 41, size, bits, len(options)) + options


def fed(*frames, cuts=(), times=None, **options):
    """A tracker that saw frames a millisecond apart, or at `times` in seconds."""
    capture = Capture(**options)
    nanoseconds = None if times is None else [round(each * 1e9) for each in times]
    for batch in batches_of(list(frames), cuts, nanoseconds):
        capture.feed(batch)
    return capture.tracker


def read(path):
    """A tracker that saw a capture file."""
    capture, source, number = Capture(), FileSource([str(path)]), 1
    while True:
        try:
            frames = source.read(1.0)
        except EOFError:
            source.close()
            return capture.finish()
        if frames is not None and len(frames):
            capture.feed(decode(frames, number))
            number += len(frames)


def rows_of(table):
    """Every column of a table as lists, NaN as None."""
    result = {}
    for field in fields(table):
        column = getattr(table, field.name)
        values = column.tolist() if isinstance(column, np.ndarray) else list(column)
        result[field.name] = [None if value != value else value for value in values]
    return result


def transactions(tracker, text="", sort="serial", **options):
    """All transactions, the oldest first."""
    return tracker.page(TableQuery(sort, descending=False, count=10_000, text=text, **options)).table


def names(tracker, text="", sort="name"):
    return tracker.names(TableQuery(sort, descending=False, count=1000, text=text)).table


ADDRESS = record(OWNER, 1, ip_address("192.0.2.1").packed)
