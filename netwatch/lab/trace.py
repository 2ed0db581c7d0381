"""`lab trace`: the routers on the way to a host, by ICMP, UDP or TCP, all probes on one path of a load balancer."""

from __future__ import annotations

import socket
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.lab.exchange import exchange
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.reserved_port import reserved_port
from netwatch.lab.results import Results
from netwatch.lab.rtt import rtt_figures
from netwatch.lab.trace_probes import TraceProbes
from netwatch.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netwatch.lab.bench import Bench
    from netwatch.lab.exchange import Answer, Exchange, Probe
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress

COLUMNS: Final = ("hop", "address", "sent", "received", "loss_percent", "min_ms", "avg_ms", "max_ms", "rtts", "note")
AT_ONCE: Final = 4
"""Hops that are asked together: silent ones cost one wait for all four."""


@dataclass(frozen=True, slots=True)
class TraceOptions:
    """How to trace."""

    method: str
    """`icmp`, `udp` or `tcp`."""
    port: int
    """Destination port of UDP and TCP; one for all probes, so that they take one path (Paris traceroute)."""
    max_hops: int
    queries: int
    """Probes to each hop."""
    timeout: float


def plan_trace(text: str, options: TraceOptions, around: Surroundings) -> Plan:
    """Check what `lab trace` was asked for.

    Raises:
        UsageError: a wrong target or option.
    """
    require_within("--max-hops", options.max_hops, 1, 64)
    require_within("--queries", options.queries, 1, 10)
    require_within("--timeout", options.timeout, 0.01, 60)
    require_within("--port", options.port, 1, 65535)
    targets = around.targets([text])
    if len(targets.addresses) != 1:
        raise UsageError("trace goes to one host, not to a network")
    address = targets.addresses[0]
    kinds = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}

    def run(bench: Bench) -> Results:
        kind = kinds.get(options.method)
        with reserved_port(address.version, kind) if kind else nullcontext(0) as sport:
            return trace(bench, address, TraceProbes(around.source(address), address, sport, options), options)

    return Plan(run, "icmp or icmp6 or tcp", around.interface_towards(address).name)


def trace(bench: Bench, address: IpAddress, probes: TraceProbes, options: TraceOptions) -> Results:
    """Ask hop after hop, a few at once, until the target answers; a row for each hop up to there."""
    rows: list[dict[str, Any]] = []
    reached = False
    for first in range(1, options.max_hops + 1, AT_ONCE):
        hops = range(first, min(first + AT_ONCE, options.max_hops + 1))
        asked = _probes(probes, hops, options.queries)
        done = exchange(bench, asked, probes.match, timeout=options.timeout, total=len(hops) * options.queries)
        for hop in hops:
            rows.append(_row(hop, done, probes, options.queries))
            reached = any(probes.final.get((hop, query)) for query in range(options.queries))
            if reached:
                break
        if reached or bench.stop.wanted:
            break
    summary = {"target": str(address), "reached": reached, "hops": len(rows)}
    far = counted(len(rows), "hops")
    text = f"{address} is {far} away" if reached else f"{address} was not reached within {far}"
    return Results(COLUMNS, rows, summary, text)


def _probes(probes: TraceProbes, hops: range, queries: int) -> Iterator[Probe]:
    """Yield the probes of some hops as they go out; none beyond a hop that the target itself answered."""
    for hop in hops:
        for query in range(queries):
            if not any(reached < hop for reached, _ in probes.final):
                yield probes.probe(hop, query)


def _row(hop: int, done: Exchange, probes: TraceProbes, queries: int) -> dict[str, Any]:
    keys: Sequence[tuple[int, int]] = [(hop, query) for query in range(queries) if (hop, query) in done.sent]
    answers: list[Answer | None] = [done.first(key) for key in keys]
    heard = [answer for answer in answers if answer is not None]
    who = list(dict.fromkeys(probes.senders[key] for key in keys if key in probes.senders))
    notes = list(dict.fromkeys(probes.notes[key] for key in keys if key in probes.notes))
    figures = rtt_figures([answer.rtt for answer in heard], len(keys))
    rtts = " ".join("*" if answer is None else f"{1000 * answer.rtt:.3f}" for answer in answers)
    row: dict[str, Any] = {"hop": hop, "address": ", ".join(who) or "*"}
    return row | figures | {"rtts": rtts, "note": "; ".join(notes) or None}
