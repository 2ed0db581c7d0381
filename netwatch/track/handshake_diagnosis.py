"""One sentence on each attempt to open a TCP connection: what happened, and the likely reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.batch import TCP_ACK, TCP_SYN
from netwatch.nanoseconds import SECOND
from netwatch.track.handshake_state import OVERDUE_NS
from netwatch.track.tcp_events import Step

if TYPE_CHECKING:
    from netwatch.track.flow_columns import FlowColumns

MILLISECOND: Final = 1_000_000

UNREACHABLE: Final = {
    0: "no route to its network",
    1: "the host does not answer its router",
    2: "the host knows no TCP",
    3: "nothing listens on {port}",
    5: "source routing failed",
    6: "its network is unknown",
    7: "the host is unknown",
    8: "the sender is isolated",
    9: "its network is administratively prohibited",
    10: "the host is administratively prohibited",
    11: "its network refuses this type of service",
    12: "the host refuses this type of service",
    13: "a firewall prohibits it",
    14: "the host takes precedence over others",
    15: "its precedence is too low",
}
"""What codes of ICMP destination unreachable say (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1)."""
UNREACHABLE_V6: Final = {
    0: "no route to the host",
    1: "a firewall prohibits it",
    2: "it is beyond the scope of the source address",
    3: "the host does not answer its router",
    4: "nothing listens on {port}",
    5: "the source address fails an ingress or egress policy",
    6: "the route to it rejects packets",
}
"""The same of ICMPv6 (RFC 4443 section 3.1)."""
ICMPV6_UNREACHABLE: Final = 1


class Attempt(NamedTuple):
    """What a diagnosis is made of; times in nanoseconds."""

    step: int
    server: str
    """Address and port."""
    port: int
    now_ns: int
    syns: int
    syn_acks: int
    wrong_acks: int
    syn_ns: int
    newest_syn_ns: int
    syn_ack_ns: int
    ended_ns: int
    icmp: int
    sent: int
    """Flags of the initiator, or-ed."""
    received: int
    """Flags of the responder."""
    packets: tuple[int, int]
    simultaneous: bool
    client_rtt_ns: int
    server_rtt_ns: int


def attempt_of(columns: FlowColumns, row: int, server: str, now_ns: int, rtt_ns: tuple[int, int]) -> Attempt:
    """Return what is known of the attempt in `row`; `rtt_ns` are the round trips of the client's and server's side."""
    first = row * 2 + int(columns.initiator[row])
    second = first ^ 1
    port = int(columns.rest[row]) >> (48 if columns.initiator[row] else 32) & 0xFFFF
    return Attempt(
        step=int(columns.step[row]),
        server=server,
        port=port,
        now_ns=now_ns,
        syns=int(columns.syns[row]),
        syn_acks=int(columns.syn_acks[row]),
        wrong_acks=int(columns.wrong_acks[row]),
        syn_ns=int(columns.syn_ns[row]),
        newest_syn_ns=int(columns.newest_syn_ns[row]),
        syn_ack_ns=int(columns.syn_ack_ns[row]),
        ended_ns=int(columns.ended_ns[row]),
        icmp=int(columns.icmp[row]),
        sent=int(columns.flags[first]),
        received=int(columns.flags[second]),
        packets=(int(columns.packets[first]), int(columns.packets[second])),
        simultaneous=bool(columns.simultaneous[row]),
        client_rtt_ns=rtt_ns[0],
        server_rtt_ns=rtt_ns[1],
    )


def diagnose(attempt: Attempt) -> str:
    """Return the sentence, without a full stop."""
    if attempt.step == Step.NONE:
        return _met_in_the_middle(attempt)
    if attempt.step == Step.COMPLETE:
        return _complete(attempt)
    if attempt.step == Step.SYN_SENT:
        return _unanswered(attempt)
    if attempt.step == Step.ANSWERED:
        return _half_open(attempt)
    if attempt.step == Step.ABORTED:
        return _aborted(attempt)
    # After an ICMP error the initiator may have tried again, in vain
    asked_ns = attempt.newest_syn_ns if attempt.newest_syn_ns <= attempt.ended_ns else attempt.syn_ns
    took = span(attempt.ended_ns - asked_ns)
    if attempt.step == Step.REFUSED:
        tries = f" after {attempt.syns} SYNs" if attempt.syns > 1 else ""
        return f"refused in {took}{tries}: nothing listens on {attempt.port}"
    if attempt.step == Step.UNREACHABLE:
        return f"refused by ICMP in {took}: {_icmp(attempt)}"
    after = span(attempt.ended_ns - attempt.syn_ack_ns)
    return f"server {attempt.server} answered and reset {after} later: connection limit, filter or proxy"


def span(duration_ns: int) -> str:
    """Return a duration with two or three digits that count: `0.3 ms`, `12.4 ms`, `7 s`."""
    if duration_ns >= 100 * SECOND:
        return f"{duration_ns / SECOND:.0f} s"
    value, unit = (duration_ns / SECOND, "s") if duration_ns >= SECOND else (duration_ns / MILLISECOND, "ms")
    digits = 0 if value >= 100 else 1 if value >= 0.1 or value <= 0 else 3
    return f"{value:.{digits}f}".removesuffix(".0") + f" {unit}"


def _met_in_the_middle(attempt: Attempt) -> str:
    if 0 in attempt.packets:
        seen = "only the client's" if attempt.packets[0] else "only the server's"
        return f"{seen} packets are visible: asymmetric capture, or the other end is silent"
    if attempt.received & TCP_SYN:
        return "the SYN-ACK came without its SYN: the capture began in between or lost it"
    return "no SYN was seen: the connection is older than the capture"


def _complete(attempt: Attempt) -> str:
    if attempt.simultaneous:
        return "both ends sent a SYN at the same time: simultaneous open"
    whole = attempt.client_rtt_ns + attempt.server_rtt_ns
    if attempt.client_rtt_ns < 0 or attempt.server_rtt_ns < 0:
        return "complete"
    sides = f"{span(attempt.server_rtt_ns)} to the server, {span(attempt.client_rtt_ns)} to the client"
    if attempt.syns > 1 and attempt.newest_syn_ns <= attempt.syn_ack_ns:
        late = span(attempt.syn_ack_ns - attempt.syn_ns)
        return f"complete, answered only at SYN {attempt.syns} after {late}: a SYN or its answer was lost"
    return f"complete in {span(whole)}: {sides}"


def _unanswered(attempt: Attempt) -> str:
    server = attempt.server
    if attempt.sent & ~TCP_SYN & TCP_ACK:
        return "only one direction is visible: asymmetric capture"
    if attempt.wrong_acks:
        return f"server {server} acknowledges another SYN: leftover of an older connection, or a forged answer"
    waited = attempt.now_ns - attempt.syn_ns
    if attempt.packets[1]:
        return f"server {server} sends, but no SYN-ACK was seen: the capture lost it"
    if attempt.syns == 1 and waited < OVERDUE_NS:
        return f"waiting for {server} for {span(waited)}"
    syns = f"{attempt.syns} SYNs in {span(attempt.newest_syn_ns - attempt.syn_ns)}"
    if attempt.syns == 1:
        syns = f"the SYN {span(waited)} ago"
    return f"server {server} never answered {syns}: host down or filtered"


def _half_open(attempt: Attempt) -> str:
    waited = attempt.now_ns - attempt.syn_ack_ns
    if attempt.syn_acks == 1 and waited < OVERDUE_NS:
        return f"waiting for the client's ACK for {span(waited)}"
    return (
        f"{attempt.syn_acks} answers arrive but the client never ACKs: one-way path or SYN flood"
        if attempt.syn_acks > 1
        else "an answer arrives but the client never ACKs: one-way path or SYN flood"
    )


def _aborted(attempt: Attempt) -> str:
    if attempt.syn_ack_ns:
        after = span(attempt.ended_ns - attempt.syn_ack_ns)
        return f"client reset {after} after the answer: port scan, or it gave up"
    return f"client gave up after {span(attempt.ended_ns - attempt.syn_ns)} without an answer from {attempt.server}"


def _icmp(attempt: Attempt) -> str:
    kind, code = attempt.icmp >> 8, attempt.icmp & 255
    reasons = UNREACHABLE_V6 if kind == ICMPV6_UNREACHABLE else UNREACHABLE
    return reasons.get(code, f"unreachable, code {code}").format(port=attempt.port)
