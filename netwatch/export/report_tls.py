"""The part of reports about TLS and QUIC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.plural import counted

if TYPE_CHECKING:
    from netwatch.tables.web import CertificateTable, WebNameTable, WebSummary

MOST_NAMES: Final = 10
"""Lines of names in a report for people."""


def server_names(names: WebNameTable) -> list[tuple[str, int]]:
    """Return (name, connections) of the servers that clients of TLS and QUIC asked for, the most wanted first."""
    hellos = names.tls + names.quic
    order = np.argsort(-hellos, kind="stable")  # the table counts requests of HTTP too
    return [(names.name[index], int(hellos[index])) for index in order.tolist() if hellos[index]]


def tls_object(found: WebSummary) -> dict[str, Any]:
    """Return the section of the contract, in which TLS includes QUIC, and what else is known."""
    counts, agents = found.counts, found.agents
    return {
        "server_names": dict(server_names(found.names)),
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
    counts = found.counts
    if not counts.tls and not counts.quic:
        return []
    versions = ", ".join(f"{count:,} {version}" for kind, version, count in found.versions if kind != "HTTP")
    told = f": {versions}" if versions else ""
    lines = [f"TLS         {counted(counts.tls, 'connections')}, {counts.quic:,} over QUIC{told}"]
    troubled = [state for state in found.certificates.state if state != "valid"]
    if len(found.certificates):
        own = int(found.certificates.self_signed.sum())
        lines.append(
            f"            {counted(len(found.certificates), 'certificates')} in the clear: "
            f"{len(troubled):,} not valid, {own:,} self-signed"
        )
    asked = server_names(found.names)[:MOST_NAMES]
    if asked:
        lines += ["", f"  {'Most asked server names':<51} {'connections':>12}"]
    lines += [f"  {name:<51} {count:>12,}" for name, count in asked]
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
