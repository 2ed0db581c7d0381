"""`lab enrich`: a look at the host of an alert, with short waits, kept in the alert's own file."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import NetwatchError
from netwatch.lab.alert_file import append_enrichment, host_of, read_alert
from netwatch.lab.exchange import exchange
from netwatch.lab.gateway import kernel_neighbours
from netwatch.lab.ping import Echoes
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.reserved_port import reserved_port
from netwatch.lab.results import Results
from netwatch.lab.rtt import rtt_figures
from netwatch.lab.scan import ScanOptions, scan
from netwatch.lab.trace import TraceOptions, trace
from netwatch.lab.trace_probes import TraceProbes
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.lab.bench import Bench
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress

COLUMNS: Final = ("look", "result")
ECHOES: Final = 3
MOST_PORTS: Final = 100
LISTEN: Final = "icmp or icmp6 or tcp"


@dataclass(frozen=True, slots=True)
class EnrichOptions:
    """What to look at."""

    path: str
    host: str
    """`src`, `dst` or an address."""
    ports: tuple[int, ...]
    timeout: float
    resolve: bool
    max_hops: int


def plan_enrich(options: EnrichOptions, around: Surroundings) -> Plan:
    """Check what `lab enrich` was asked for.

    Raises:
        UsageError: wrong options, or a host that may not be sent to.
        FileError: the file is no alert.
    """
    require_within("--timeout", options.timeout, 0.05, 10)
    require_within("--max-hops", options.max_hops, 1, 30)
    require_within("ports of --ports", len(options.ports), 1, MOST_PORTS)
    alert = read_alert(options.path)
    address = around.targets([host_of(alert, options.host)]).addresses[0]

    def run(bench: Bench) -> Results:
        found = look_at(bench, address, options, around)
        if not bench.dry:
            append_enrichment(options.path, alert, found)
        return _results(found, options, dry=bench.dry)

    names = "a reverse DNS look-up, " if options.resolve and not around.dry else ""
    note = f"to {address}: {names}{ECHOES} echo requests, up to {options.max_hops} hops of a trace, "
    note += f"SYNs to {len(options.ports)} ports"
    return Plan(run, LISTEN, around.interface_towards(address).name, note=note, confirm=True)


def look_at(bench: Bench, address: IpAddress, options: EnrichOptions, around: Surroundings) -> dict[str, Any]:
    """Return what can be found out about a host; each look is short, and one that fails leaves the others."""
    interface = around.interface_towards(address).name
    found: dict[str, Any] = {"time": round(time.time(), 3), "host": str(address), "interface": interface}
    found["name"] = reverse_name(bench, address, options.timeout) if options.resolve and not bench.dry else None
    looks = (("ping", _ping), ("trace", _trace), ("ports", _ports))
    for name, look in looks:
        if bench.stop.wanted:
            break
        try:
            found[name] = look(bench, address, options, around)
        except NetwatchError as error:
            found[name] = {"error": error.message}
    # after the looks, for which the kernel had to learn it
    found["arp"] = kernel_neighbours(interface).get(str(address))
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


def _ping(bench: Bench, address: IpAddress, options: EnrichOptions, around: Surroundings) -> dict[str, Any]:
    echoes = Echoes(int.from_bytes(os.urandom(2), "big"), 56, around)
    asked = (echoes.probe(address, number) for number in range(ECHOES))
    done = exchange(bench, asked, echoes.match, timeout=options.timeout)
    answers = [answer for key in done.sent if key not in echoes.errors and (answer := done.first(key))]
    return rtt_figures([answer.rtt for answer in answers], len(done.sent))


def _trace(bench: Bench, address: IpAddress, options: EnrichOptions, around: Surroundings) -> list[dict[str, Any]]:
    wanted = TraceOptions("icmp", 33434, options.max_hops, 1, options.timeout)
    rows = trace(bench, address, TraceProbes(around.source(address), address, 0, wanted), wanted).rows
    return [{"hop": row["hop"], "address": row["address"], "rtt_ms": row["min_ms"]} for row in rows]


def _ports(bench: Bench, address: IpAddress, options: EnrichOptions, around: Surroundings) -> list[dict[str, Any]]:
    wanted = ScanOptions(options.ports, options.timeout, 0, banner=False, every=True)
    with reserved_port(address.version, socket.SOCK_STREAM) as sport:
        rows = scan(bench, [address], sport, wanted, around).rows
    return [{"port": row["port"], "state": row["state"], "reason": row["reason"]} for row in rows]


def _results(found: dict[str, Any], options: EnrichOptions, *, dry: bool) -> Results:
    ping, trace_, ports = found.get("ping", {}), found.get("trace", []), found.get("ports", [])
    rows = [{"look": "ARP entry", "result": found["arp"]}, {"look": "name", "result": found["name"]}]
    if "error" in ping:
        rows.append({"look": "round trip", "result": ping["error"]})
    elif ping:
        measured = f"{ping['median_ms']:.3f} ms" if ping["received"] else "no answer"
        rows.append({"look": "round trip", "result": f"{measured}, {ping['received']} of {ping['sent']} answered"})
    path = trace_["error"] if isinstance(trace_, dict) else " > ".join(row["address"] for row in trace_)
    rows.append({"look": "path", "result": path})
    if isinstance(ports, dict):
        rows.append({"look": "ports", "result": ports["error"]})
    else:
        for state in ("open", "closed", "filtered"):
            matching = [str(row["port"]) for row in ports if row["state"] == state]
            if matching:
                rows.append({"look": f"{state} ports", "result": ", ".join(matching)})
    text = "" if dry else f"appended to {printable(options.path)}"
    return Results(COLUMNS, rows, found, text)
