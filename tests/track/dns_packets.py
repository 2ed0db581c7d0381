"""DNS messages of all kinds in frames, and trackers fed with them."""

from __future__ import annotations

import struct
from dataclasses import fields

import numpy as np
from host_packets import DEV, batches_of, dns, dns_name, packet, record, udp

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.tables.query import TableQuery
from netwatch.track.dns import DnsTracker

__all__ = ("DEV", "ask", "edns", "fed", "message", "over_tcp", "record", "reply", "rows_of", "wire")

CLIENT, SERVER = "10.0.0.2", "10.0.0.1"
QUERY, RESPONSE, TRUNCATED = 0x0100, 0x8180, 0x0200


def message(name="www.example.com", *answers, flags=QUERY, number=1, identifier=7, additional=()):
    return dns(name, *answers, flags=flags, number=number, identifier=identifier, additional=additional)


def ask(name="www.example.com", client=CLIENT, server=SERVER, port=40000, service=53, **options):
    """A query in a frame."""
    return udp(client, server, port, service, message(name, **options))


def reply(name="www.example.com", *answers, client=CLIENT, server=SERVER, port=40000, service=53, code=0, **options):
    """The response to it; what is not given is as `ask` has it."""
    flags = options.pop("flags", RESPONSE) | code
    return udp(server, client, service, port, message(name, *answers, flags=flags, **options))


def over_tcp(source, destination, sport, dport, *messages, cut=0):
    """A segment with messages; of the last one `cut` bytes are missing."""
    data = b"".join(struct.pack("!H", len(each)) + each for each in messages)
    header = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, 0x18, 64000, 0, 0)
    return packet(source, destination, 6, header + data[: len(data) - cut])


def wire(name):
    return dns_name(name)


def edns(size=1232, bits=0, options=b""):
    """An OPT record."""
    return b"\0" + struct.pack("!HHIH", 41, size, bits, len(options)) + options


def fed(*frames, cuts=(), times=None, **options):
    """A tracker that saw frames a millisecond apart, or at `times` in seconds."""
    tracker = DnsTracker(**options)
    nanoseconds = None if times is None else [round(each * 1e9) for each in times]
    for batch in batches_of(list(frames), cuts, nanoseconds):
        tracker.feed(batch)
    return tracker


def read(path):
    """A tracker that saw a capture file."""
    tracker, source, number = DnsTracker(), FileSource([str(path)]), 1
    while True:
        try:
            frames = source.read(1.0)
        except EOFError:
            source.close()
            return tracker
        if frames is not None and len(frames):
            tracker.feed(decode(frames, number))
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
