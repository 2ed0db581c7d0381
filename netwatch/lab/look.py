"""A look at one host: its MAC address, name, round trip, path and some ports, each with a short wait."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import NetwatchError
from netwatch.lab.exchange import exchange
from netwatch.lab.neighbour_table import neighbour_address
from netwatch.lab.ping import Echoes
from netwatch.lab.reserved_port import reserved_port
from netwatch.lab.rtt import rtt_figures
from netwatch.lab.scan import ScanOptions, scan
from netwatch.lab.trace import TraceOptions, trace
from netwatch.lab.trace_probes import TraceProbes
from netwatch.tables.enrichment import ECHOES
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.lab.bench import Bench
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress
    from netwatch.tables.enrichment import Look

LISTEN: Final = "icmp or icmp6 or tcp"


def look_at(bench: Bench, address: IpAddress, look: Look, around: Surroundings) -> dict[str, Any]:
    """Return what can be found out about a host as JSON types; a part that fails leaves the others."""
    interface = around.interface_towards(address).name
    found: dict[str, Any] = {"time": round(time.time(), 3), "host": str(address), "interface": interface}
    found["name"] = reverse_name(bench, address, look.timeout) if look.resolve and not bench.dry else None
    parts = (("ping", _ping), ("trace", _trace), ("ports", _ports))
    for name, part in parts:
        if bench.stop.wanted:
            break
        try:
            found[name] = part(bench, address, look, around)
        except NetwatchError as error:
            found[name] = {"error": error.message}
    # after the others, for which the kernel had to learn it
    found["arp"] = neighbour_address(address, interface)
    return found


def reverse_name(bench: Bench, address: IpAddress, timeout: float) -> str | None:
    """Return the name that the system's resolver has for an address; None when it has none in time."""
    if bench.log is not None:
        bench.log.sent(f"reverse look-up of {address} by the system's resolver", 0)
    names: list[str] = []

    def ask() -> None:
        try:
            names.append(socket.gethostbyaddr(str(address))[0])
        except (OSError, UnicodeError):
            return

    # the resolver's own wait can be long, and nothing stops it
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout)
    return printable(names[0], 255) if names else None


def told(found: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return (part, result in words) of what look_at() found."""
    ping, path, ports = found.get("ping", {}), found.get("trace", []), found.get("ports", [])
    entry = "neighbour entry" if ":" in found["host"] else "ARP entry"
    rows: list[tuple[str, str | None]] = [(entry, found["arp"]), ("name", found["name"])]
    if "error" in ping:
        rows.append(("round trip", ping["error"]))
    elif ping:
        measured = f"{ping['median_ms']:.3f} ms" if ping["received"] else "no answer"
        rows.append(("round trip", f"{measured}, {ping['received']} of {ping['sent']} answered"))
    rows.append(("path", path["error"] if isinstance(path, dict) else " > ".join(row["address"] for row in path)))
    if isinstance(ports, dict):
        return [*rows, ("ports", ports["error"])]
    for state in ("open", "closed", "filtered"):
        matching = [str(row["port"]) for row in ports if row["state"] == state]
        if matching:
            rows.append((f"{state} ports", ", ".join(matching)))
    return rows


def _ping(bench: Bench, address: IpAddress, look: Look, around: Surroundings) -> dict[str, Any]:
    echoes = Echoes(int.from_bytes(os.urandom(2), "big"), 56, around)
    asked = (echoes.probe(address, number) for number in range(ECHOES))
    done = exchange(bench, asked, echoes.match, timeout=look.timeout)
    answers = [answer for key in done.sent if key not in echoes.errors and (answer := done.first(key))]
    return rtt_figures([answer.rtt for answer in answers], len(done.sent))


def _trace(bench: Bench, address: IpAddress, look: Look, around: Surroundings) -> list[dict[str, Any]]:
    wanted = TraceOptions("icmp", 33434, look.max_hops, 1, look.timeout)
    rows = trace(bench, address, TraceProbes(around.source(address), address, 0, wanted), wanted).rows
    return [{"hop": row["hop"], "address": row["address"], "rtt_ms": row["min_ms"]} for row in rows]


def _ports(bench: Bench, address: IpAddress, look: Look, around: Surroundings) -> list[dict[str, Any]]:
    wanted = ScanOptions(look.ports, look.timeout, 0, banner=False, every=True)
    with reserved_port(address.version, socket.SOCK_STREAM) as sport:
        rows = scan(bench, [address], sport, wanted, around).rows
    return [{"port": row["port"], "state": row["state"], "reason": row["reason"]} for row in rows]
