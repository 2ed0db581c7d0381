"""WebTable, WebNameTable, WebAgentTable, CertificateTable, WebCounts: TLS, QUIC and HTTP, each, grouped and in all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class WebTable:
    """Transactions in the order that was asked for, n of them: hellos of TLS and QUIC, HTTP requests, and answers.

    Columns have shape (n,). Times are nanoseconds since the epoch, durations nanoseconds, -1 where not known. Strings
    are printable, and empty where there is no such thing or nobody can see it.
    """

    serial: NDArray[np.int64]
    flow: NDArray[np.int64]
    """Serial of the flow in the flow table."""
    time_ns: NDArray[np.int64]
    """The packet that completed the hello or the head of the request."""
    kind: tuple[str, ...]
    """TLS, QUIC, DTLS or HTTP."""
    client: tuple[str, ...]
    client_port: NDArray[np.uint16]
    server: tuple[str, ...]
    server_port: NDArray[np.uint16]
    name: tuple[str, ...]
    """The server name that the client asked for (SNI), or the host of the request; in lower case."""
    version: tuple[str, ...]
    """`TLS1.3`, `v1 TLS1.3` of QUIC, `HTTP/1.1`: what was agreed on, before that the best that the client offers."""
    outcome: tuple[str, ...]
    """waiting; answered; or what went wrong: `no answer` where the flow ended before one, `alert` with its name."""
    status: NDArray[np.int16]
    """Of an HTTP response, 0 without one."""
    latency_ns: NDArray[np.int64]
    """From the request to the beginning of the response."""
    size: NDArray[np.int64]
    """Bytes of an HTTP response's body; of TLS and QUIC the payload of their flow in both directions so far; -1 where
    not known."""
    ja4: tuple[str, ...]
    """Fingerprint of the client's hello."""
    ja3: tuple[str, ...]
    ja3s: tuple[str, ...]
    """MD5 fingerprints of both hellos, 32 hexadecimal digits."""
    protocols: tuple[tuple[str, ...], ...]
    """Application protocols that the client offers (ALPN)."""
    protocol: tuple[str, ...]
    """The one that the server chose; since TLS 1.3 nobody can see it."""
    cipher: tuple[str, ...]
    """Cipher suite that the server chose."""
    certificate: tuple[str, ...]
    """Of the server up to TLS 1.2: subject, issuer, end of validity."""
    notes: tuple[tuple[str, ...], ...]
    """What else was noticed, a few words each: `ECH`, `resumption offered`, `upgraded to websocket`."""
    method: tuple[str, ...]
    target: tuple[str, ...]
    """Of an HTTP request: its method and what it asks for, without what is secret."""
    agent: tuple[str, ...]
    """User agent of an HTTP request."""
    content_type: tuple[str, ...]
    process: tuple[str, ...] = ()
    """Who owns the socket, where it is this machine's; () where nobody looked."""

    def __len__(self) -> int:
        return len(self.serial)


@dataclass(frozen=True, slots=True, eq=False)
class WebNameTable:
    """Server names and hosts of requests, in the order that was asked for; columns have shape (n,)."""

    serial: NDArray[np.int64]
    name: tuple[str, ...]
    tls: NDArray[np.int64]
    quic: NDArray[np.int64]
    http: NDArray[np.int64]
    """Transactions of each kind."""
    failed: NDArray[np.int64]
    """Those of them that ended with an alert, without an answer, or with an HTTP status of 400 or more."""
    clients: NDArray[np.int64]
    """Addresses that asked; at most 256 of a name are told apart."""
    latency_p50_ns: NDArray[np.float64]
    latency_p95_ns: NDArray[np.float64]
    """Of the transactions that are still held, NaN for none."""
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.serial)

    @property
    def total(self) -> NDArray[np.int64]:
        """Transactions of all kinds."""
        return self.tls + self.quic + self.http


@dataclass(frozen=True, slots=True, eq=False)
class WebAgentTable:
    """What clients call themselves: user agents of HTTP, fingerprints (JA4) of TLS and QUIC; columns of shape (n,)."""

    serial: NDArray[np.int64]
    agent: tuple[str, ...]
    kind: tuple[str, ...]
    """HTTP or JA4."""
    requests: NDArray[np.int64]
    failed: NDArray[np.int64]
    """As in WebNameTable."""
    clients: NDArray[np.int64]
    """Addresses that use it; at most 256 are told apart."""
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.serial)


@dataclass(frozen=True, slots=True, eq=False)
class CertificateTable:
    """Certificates that servers of TLS up to 1.2 showed, the first of each chain; columns have shape (n,).

    In TLS 1.3 and QUIC they are encrypted.
    """

    serial: NDArray[np.int64]
    flow: NDArray[np.int64]
    """Serial of the newest flow that it was seen in."""
    subject: tuple[str, ...]
    issuer: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    """Subject alternative names: host names and addresses."""
    not_before: NDArray[np.int64]
    not_after: NDArray[np.int64]
    """Validity, seconds since the epoch: nanoseconds would end in 2262."""
    state: tuple[str, ...]
    """When it was shown last: valid, expired, not yet valid; unreadable where that cannot be told."""
    self_signed: NDArray[np.bool_]
    """The issuer is the subject; whether the signature is right is not looked at."""
    key: tuple[str, ...]
    """Type and size of the public key, `RSA 2048`."""
    signature: tuple[str, ...]
    """Algorithm of the signature."""
    fingerprint: tuple[str, ...]
    """SHA-256 of the whole, hexadecimal."""
    chain: NDArray[np.int64]
    """Certificates in the message."""
    server: tuple[str, ...]
    """Address that showed it last."""
    name: tuple[str, ...]
    """Server name that it was shown for last."""
    count: NDArray[np.int64]
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.serial)


@dataclass(frozen=True, slots=True)
class WebCounts:
    """What happened since the start, what left the tables included."""

    tls: int = 0
    quic: int = 0
    http: int = 0
    """Transactions."""
    answered: int = 0
    failed: int = 0
    """As in WebNameTable."""
    encrypted_names: int = 0
    """Hellos with an encrypted one inside (ECH): the name that can be seen is not the true one."""
    latency_p50_ns: float = float("nan")
    latency_p95_ns: float = float("nan")
    """Of the transactions that are still held, NaN for none."""
    evicted: int = 0
    """Transactions that left the table."""


@dataclass(frozen=True, slots=True, eq=False)
class WebSummary:
    """What a report tells of TLS, QUIC and HTTP."""

    counts: WebCounts
    names: WebNameTable
    """All that are held, the most frequent first."""
    agents: WebAgentTable
    """The most frequent, in falling order."""
    certificates: CertificateTable
    """The most frequent, in falling order."""
    versions: tuple[tuple[str, str, int], ...] = ()
    """(kind, version, transactions) in falling order."""
