"""What detection learns of protocols other than HTTP: logins in clear, banners, old versions. Frozen records."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from netwatch.track.http_transaction import HttpRequest, HttpTransaction
    from netwatch.track.stream_reader import Moment, Stream

SECRET_DIGITS: Final = 8
"""Hexadecimal digits of a secret's digest: enough to see that two are the same, too few to try words against."""
MOST_EVENTS: Final = 4096
"""Events that wait to be taken; one of HTTP holds up to 13 kB, mostly less than 1."""


class Outcome(Enum):
    """What became of a login."""

    UNKNOWN = "unknown"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Login:
    """An attempt to log in, told when its outcome is known or will not become known."""

    stream: Stream
    moment: Moment
    """The packet with the credentials."""
    protocol: str
    """As the application column has it: FTP, SMTP, POP, IMAP, HTTP, SMB, ..."""
    user: str
    """Printable; empty where it is not known."""
    secret: str
    """The first digits of the SHA-256 of the password, empty where it was not seen in clear."""
    outcome: Outcome
    method: str = ""
    """How, where the protocol has several ways: PLAIN, LOGIN, Basic, NTLM, form, ..."""


@dataclass(frozen=True, slots=True)
class SshBanners:
    """Both ends of an SSH connection said their versions; told once a connection."""

    stream: Stream
    moment: Moment
    client: str
    server: str
    """Printable, such as `SSH-2.0-OpenSSH_9.2`; empty where that end was not captured."""
    hassh: str
    hassh_server: str
    """Digests of the algorithms that each end offers, empty where they were not captured."""


@dataclass(frozen=True, slots=True)
class SmbNegotiated:
    """A server of SMB chose a version."""

    stream: Stream
    moment: Moment
    dialect: str
    """`1`, `2.0.2`, `2.1`, `3.0`, `3.0.2` or `3.1.1`."""


@dataclass(frozen=True, slots=True)
class CommunitySeen:
    """SNMP version 1 or 2c was spoken: its community is a password in clear."""

    stream: Stream
    moment: Moment
    version: str
    public: bool
    """The community is `public`, which is no secret."""
    secret: str
    """As Login.secret."""


ApplicationEvent = Login | SshBanners | SmbNegotiated | CommunitySeen


class EventSource(Protocol):
    """Whatever tells of applications."""

    def take_events(self) -> list[ApplicationEvent | HttpRequest | HttpTransaction]:
        """Return what happened since the last call, in the order of packets as far as one flow goes."""
        ...


class EventLog:
    """Events between two calls of `take_events`; when nobody takes them the oldest leave."""

    def __init__(self, most: int = MOST_EVENTS) -> None:
        self.dropped = 0
        """Events that nobody took in time."""
        self._events: deque[ApplicationEvent | HttpRequest | HttpTransaction] = deque(maxlen=most)

    def __len__(self) -> int:
        return len(self._events)

    def add(self, event: ApplicationEvent | HttpRequest | HttpTransaction) -> None:
        """Keep an event until it is taken."""
        self.dropped += len(self._events) == self._events.maxlen
        self._events.append(event)

    def take_events(self) -> list[ApplicationEvent | HttpRequest | HttpTransaction]:
        """Return the events that wait, oldest first, and forget them."""
        taken = list(self._events)
        self._events.clear()
        return taken


def secret_digest(secret: bytes) -> str:
    """Return what is kept of a password."""
    return sha256(secret).hexdigest()[:SECRET_DIGITS] if secret else ""
