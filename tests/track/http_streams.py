"""Bytes of HTTP given to a reader piece by piece, and a sink that remembers what it was told."""

from __future__ import annotations

from netwatch.track.http_reader import HttpReader
from netwatch.track.stream_reader import NO_MORE, Moment, Stream

CLIENT, SERVER = True, False
STREAM = Stream(
    serial=7,
    vlan=-1,
    initiator_high=0,
    initiator_low=0xFFFF_0A00_0001,
    initiator_port=40000,
    responder_high=0,
    responder_low=0xFFFF_0A00_0002,
    responder_port=80,
    start=Moment(0, 1),
)
MILLISECOND = 1_000_000


class Heard:
    """An HttpSink."""

    def __init__(self):
        self.requests, self.transactions, self.logins, self.switches, self.lengths = [], [], [], [], {}
        self.skipped = 0
        self.inner = None
        self.spoken = []

    def recognised(self, stream):
        self.spoken.append(stream.serial)

    def asked(self, request):
        self.requests.append(request)
        return len(self.requests) - 1

    def answered(self, handle, transaction):
        self.transactions.append((handle, transaction))
        return handle if handle >= 0 else 1000 + len(self.transactions)

    def ended(self, handle, length):
        self.lengths[handle] = length

    def logged_in(self, login):
        self.logins.append(login)

    def switched(self, handle, stream, protocol):
        self.switches.append((handle, protocol))

    def tunnel(self, stream):
        return self.inner

    def left_out(self, messages):
        self.skipped += messages


class Feed:
    """Gives a reader what passes, a packet a millisecond, and leaves out what it says is unwanted."""

    def __init__(self, reader):
        self.reader = reader
        self.number = 0
        self.skip = [0, 0]
        self.given = 0

    def moment(self):
        self.number += 1
        return Moment(self.number * MILLISECOND, self.number)

    def send(self, direction, data):
        moment, left = self.moment(), self.skip[direction]
        if left == NO_MORE:
            return self
        cut = min(left, len(data))
        self.skip[direction] -= cut
        if len(data) > cut:
            self.given += len(data) - cut
            self.reader.read(direction, data[cut:], moment)
            self.skip[direction] = self.reader.unwanted(direction)
        return self

    def lose(self, direction, length):
        moment, left = self.moment(), self.skip[direction]
        if left == NO_MORE:
            return self
        cut = min(left, length)
        self.skip[direction] -= cut
        if length > cut:
            self.reader.lost(direction, length - cut, moment)
        return self

    def close(self, *directions):
        for direction in directions or (CLIENT, SERVER):
            self.reader.closed(direction, self.moment())
        return self


def heard(*parts, close=True):
    """What a reader told of packets (direction, bytes); a number in place of bytes is a gap of that length."""
    sink = Heard()
    feed = Feed(HttpReader(STREAM, sink))
    for direction, data in parts:
        feed.lose(direction, data) if isinstance(data, int) else feed.send(direction, data)
    if close:
        feed.close()
    return sink


def request(method="GET", target="/", *fields, version="1.1", host="example.com", body=b""):
    lines = [f"{method} {target} HTTP/{version}", *([f"Host: {host}"] if host else []), *fields]
    return "\r\n".join([*lines, "", ""]).encode() + body


def response(status=200, *fields, body=b"", length=True):
    lines = [f"HTTP/1.1 {status} Whatever", *fields, *([f"Content-Length: {len(body)}"] if length else [])]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(*chunks, trailer=b""):
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailer + b"\r\n"
