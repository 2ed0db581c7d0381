"""What detection learns of applications besides HTTP: logins, banners, old versions. Frozen records for an EventLog."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment, Stream

SECRET_DIGITS: Final = 8
"""Hexadecimal digits of a secret's digest: enough to see that two are the same, too few to try words against."""


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
    """The packet that told the outcome."""
    asked: Moment
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
class SmtpMessage:
    """A client gave a server a message: its envelope (RFC 5321). Texts are printable."""

    stream: Stream
    from_initiator: bool
    """The client is the initiator of the flow."""
    moment: Moment
    """The packet with the command DATA or BDAT."""
    helo: str
    """What the client calls itself."""
    sender: str
    """With its angle brackets, as are recipients."""
    recipients: tuple[str, ...]
    """At most 32."""


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


def secret_digest(secret: bytes) -> str:
    """Return what is kept of a password."""
    return sha256(secret).hexdigest()[:SECRET_DIGITS] if secret else ""
