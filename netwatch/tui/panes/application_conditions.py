"""Display filters made of rows of alerts, services, servers of DNS, the web and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.tui.panes.condition import address, conversation, domain, kept, port, quoted, symbol, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.tables.alerts import Alert
    from netwatch.tui.panes.condition import Condition

TRANSPORTS: Final = {"QUIC": "udp", "DTLS": "udp"}
"""Transport of a web transaction by its kind; TCP of all others."""
SERVER_NAME: Final = "tls.handshake.extensions_server_name"
JA4: Final = "tls.handshake.ja4"
TLS: Final = "t"
"""First letter of a JA4 of TLS over TCP."""
ERRORS: Final = 400
"""HTTP status codes from here on say that something went wrong (RFC 9110 section 15)."""


def alert(table: Any, index: int) -> list[Condition]:
    """Return the conditions of an alert: its packets, others of its rule and severity, its ends."""
    found: Alert = table.alerts[index]
    transport = found.protocol.lower() if found.protocol in ("TCP", "UDP") else ""
    return kept(
        [
            ("packets of this alert", f"alert.id == {found.serial}"),
            (f"rule {found.rule}", f"alert.rule == {quoted(found.rule)}"),
            (f"severity {found.word}", f"alert.severity == {found.word}"),
            address("", found.source),
            address("", found.destination) or place(found.destination),
            conversation(found.source, found.destination, transport, (found.source_port, found.port)),
            port(transport, found.port),
            port(transport, found.source_port),
            ("alerts of any kind", "alert"),
        ]
    )


def place(name: str) -> Condition | None:
    """Return the condition that names of a domain were asked for, which an alert may be about."""
    return (f"names of {name}", f"dns.qry.name contains {quoted(name)}") if name else None


def service(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a service that somebody tried to reach."""
    one, two = address("", table.server[index]), port("tcp", int(table.port[index]))
    both = [("this service", f"{one[1]} && {two[1]}")] if one and two else []
    return kept([*both, one, two, ("attempts that were refused", "handshake.state == refused")])


def dns_server(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a server of DNS, and of the codes that it answered with."""
    server = table.server[index]
    codes = (symbol("code", "dns.flags.rcode", code) for code, _ in table.rcodes[index])
    return kept([("its look-ups", f"{found[1]} && dns") if (found := address("", server)) else None, found, *codes])


def web(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a TLS or QUIC hello or an HTTP request."""
    kind = table.kind[index]
    transport = TRANSPORTS.get(kind, "tcp")
    ends = table.client[index], table.server[index]
    ports = int(table.client_port[index]), int(table.server_port[index])
    status, path = int(table.status[index]), table.target[index].partition("?")[0]
    return kept(
        [
            text("http.host" if kind == "HTTP" else SERVER_NAME, table.name[index]),
            ("this flow", f"flow.id == {table.flow[index]}"),
            conversation(*ends, transport, ports),
            address("", ends[0]),
            address("", ends[1]),
            port(transport, ports[1]),
            (f"kind {kind}", kind.lower()) if kind in ("TLS", "QUIC", "HTTP") else None,
            text("http.request.method", table.method[index]),
            (f"path {path}", f"http.request.uri contains {quoted(path)}") if path else None,
            (f"status {status}", f"http.response.code == {status}") if status > 0 else None,
            text("http.user_agent", table.agent[index]),
            text("http.content_type", table.content_type[index]),
            text(JA4, table.ja4[index]) if kind == "TLS" else None,
            text("process.name", table.process[index] if table.process else ""),
        ]
    )


def web_name(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a name of a server, in TLS and QUIC, in HTTP and in look-ups."""
    name = quoted(table.name[index])
    return kept(
        [
            ("hellos and requests", f"{SERVER_NAME} == {name} || http.host == {name}"),
            text(SERVER_NAME, table.name[index]),
            text("http.host", table.name[index]),
            domain(table.name[index]),
            ("HTTP errors", f"http.response.code >= {ERRORS}"),
        ]
    )


def web_agent(table: Any, index: int) -> list[Condition]:
    """Return the condition of a user agent of HTTP, or of a fingerprint of TLS; hellos of QUIC are encrypted."""
    agent = table.agent[index]
    if table.kind[index] == "HTTP":
        return kept([text("http.user_agent", agent)])
    return kept([text(JA4, agent) if agent.startswith(TLS) else ("QUIC", "quic")])


def certificate(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a certificate: who showed it, for which name, in which flow."""
    return kept(
        [
            address("", table.server[index]),
            text(SERVER_NAME, table.name[index]),
            ("the newest flow with it", f"flow.id == {table.flow[index]}"),
            ("certificates", "tls.handshake.type == 11"),
        ]
    )


CONDITIONS: Final[dict[str, Callable[[Any, int], list[Condition]]]] = {
    "alerts": alert,
    "alerts_by_time": alert,
    "services": service,
    "dns_servers": dns_server,
    "web": web,
    "web_names": web_name,
    "web_agents": web_agent,
    "certificates": certificate,
}
"""By table, as Engine.page knows it."""
