"""The columns of each table's CSV: their names and where their values come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.export.csv_alerts import ALERTS, MUTES
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


def seconds(times: NDArray[Any]) -> list[str]:
    """Return nanoseconds as decimal seconds without rounding; -1 and less as nothing."""
    return ["" if value < 0 else f"{value // SECOND}.{value % SECOND:09d}" for value in times.tolist()]


def known_seconds(times: NDArray[Any]) -> list[str]:
    """Return the same of times of which 0 means that nothing was seen."""
    return ["" if value == "0.000000000" else value for value in seconds(times)]


def decimal_seconds(times: NDArray[Any]) -> list[str]:
    """Return nanoseconds that may be NaN as seconds."""
    return ["" if value != value else f"{value / SECOND:.9f}" for value in times.tolist()]


FLOWS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "src": lambda table: table.source,
    "sport": lambda table: table.sport,
    "dst": lambda table: table.destination,
    "dport": lambda table: table.dport,
    "proto": lambda table: [name.lower() for name in table.protocol],
    "packets": lambda table: table.packets.sum(axis=1),
    "bytes": lambda table: table.bytes.sum(axis=1),
    "packets_sent": lambda table: table.packets[:, 0],
    "packets_received": lambda table: table.packets[:, 1],
    "bytes_sent": lambda table: table.bytes[:, 0],
    "bytes_received": lambda table: table.bytes[:, 1],
    "payload_sent": lambda table: table.payload[:, 0],
    "payload_received": lambda table: table.payload[:, 1],
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
    "duration": lambda table: seconds(table.duration_ns),
    "application": lambda table: table.application,
    "src_name": lambda table: table.source_name,
    "dst_name": lambda table: table.destination_name,
    "about": lambda table: table.about or [""] * len(table),
    "process": lambda table: table.process or [""] * len(table),
    "retransmissions_sent": lambda table: table.health.retransmissions[:, 0],
    "retransmissions_received": lambda table: table.health.retransmissions[:, 1],
    "state": lambda table: table.state,
    "conn_state": lambda table: table.conn_state,
    "history": lambda table: table.history,
    "vlan": lambda table: table.vlan,
    "community_id": lambda table: table.community_id,
}

HANDSHAKES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "src": lambda table: table.source,
    "sport": lambda table: table.sport,
    "dst": lambda table: table.destination,
    "dport": lambda table: table.dport,
    "class": lambda table: table.outcome,
    "state": lambda table: table.state,
    "overdue": lambda table: table.overdue,
    "syn_time": lambda table: known_seconds(table.syn_ns),
    "syn_ack_time": lambda table: known_seconds(table.syn_ack_ns),
    "ack_time": lambda table: known_seconds(table.ack_ns),
    "end_time": lambda table: known_seconds(table.ended_ns),
    "rtt": lambda table: seconds(table.rtt_ns),
    "client_rtt": lambda table: seconds(table.client_rtt_ns),
    "server_rtt": lambda table: seconds(table.server_rtt_ns),
    "retries": lambda table: table.retries,
    "not_accepted": lambda table: table.mismatch,
    "diagnosis": lambda table: table.diagnosis,
    "vlan": lambda table: table.vlan,
}

SERVICES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "server": lambda table: table.server,
    "port": lambda table: table.port,
    "application": lambda table: table.application,
    "attempts": lambda table: table.attempts,
    "complete": lambda table: table.complete,
    "incomplete": lambda table: table.incomplete,
    "refused": lambda table: table.refused,
    "half_open": lambda table: table.half_open,
    "success": lambda table: table.success,
    "rtt_p50": lambda table: decimal_seconds(table.rtt_p50_ns),
    "rtt_p95": lambda table: decimal_seconds(table.rtt_p95_ns),
    "rtt_max": lambda table: decimal_seconds(table.rtt_max_ns),
}

HOSTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "address": lambda table: table.address,
    "addresses": lambda table: [" ".join(found) for found in table.addresses],
    "mac": lambda table: table.mac,
    "vendor": lambda table: table.vendor,
    "names": lambda table: [" ".join(found) for found in table.names],
    "roles": lambda table: [" ".join(found) for found in table.roles],
    "services": lambda table: ["; ".join(found) for found in table.services],
    "packets_sent": lambda table: table.packets[:, 0],
    "packets_received": lambda table: table.packets[:, 1],
    "bytes_sent": lambda table: table.bytes[:, 0],
    "bytes_received": lambda table: table.bytes[:, 1],
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
}

NEIGHBOURS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "ip": lambda table: table.ip,
    "mac": lambda table: table.mac,
    "vendor": lambda table: table.vendor,
    "vlan": lambda table: table.vlan,
    "learned": lambda table: ["; ".join(found) for found in table.learned],
    "claims": lambda table: table.count,
    "changes": lambda table: table.changes,
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
}

DNS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "time": lambda table: seconds(table.time_ns),
    "protocol": lambda table: [name.lower() for name in table.protocol],
    "transport": lambda table: [name.lower() for name in table.transport],
    "client": lambda table: table.client,
    "client_port": lambda table: table.client_port,
    "server": lambda table: table.server,
    "server_port": lambda table: table.server_port,
    "id": lambda table: table.identifier,
    "name": lambda table: table.name,
    "type": lambda table: table.type,
    "state": lambda table: table.state,
    "rcode": lambda table: table.rcode,
    "latency": lambda table: seconds(table.latency_ns),
    "retries": lambda table: table.retries,
    "responses": lambda table: table.responses,
    "answers": lambda table: ["; ".join(found) for found in table.answers],
    "answer_count": lambda table: table.answer_count,
    "ttl": lambda table: ["" if value < 0 else value for value in table.ttl.tolist()],
    "flags": lambda table: table.flags,
    "edns": lambda table: table.edns,
    "truncated": lambda table: table.truncated,
    "tcp_fallback": lambda table: table.tcp_fallback,
    "new": lambda table: table.new,
    "process": lambda table: table.process or [""] * len(table),
}

DNS_NAMES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": lambda table: table.name,
    "protocols": lambda table: [" ".join(found).lower() for found in table.protocols],
    "queries": lambda table: table.queries,
    "responses": lambda table: table.responses,
    "clients": lambda table: table.clients,
    "nxdomain": lambda table: table.nxdomain,
    "latency_p50": lambda table: decimal_seconds(table.latency_p50_ns),
    "latency_p95": lambda table: decimal_seconds(table.latency_p95_ns),
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
    "new": lambda table: table.new,
}

DNS_SERVERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "server": lambda table: table.server,
    "queries": lambda table: table.queries,
    "retries": lambda table: table.retries,
    "answered": lambda table: table.answered,
    "unanswered": lambda table: table.unanswered,
    "latency_p50": lambda table: decimal_seconds(table.latency_p50_ns),
    "latency_p95": lambda table: decimal_seconds(table.latency_p95_ns),
    "latency_max": lambda table: decimal_seconds(table.latency_max_ns),
    "rcodes": lambda table: ["; ".join(f"{name} {count}" for name, count in found) for found in table.rcodes],
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
}

WEB: Final[Mapping[str, Callable[[Any], Any]]] = {
    "time": lambda table: seconds(table.time_ns),
    "kind": lambda table: [name.lower() for name in table.kind],
    "client": lambda table: table.client,
    "client_port": lambda table: table.client_port,
    "server": lambda table: table.server,
    "server_port": lambda table: table.server_port,
    "name": lambda table: table.name,
    "version": lambda table: table.version,
    "outcome": lambda table: table.outcome,
    "status": lambda table: [value or "" for value in table.status.tolist()],
    "latency": lambda table: seconds(table.latency_ns),
    "size": lambda table: ["" if value < 0 else value for value in table.size.tolist()],
    "method": lambda table: table.method,
    "target": lambda table: table.target,
    "agent": lambda table: table.agent,
    "content_type": lambda table: table.content_type,
    "ja4": lambda table: table.ja4,
    "ja3": lambda table: table.ja3,
    "ja3s": lambda table: table.ja3s,
    "alpn_offered": lambda table: [" ".join(found) for found in table.protocols],
    "alpn": lambda table: table.protocol,
    "cipher": lambda table: table.cipher,
    "certificate": lambda table: table.certificate,
    "notes": lambda table: ["; ".join(found) for found in table.notes],
    "process": lambda table: table.process or [""] * len(table),
}

WEB_NAMES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": lambda table: table.name,
    "tls": lambda table: table.tls,
    "quic": lambda table: table.quic,
    "http": lambda table: table.http,
    "failed": lambda table: table.failed,
    "clients": lambda table: table.clients,
    "latency_p50": lambda table: decimal_seconds(table.latency_p50_ns),
    "latency_p95": lambda table: decimal_seconds(table.latency_p95_ns),
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
}

WEB_AGENTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "agent": lambda table: table.agent,
    "kind": lambda table: [name.lower() for name in table.kind],
    "requests": lambda table: table.requests,
    "failed": lambda table: table.failed,
    "clients": lambda table: table.clients,
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
}

CERTIFICATES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "subject": lambda table: table.subject,
    "issuer": lambda table: table.issuer,
    "names": lambda table: ["; ".join(found) for found in table.names],
    "not_before": lambda table: table.not_before,
    "not_after": lambda table: table.not_after,
    "state": lambda table: table.state,
    "self_signed": lambda table: table.self_signed,
    "key": lambda table: table.key,
    "signature": lambda table: table.signature,
    "sha256": lambda table: table.fingerprint,
    "chain": lambda table: table.chain,
    "server": lambda table: table.server,
    "name": lambda table: table.name,
    "count": lambda table: table.count,
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
}

BASELINE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "change": lambda table: table.change,
    "kind": lambda table: table.kind,
    "key": lambda table: table.key,
    "now": lambda table: table.value,
    "usual": lambda table: [f"{value:.1f}" for value in table.usual.tolist()],
    "robust_z": lambda table: [f"{value:.2f}" for value in table.score.tolist()],
}

CSV_COLUMNS: Final[Mapping[str, Mapping[str, Callable[[Any], Any]]]] = {
    "flows": FLOWS,
    "handshakes": HANDSHAKES,
    "services": SERVICES,
    "hosts": HOSTS,
    "neighbours": NEIGHBOURS,
    "dns": DNS,
    "dns_unanswered": DNS,
    "dns_names": DNS_NAMES,
    "dns_servers": DNS_SERVERS,
    "web": WEB,
    "web_names": WEB_NAMES,
    "web_agents": WEB_AGENTS,
    "certificates": CERTIFICATES,
    "alerts": ALERTS,
    "alerts_by_time": ALERTS,
    "mutes": MUTES,
    "baseline": BASELINE,
}
"""By table, as Engine.page knows it."""
