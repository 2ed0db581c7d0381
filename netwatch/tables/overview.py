"""What the first screen and a report hold: the essence of every tracker, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwatch.snapshot import Rates
    from netwatch.tables.alerts import Alert, AlertSummary
    from netwatch.tables.dns import DnsSummary
    from netwatch.tables.flows import FlowCounts, FlowTable
    from netwatch.tables.handshakes import HandshakeCounts
    from netwatch.tables.hosts import HostTable
    from netwatch.tables.http import HttpSummary
    from netwatch.tables.neighbours import NeighbourChange
    from netwatch.tables.traffic import TrafficSeries, TrafficTable
    from netwatch.tables.web import WebSummary


@dataclass(frozen=True, slots=True)
class Losses:
    """What the trackers could not hold or look at."""

    evicted_flows: int = 0
    evicted_rows: int = 0
    """Hosts, neighbours, names and DNS transactions that left their tables, which were full."""
    inspection_skipped: int = 0
    """Messages with names that were not read because too many came at once, and packets that only the totals know."""
    unseen_segments: int = 0
    """TCP segments that were acknowledged although the capture does not have them: an estimate of its own loss."""


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """What is going on."""

    rates: Rates
    """Of the last seconds."""
    series: TrafficSeries
    """The graph."""
    traffic: TrafficTable
    talkers: HostTable
    """Those that sent most bytes."""
    destinations: HostTable
    """Those that received most."""
    flows: FlowCounts
    handshakes: HandshakeCounts
    names: tuple[tuple[str, int], ...]
    """(name, queries) of those that were asked for most."""
    server_names: tuple[tuple[str, int], ...] = ()
    """(name, connections) of the servers that clients of TLS and QUIC asked for most."""
    http_hosts: tuple[tuple[str, int], ...] = ()
    """(host, requests) of those that got most in HTTP."""
    alerts: tuple[Alert, ...] = ()
    """The newest ones, the newest first."""
    day: TrafficSeries | None = None
    """The last 24 hours by the minute."""


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a report tells besides totals."""

    flow_counts: FlowCounts
    flows: FlowTable
    """The heaviest, in falling order."""
    handshakes: HandshakeCounts
    hosts: HostTable
    """Those with most bytes, in falling order."""
    neighbour_changes: tuple[NeighbourChange, ...]
    """IP addresses that moved from one MAC address to another, oldest first."""
    dns: DnsSummary
    http: HttpSummary
    web: WebSummary
    alerts: AlertSummary | None = None
    """None where nothing was to be detected."""
