"""EVE records of alerts, and of what was counted."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from netwatch.decode.batch import PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.export.eve import flow_id, sides, timestamp
from netwatch.export.report_alerts import evidence_object
from netwatch.nanoseconds import SECOND
from netwatch.track.community_id import community_id

if TYPE_CHECKING:
    from netwatch.snapshot import Snapshot
    from netwatch.tables.alerts import Alert, AlertNews

SEVERITIES: Final = (3, 3, 2, 1, 1)
"""Ours from info to critical in the numbers of EVE, in which 1 is the worst."""
SIGNATURE_SEVERITY: Final = ("Informational", "Minor", "Major", "Critical", "Critical")
"""The words that ET Open has for them."""
GENERATOR: Final = 1
PROTOCOLS: Final = {"TCP": PROTOCOL_TCP, "UDP": PROTOCOL_UDP, "SCTP": PROTOCOL_SCTP}
FILE_RULES: Final = "sig.payload"
"""The detector that carries out rules of files, each of which has a number of its own."""
_RULE: Final = re.compile(r"(\d+) revision (\d+)\b", re.ASCII)
COUNTERS: Final = {"TCP": "tcp", "UDP": "udp", "ICMP": "icmpv4", "ICMPv6": "icmpv6", "SCTP": "sctp", "ARP": "arp"}
"""Protocols with a counter of their own in EVE."""


def alert_record(news: AlertNews) -> dict[str, Any]:
    """Return what happened to an alert; what it rests on stands in `alert.context`, which is free of form."""
    alert = news.alert
    found: dict[str, Any] = {"timestamp": timestamp(alert.last_ns)} | _identity(alert) | {"event_type": "alert"}
    found |= _ends(alert)
    found |= {name: port for name, port in (("src_port", alert.source_port), ("dest_port", alert.port)) if port > 0}
    if alert.protocol:
        found["proto"] = alert.protocol.upper()
    if alert.packets:
        found["pcap_cnt"] = alert.packets[0]
    found["alert"] = {
        "action": "allowed",
        "gid": GENERATOR,
        **_signature(alert),
        "category": alert.rule,
        "severity": SEVERITIES[alert.severity],
        "metadata": {
            "confidence": [_confidence(alert.confidence)],
            "signature_severity": [SIGNATURE_SEVERITY[alert.severity]],
            **({"mitre_technique_id": list(alert.mitre)} if alert.mitre else {}),
        },
        "context": {
            "netwatch": {
                "serial": alert.serial,
                "news": news.kind,
                "revision": alert.revision,
                "severity": alert.word,
                "confidence": alert.confidence,
                "summary": alert.summary,
                "source": alert.source,
                "destination": alert.destination,
                "first_time": timestamp(alert.first_ns),
                "actor": alert.actor,
                "victim": alert.victim,
                "packets": list(alert.packets),
                "evidence": evidence_object(alert),
            }
        },
    }
    return found


def stats_record(snapshot: Snapshot, alerts: int) -> dict[str, Any]:
    """Return the totals so far."""
    loss = snapshot.loss
    capture = {"kernel_packets": loss.offered, "kernel_drops": loss.kernel_dropped}
    protocols = {COUNTERS[name]: packets for name, packets, _ in snapshot.protocols if name in COUNTERS}
    tables = dict(snapshot.tables)
    return {
        "timestamp": timestamp(snapshot.last_time_ns),
        "event_type": "stats",
        "stats": {
            "uptime": max(snapshot.last_time_ns - snapshot.first_time_ns, 0) // SECOND,
            "capture": {name: value for name, value in capture.items() if value is not None},
            "decoder": {
                "pkts": snapshot.packets,
                "bytes": snapshot.bytes,
                "invalid": loss.malformed,
                **protocols,
            },
            "flow": {"active": tables.get("flows", 0), "memcap": loss.evicted_flows},
            "detect": {"alert": alerts},
        },
    }


def _identity(alert: Alert) -> dict[str, Any]:
    """Return `flow_id` and `community_id` of an alert that is of one conversation, nothing for others."""
    number = PROTOCOLS.get(alert.protocol.upper())
    if number is None or not (alert.source_port > 0 and alert.port > 0):
        return {}
    if not (_is_address(alert.source) and _is_address(alert.destination)):
        return {}
    ends = ip_address(alert.source).packed, ip_address(alert.destination).packed
    found = community_id(*ends, number, alert.source_port, alert.port)
    return {"flow_id": flow_id(found), "community_id": found}


def _ends(alert: Alert) -> dict[str, Any]:
    """Return both ends as far as they are addresses; names, networks and lists stand in the context alone."""
    found = sides(alert.source, alert.destination)
    return {name: end for name, end in found.items() if name == "ether" or _is_address(end)}


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _signature(alert: Alert) -> dict[str, Any]:
    """Return what was found by name and number: those of the rule of a file where it was one."""
    own = _RULE.match(dict(alert.evidence).get("rule", "")) if alert.rule == FILE_RULES else None
    if own is None:
        return {"signature_id": alert.signature, "rev": 1, "signature": alert.title}
    message = alert.summary.rpartition(": ")[0]
    return {"signature_id": int(own[1]), "rev": int(own[2]), "signature": message or alert.title}


def _confidence(value: int) -> str:
    return "High" if value >= 80 else "Medium" if value >= 50 else "Low"
