"""The part of reports about TLS and QUIC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from netwatch.tables.web import CertificateTable, WebSummary

MOST_NAMES: Final = 10
"""Lines of names in a report for people."""


def tls_object(found: WebSummary) -> dict[str, Any]:
    """Return the section of the contract, in which TLS includes QUIC, and what else is known."""
    counts, names, agents = found.counts, found.names, found.agents
    hellos = (names.tls + names.quic).tolist()
    return {
        "server_names": {name: count for name, count in zip(names.name, hellos, strict=True) if count},
        "connections": counts.tls + counts.quic,
        "over_tcp": counts.tls,
        "over_quic": counts.quic,
        "encrypted_client_hellos": counts.encrypted_names,
        "versions": [
            {"kind": kind.lower(), "version": version, "count": count}
            for kind, version, count in found.versions
            if kind != "HTTP"
        ],
        "ja4": {
            agent: count
            for agent, kind, count in zip(agents.agent, agents.kind, agents.requests.tolist(), strict=True)
            if kind == "JA4"
        },
        "certificates": [_certificate(found.certificates, index) for index in range(len(found.certificates))],
    }


def tls_lines(found: WebSummary) -> list[str]:
    """Return the same for people, nothing where neither was seen."""
    counts, names = found.counts, found.names
    if not counts.tls and not counts.quic:
        return []
    versions = ", ".join(f"{count:,} {version}" for kind, version, count in found.versions if kind != "HTTP")
    lines = [f"TLS         {counts.tls:,} connections, {counts.quic:,} over QUIC{': ' if versions else ''}{versions}"]
    troubled = [state for state in found.certificates.state if state != "valid"]
    if len(found.certificates):
        own = int(found.certificates.self_signed.sum())
        lines.append(
            f"            {len(found.certificates):,} certificates in the clear: {len(troubled):,} not valid, "
            f"{own:,} self-signed"
        )
    hellos = names.tls + names.quic
    wanted = [index for index in range(len(names)) if hellos[index]][:MOST_NAMES]
    if wanted:
        lines += ["", f"  {'Most asked server names':<51} {'connections':>12} {'clients':>8}"]
    for index in wanted:
        lines.append(f"  {names.name[index]:<51} {int(hellos[index]):>12,} {int(names.clients[index]):>8,}")
    return [*lines, ""]


def _certificate(table: CertificateTable, index: int) -> dict[str, Any]:
    return {
        "subject": table.subject[index],
        "issuer": table.issuer[index],
        "names": list(table.names[index]),
        "not_before": int(table.not_before[index]),
        "not_after": int(table.not_after[index]),
        "state": table.state[index],
        "self_signed": bool(table.self_signed[index]),
        "key": table.key[index],
        "sha256": table.fingerprint[index],
        "server": table.server[index],
        "count": int(table.count[index]),
    }
