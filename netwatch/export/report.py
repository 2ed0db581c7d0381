"""Reports as JSON: a finished capture by the contract of DESIGN.md section 5."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from netwatch import __version__
from netwatch.export.report_alerts import alert_object
from netwatch.export.report_http import http_object
from netwatch.export.report_tls import tls_object
from netwatch.nanoseconds import SECOND
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.export.baseline import Comparison
    from netwatch.snapshot import Snapshot
    from netwatch.tables.checksums import ChecksumSummary
    from netwatch.tables.dns import DnsSummary
    from netwatch.tables.flows import FlowTable
    from netwatch.tables.handshakes import HandshakeCounts
    from netwatch.tables.hosts import HostTable
    from netwatch.tables.neighbours import NeighbourChange
    from netwatch.tables.overview import Summary


def report_json(
    snapshot: Snapshot, summary: Summary, checksums: ChecksumSummary | None = None, changes: Comparison | None = None
) -> str:
    """Return the report as one JSON object; times are seconds since the epoch, what is not known is null.

    Checksums are not, of a live capture.
    """
    found = report_object(snapshot, summary)
    found["checksums"] = (
        None
        if checksums is None
        else {
            "ip_bad": checksums.ip_bad,
            "tcp_bad": checksums.tcp_bad,
            "udp_bad": checksums.udp_bad,
            "offloaded": checksums.offloaded,
            "judged": checksums.judged,
            "senders": [{"ip": address, "count": count} for address, count in checksums.senders],
        }
    )
    if changes is not None:
        found["baseline"] = {"captures": changes.captures, "changes": [one._asdict() for one in changes.changes]}
    return json.dumps(found, indent=2, ensure_ascii=True)


def report_object(snapshot: Snapshot, summary: Summary) -> dict[str, Any]:
    """Return the report as nested dictionaries of JSON types."""
    loss = snapshot.loss
    alerts = summary.alerts.alerts if summary.alerts is not None else ()
    return {
        "netwatch": __version__,
        "capture": _capture(snapshot),
        "loss": {
            # Reading a file drops nothing; what its capture dropped is known only where the file says so
            "kernel_dropped": loss.kernel_dropped if snapshot.live else loss.kernel_dropped or 0,
            "evicted_packets": loss.evicted_packets,
            "evicted_flows": loss.evicted_flows,
            "inspection_skipped": loss.inspection_skipped,
        },
        "protocols": {name.lower(): {"packets": packets, "bytes": size} for name, packets, size in snapshot.protocols},
        "flows": {
            "tcp": summary.flow_counts.tcp,
            "udp": summary.flow_counts.udp,
            "other": summary.flow_counts.other,
            "top": [_flow(summary.flows, index) for index in range(len(summary.flows))],
        },
        "handshakes": _handshakes(summary.handshakes),
        "health": {"unseen_segments": loss.unseen_segments, "evicted_rows": loss.evicted_rows},
        "dns": _dns(summary.dns),
        "tls": tls_object(summary.web),
        "http": http_object(summary.http),
        "hosts": [_host(summary.hosts, index) for index in range(len(summary.hosts))],
        "arp": {"changes": [_change(change) for change in summary.neighbour_changes]},
        "alerts": [alert_object(alert) for alert in alerts],
    }


def _capture(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "source": printable(snapshot.source),
        "link_types": list(snapshot.link_types),
        "packets": snapshot.packets,
        "bytes": snapshot.bytes,
        "first_time": _seconds(snapshot, snapshot.first_time_ns),
        "last_time": _seconds(snapshot, snapshot.last_time_ns),
        "malformed": snapshot.loss.malformed,
        "truncated_file": snapshot.loss.truncated_file,
    }


def _handshakes(shakes: HandshakeCounts) -> dict[str, Any]:
    return {
        "complete": shakes.complete,
        "incomplete": shakes.incomplete,
        "refused": shakes.refused,
        "half_open": shakes.half_open,
        "mid_stream": shakes.mid_stream,
        "rtt_ms": {"p50": _milliseconds(shakes.rtt_p50_ns), "p95": _milliseconds(shakes.rtt_p95_ns)},
    }


def _change(change: NeighbourChange) -> dict[str, Any]:
    return {"ip": change.ip, "old_mac": change.old_mac, "new_mac": change.new_mac, "time": change.time_ns / SECOND}


def _flow(table: FlowTable, index: int) -> dict[str, Any]:
    return {
        "src": table.source[index],
        "sport": int(table.sport[index]),
        "dst": table.destination[index],
        "dport": int(table.dport[index]),
        "protocol": table.protocol[index].lower(),
        "packets": int(table.packets[index].sum()),
        "bytes": int(table.bytes[index].sum()),
        "first_time": int(table.first_ns[index]) / SECOND,
        "last_time": int(table.last_ns[index]) / SECOND,
        "state": table.state[index] or table.conn_state[index],
        "conn_state": table.conn_state[index],
        "application": table.application[index],
        "about": table.about[index] if table.about else "",
        "src_name": table.source_name[index],
        "dst_name": table.destination_name[index],
        "community_id": table.community_id[index],
    }


def _dns(found: DnsSummary) -> dict[str, Any]:
    """Return the section of the contract, in which DNS includes mDNS and LLMNR, and everything by protocol."""
    counts, table = found.counts, found.names
    return {
        "queries": counts.queries,
        "responses": counts.responses,
        "matched": counts.matched,
        "unanswered": counts.unanswered,
        "nxdomain": counts.nxdomain,
        "servfail": counts.servfail,
        "retries": counts.retries,
        "malformed": counts.malformed,
        "latency_ms": {"p50": _milliseconds(counts.latency_p50_ns), "p95": _milliseconds(counts.latency_p95_ns)},
        "protocols": {
            each.protocol.lower(): {
                "queries": each.queries,
                "responses": each.responses,
                "matched": each.matched,
                "unanswered": each.unanswered,
            }
            for each in counts.protocols
        },
        "names": [
            {"name": table.name[index], "count": int(table.queries[index]), "new": bool(table.new[index])}
            for index in range(len(table))
        ],
    }


def _host(table: HostTable, index: int) -> dict[str, Any]:
    return {
        "ip": table.address[index],
        "addresses": list(table.addresses[index]),
        "mac": table.mac[index],
        "vendor": table.vendor[index],
        "names": list(table.names[index]),
        "roles": list(table.roles[index]),
        "packets": int(table.packets[index].sum()),
        "bytes": int(table.bytes[index].sum()),
    }


def _milliseconds(nanoseconds: float) -> float | None:
    return nanoseconds / 1e6 if nanoseconds >= 0 else None


def _seconds(snapshot: Snapshot, time_ns: int) -> float | None:
    return time_ns / SECOND if snapshot.packets else None
