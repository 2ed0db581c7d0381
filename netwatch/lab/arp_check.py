"""`lab arp-check`: is somebody else answering for my gateway? Asks twice and compares everything that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.lab.exchange import exchange
from netwatch.lab.gateway import default_gateway, kernel_neighbours
from netwatch.lab.link import arp_request, claim_of, station
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results

if TYPE_CHECKING:
    from netwatch.lab.bench import Bench
    from netwatch.lab.exchange import Exchange
    from netwatch.lab.link import Station
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress

COLUMNS: Final = ("asked", "mac", "vendor", "answers", "rtt_ms")


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """How to check."""

    timeout: float
    """Seconds to wait for answers each time: a second answer, by the one who is honest, may be late."""
    pause: float
    """Seconds between the two questions."""


def plan_arp_check(text: str | None, options: CheckOptions, around: Surroundings) -> Plan:
    """Check what `lab arp-check` was asked for; without an address the gateway of the default route is meant.

    Raises:
        UsageError: no gateway, or a wrong address or option.
    """
    require_within("--timeout", options.timeout, 0.01, 60)
    require_within("--pause", options.pause, 0, 60)
    if text is None:
        known = default_gateway(around.name)
        if known is None:
            raise UsageError("there is no default route, so no gateway", "name the address to check")
        text = known[1]
    address = around.targets([text]).addresses[0]
    if address.version != 4 or "/" in text:
        raise UsageError(f"arp-check asks for one IPv4 address, not for {text}")
    here = station(address, around)

    def run(bench: Bench) -> Results:
        return arp_check(bench, here, address, options)

    return Plan(run, "arp", here.interface, frames=True)


def arp_check(bench: Bench, here: Station, address: IpAddress, options: CheckOptions) -> Results:
    """Ask twice, compare the answers with each other and with what the kernel knows; failed when they differ."""
    known = kernel_neighbours(here.interface)
    rounds = []
    for number in (1, 2):
        if number == 2:
            bench.pause(options.pause)
        rounds.append(_ask(bench, here, address, options.timeout))
    rows = [row for number, done in enumerate(rounds, 1) for row in _rows(number, done)]
    macs = list(dict.fromkeys(row["mac"] for row in rows))
    doubts = _doubts(str(address), macs, known)
    summary: dict[str, Any] = {
        "address": str(address),
        "macs": macs,
        "doubts": doubts,
        "kernel": known.get(str(address)),
    }
    if bench.dry:
        text = ""
    elif not macs:
        text = f"{address} does not answer, so nothing can be said"
    else:
        text = "\n".join(f"SUSPICIOUS: {doubt}" for doubt in doubts) or f"{address} is at {macs[0]}, as all answers say"
    return Results(COLUMNS, rows, summary, text, failed=bool(doubts) or (not macs and not bench.dry))


def _ask(bench: Bench, here: Station, address: IpAddress, timeout: float) -> Exchange:
    def match(frame: bytes) -> str | None:
        claim = claim_of(frame, -1)
        return "gateway" if claim is not None and claim[0] == address else None

    return exchange(bench, [arp_request(here, address, "gateway")], match, timeout=timeout, several=True)


def _rows(number: int, done: Exchange) -> list[dict[str, Any]]:
    from netwatch.track.vendors import Vendors

    vendors = Vendors()
    rows: dict[str, dict[str, Any]] = {}
    for answer in done.answers.get("gateway", ()):
        claim = claim_of(answer.heard.data, -1)
        if claim is None:
            continue
        mac = claim[1]
        row = rows.setdefault(mac, {"asked": number, "mac": mac, "answers": 0, "rtt_ms": round(1000 * answer.rtt, 4)})
        row["vendor"] = vendors.name(int(mac.replace(":", ""), 16))
        row["answers"] += 1
    return list(rows.values())


def _doubts(address: str, macs: list[str], known: dict[str, str]) -> list[str]:
    doubts = []
    if len(macs) > 1:
        doubts.append(f"several machines answer for {address}: {', '.join(macs)}")
    cached = known.get(address)
    if cached is not None and macs and cached not in macs:
        doubts.append(f"the kernel has {address} at {cached}, which did not answer")
    doubts += [
        f"{other} is at the same MAC address {mac}" for other, mac in known.items() if other != address and mac in macs
    ]
    return doubts
