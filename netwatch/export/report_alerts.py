"""Alerts in reports: as text for people and as JSON by the contract of DESIGN.md section 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwatch.export.dates import date_text
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from netwatch.tables.alerts import Alert, AlertSummary

MOST_ALERTS = 100
"""Alerts that the text lists."""


def alert_object(alert: Alert) -> dict[str, Any]:
    """Return an alert as JSON types."""
    return {
        "id": alert.rule,
        "signature": alert.signature,
        "title": alert.title,
        "time": alert.opened_ns / SECOND,
        "first_time": alert.first_ns / SECOND,
        "last_time": alert.last_ns / SECOND,
        "severity": alert.word,
        "confidence": alert.confidence,
        "src": alert.source,
        "dst": alert.destination,
        "port": alert.port,
        "entity": alert.actor,
        "summary": alert.summary,
        "evidence": evidence_object(alert),
        "mitre": list(alert.mitre),
        "packets": list(alert.packets),
    }


def evidence_object(alert: Alert) -> dict[str, Any]:
    """Return what an alert rests on as JSON types."""
    return {
        "value": alert.value,
        "threshold": alert.threshold,
        "window_s": alert.window_s,
        **dict(alert.evidence),
        "samples": list(alert.samples),
        "benign": alert.benign,
    }


def alert_lines(found: AlertSummary | None) -> list[str]:
    """Return the section for people."""
    if found is None:
        return []
    counts = found.counts
    words = [f"{len(found.alerts):,} under the profile {found.profile}"]
    if counts.inhibited:
        words.append(f"{counts.inhibited:,} explained by others")
    if counts.muted:
        words.append(f"{counts.muted:,} muted")
    lines = ["", f"Alerts      {', '.join(words)}"]
    if found.alerts:
        lines.append("")
    for alert in found.alerts[:MOST_ALERTS]:
        mitre = f"  {' '.join(alert.mitre)}" if alert.mitre else ""
        lines.append(f"  {date_text(alert.opened_ns)}  {alert.word:<8} {alert.rule:<16} {alert.summary}{mitre}")
        lines += [f"      {name}: {value}" for name, value in alert.evidence]
    if len(found.alerts) > MOST_ALERTS:
        lines.append(f"  and {len(found.alerts) - MOST_ALERTS:,} more, in --format json")
    return lines
