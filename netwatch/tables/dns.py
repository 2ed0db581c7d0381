"""DnsTable, DnsNameTable, DnsServerTable, DnsCounts: look-ups, each, by name, by server and in all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class DnsTable:
    """Transactions in the order that was asked for, n of them: a query with its retries, and the response to it.

    Responses and announcements that nobody asked for are transactions of their own. Columns have shape (n,). Times
    are nanoseconds since the epoch, durations nanoseconds, -1 where not known. Strings are printable.
    """

    serial: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    """The first query; the response where there was none."""
    protocol: tuple[str, ...]
    """DNS, mDNS, LLMNR or NBNS."""
    transport: tuple[str, ...]
    """UDP or TCP."""
    client: tuple[str, ...]
    client_port: NDArray[np.uint16]
    server: tuple[str, ...]
    """Who answered, before that who was asked."""
    server_port: NDArray[np.uint16]
    identifier: NDArray[np.uint16]
    name: tuple[str, ...]
    """Of the first question, in lower case; of the first record where there is no question."""
    type: tuple[str, ...]
    state: tuple[str, ...]
    """answered; waiting; unanswered, for 5 s of packet time or longer; unsolicited: a response without a query;
    asked: a multicast query, to which nobody has to respond."""
    rcode: tuple[str, ...]
    """Response code by name, empty without a response."""
    latency_ns: NDArray[np.int64]
    """From the first query to the first response."""
    retries: NDArray[np.int64]
    """Queries after the first, while there was no response."""
    responses: NDArray[np.int64]
    answers: tuple[tuple[str, ...], ...]
    """Records of the answer section as `TYPE data`, as far as the first 4096 bytes of the response hold them."""
    answer_count: NDArray[np.int64]
    """Records of the answer section as the response counts them."""
    ttl: NDArray[np.int64]
    """The smallest of these answers, seconds."""
    flags: tuple[str, ...]
    """Header flags that are set, of AA TC RD RA AD CD, and an operation that is not a query."""
    edns: tuple[str, ...]
    """EDNS of the response, or else of the query: largest datagram, DO and options; empty for none."""
    truncated: NDArray[np.bool_]
    """The response says that it was cut to fit into a datagram."""
    tcp_fallback: NDArray[np.bool_]
    """The question was asked again over TCP, or is that one, after a truncated response."""
    new: NDArray[np.bool_]
    """Nobody had asked for the name before in this capture, nor in an earlier run where these are remembered."""
    process: tuple[str, ...] = ()
    """Who asked, where that is a process of this machine; `unknown` when its socket is closed already; empty for other
    machines. () where nobody looked."""

    def __len__(self) -> int:
        return len(self.serial)


@dataclass(frozen=True, slots=True, eq=False)
class DnsNameTable:
    """Names that were asked for, in the order that was asked for; columns have shape (n,)."""

    serial: NDArray[np.int64]
    name: tuple[str, ...]
    protocols: tuple[tuple[str, ...], ...]
    """Of DNS, mDNS, LLMNR, NBNS."""
    queries: NDArray[np.int64]
    responses: NDArray[np.int64]
    clients: NDArray[np.int64]
    """Addresses that asked; at most 256 of a name are told apart."""
    nxdomain: NDArray[np.float64]
    """Share of responses that say that there is no such name, 0 to 1."""
    latency_p50_ns: NDArray[np.float64]
    latency_p95_ns: NDArray[np.float64]
    """Of the transactions that are still held, NaN for none."""
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]
    new: NDArray[np.bool_]
    """Seen for the first time in this capture within the last minute of packet time; where the names of earlier runs
    are remembered, seen in none of them."""

    def __len__(self) -> int:
        return len(self.serial)


@dataclass(frozen=True, slots=True, eq=False)
class DnsServerTable:
    """Servers of port 53, in the order that was asked for; columns have shape (n,)."""

    serial: NDArray[np.int64]
    server: tuple[str, ...]
    queries: NDArray[np.int64]
    """Transactions, retries left out."""
    retries: NDArray[np.int64]
    answered: NDArray[np.int64]
    unanswered: NDArray[np.int64]
    """For 5 s of packet time or longer."""
    latency_p50_ns: NDArray[np.float64]
    latency_p95_ns: NDArray[np.float64]
    latency_max_ns: NDArray[np.float64]
    """Of the transactions that are still held, NaN for none."""
    rcodes: tuple[tuple[tuple[str, int], ...], ...]
    """(response code, responses) of each server, the most frequent first."""
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.serial)


@dataclass(frozen=True, slots=True)
class DnsProtocolCounts:
    """Messages of one protocol since the start."""

    protocol: str
    """DNS, mDNS, LLMNR or NBNS."""
    queries: int = 0
    responses: int = 0
    matched: int = 0
    """Responses to a query that was seen and had no response yet; of several equal queries each may have one."""
    unanswered: int = 0
    """Transactions without a response, so far; mDNS has none, because nobody has to respond there."""


@dataclass(frozen=True, slots=True)
class DnsCounts:
    """What happened since the start, what left the tables included. The first four leave NBNS out, which is no DNS."""

    queries: int = 0
    responses: int = 0
    matched: int = 0
    unanswered: int = 0
    protocols: tuple[DnsProtocolCounts, ...] = ()
    """Of every protocol that was seen, NBNS included."""
    nxdomain: int = 0
    servfail: int = 0
    """Matched responses with these codes."""
    retries: int = 0
    truncated: int = 0
    """Responses that were cut to fit into a datagram."""
    latency_p50_ns: float = float("nan")
    latency_p95_ns: float = float("nan")
    """Of the transactions that are still held, NaN for none."""
    malformed: int = 0
    """Messages that break the rules of RFC 1035, and so were left out."""
    skipped: int = 0
    """Messages that were only counted, because too many came at once."""
    evicted: int = 0
    """Transactions that left the table."""


@dataclass(frozen=True, slots=True, eq=False)
class DnsSummary:
    """What a report tells of DNS."""

    counts: DnsCounts
    names: DnsNameTable
    """The names of DNS, mDNS and LLMNR that were asked for most, in falling order."""
