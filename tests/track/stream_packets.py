"""TCP conversations as packets, a reader that notes everything it is told, and trackers fed with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from flow_packets import ACK, SYN, Packet, batches_of

from netwatch.track.flow import FlowTracker
from netwatch.track.stream import StreamTracker
from netwatch.track.stream_protocol import StreamProtocol

ISN, PEER_ISN = 1000, 5000


@dataclass
class Noted:
    """Implements StreamReader."""

    stream: object
    skips: dict = field(default_factory=dict)
    """By direction: (bytes that must have come, how many to skip then), ascending."""
    events: list = field(default_factory=list)

    def read(self, from_initiator, data, moment):
        assert data
        self.events.append(("read", from_initiator, data, moment.number))

    def lost(self, from_initiator, length, moment):
        assert length > 0
        self.events.append(("lost", from_initiator, length, moment.number))

    def closed(self, from_initiator, moment):
        self.events.append(("closed", from_initiator, None, moment.number))

    def unwanted(self, from_initiator):
        skips = self.skips.get(from_initiator, [])
        if skips and len(self.bytes(from_initiator)) >= skips[0][0]:
            return skips.pop(0)[1]
        return 0

    def bytes(self, from_initiator):
        """What came; `?` for each lost byte."""
        return b"".join(
            data if kind == "read" else b"?" * data
            for kind, forth, data, _ in self.events
            if forth == from_initiator and kind != "closed"
        )

    def closings(self):
        return [(forth, number) for kind, forth, _, number in self.events if kind == "closed"]


class Streams:
    """A tracker of streams with its flow tracker; what it reads ends up in `readers`."""

    def __init__(self, protocols=None, *, skips=None, capacity=1000, **options):
        self.readers = []

        def reader(stream):
            self.readers.append(Noted(stream, {forth: list(each) for forth, each in (skips or {}).items()}))
            return self.readers[-1]

        if protocols is None:
            protocols = (StreamProtocol("any", reader, lambda forth, first: True),)
        else:
            protocols = tuple(StreamProtocol(name, reader, **details) for name, details in protocols.items())
        self.flows = FlowTracker(seed=1, capacity=capacity)
        self.streams = StreamTracker(self.flows.columns, protocols, **options)

    def feed(self, packets, cuts=()):
        for batch in batches_of(packets, cuts):
            self.streams.feed(batch, self.flows.feed(batch))
        return self

    @property
    def reader(self):
        (only,) = self.readers
        return only


def client(offset, payload, **changes):
    """A segment of the initiator, `offset` bytes behind its first one."""
    return Packet(flags=changes.pop("flags", ACK), seq=ISN + 1 + offset, ack=PEER_ISN + 1, payload=payload, **changes)


def server(offset, payload=b"", **changes):
    """A segment of the responder."""
    changes = {"flags": ACK, "ack": ISN + 1, "seq": PEER_ISN + 1 + offset} | changes
    return Packet().back(payload=payload, **changes)


def opening():
    """The handshake."""
    syn = Packet(flags=SYN, seq=ISN)
    syn_ack = syn.back(flags=SYN | ACK, seq=PEER_ISN, ack=ISN + 1)
    return [syn, syn_ack, Packet(flags=ACK, seq=ISN + 1, ack=PEER_ISN + 1)]


def read(packets, cuts=(), **options):
    return Streams(**options).feed(packets, cuts)
