"""Streams of protocols given to their readers, and what these told."""

from __future__ import annotations

import struct
from hashlib import sha256

from http_streams import CLIENT, SERVER, STREAM, Feed

from netwatch.track.application_events import Login
from netwatch.track.application_facts import ApplicationFacts
from netwatch.track.event_log import EventLog

SECRET = "c0rrect h0rse"
DIGEST = sha256(SECRET.encode()).hexdigest()[:8]
LISTS = (b"kex", b"key", b"c-enc", b"s-enc", b"c-mac", b"s-mac", b"c-comp", b"s-comp", b"", b"")
"""Of a key exchange of SSH (RFC 4253 section 7.1)."""

__all__ = ("CLIENT", "SERVER", "STREAM", "Inner", "Named", "Told", "by_turns")


class Named:
    """A FlowApplications that remembers."""

    def __init__(self):
        self.names = {}

    def detect(self, serial, name):
        self.names[serial] = name


class Inner:
    """A reader that takes everything, in place of that of TLS."""

    def __init__(self, _stream=None):
        self.got = {CLIENT: b"", SERVER: b""}

    def read(self, direction, data, moment):
        self.got[direction] += data

    def lost(self, direction, length, moment):
        pass

    def closed(self, direction, moment):
        pass

    def unwanted(self, direction):
        return 0


class Told:
    """A reader of `kind`, fed packet by packet, and what it told."""

    def __init__(self, kind, *parts, tls=None, close=True, **options):
        self.log, self.named = EventLog(), Named()
        self.facts = ApplicationFacts(self.named, self.log)
        if tls is not None:
            options["tls"] = tls
        self.reader = kind(STREAM, self.facts, **options)
        self.feed = Feed(self.reader)
        for direction, data in parts:
            self.feed.lose(direction, data) if isinstance(data, int) else self.feed.send(direction, data)
        if close:
            self.feed.close()
        self.events = self.log.take()

    @property
    def line(self):
        return self.facts.line(STREAM.serial)

    @property
    def application(self):
        return self.named.names.get(STREAM.serial)

    @property
    def logins(self):
        return [
            (event.user, event.secret, event.outcome.value, event.method)
            for event in self.events
            if isinstance(event, Login)
        ]


def by_turns(*lines):
    """Lines of text as packets: those that begin with `>` are the client's."""
    return [(line.startswith(">"), line.lstrip("<> ").encode() + b"\r\n") for line in lines]


def session_message(body):
    return b"\0" + len(body).to_bytes(3, "big") + body


def smb2(command, body, status=0, answers=False):
    header = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, status, command, 1, int(answers), 0, 0, 0, 0, 0, b"")
    return session_message(header + body)


def mysql(sequence, body):
    return len(body).to_bytes(3, "little") + bytes([sequence]) + body


GREETING = mysql(0, b"\x0a8.0.36\0" + bytes(60))


def postgres(letter, body):
    return letter + struct.pack("!I", len(body) + 4) + body


STARTUP = postgres(b"", struct.pack("!I", 196608) + b"user\0al\0database\0shop\0\0")


def key_exchange(*lists):
    body = b"\x14" + bytes(16) + b"".join(struct.pack("!I", len(each)) + each for each in lists) + bytes(5)
    padding = 8 + -(len(body) + 5) % 8
    return struct.pack("!IB", len(body) + 1 + padding, padding) + body + bytes(padding)
