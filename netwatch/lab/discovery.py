"""`lab arp`: who is on the link, by ARP and neighbour discovery, compared with what a capture saw without asking."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.lab.exchange import exchange_again
from netwatch.lab.link import all_nodes_echo, arp_request, claim_of, solicitation, station
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.lab.targets import Targets, parse_network
from netwatch.plural import counted

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from netwatch.lab.bench import Bench
    from netwatch.lab.exchange import Answer, Probe
    from netwatch.lab.link import Station
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress, IpNetwork
    from netwatch.track.vendors import Vendors

LISTEN: Final = "arp or icmp6"
COLUMNS: Final = ("ip", "mac", "vendor", "rtt_ms", "found", "note")
SWEPT_BITS: Final = 8
"""IPv6 networks up to 2**8 addresses are asked address by address; larger ones by one echo to all nodes."""


@dataclass(frozen=True, slots=True)
class DiscoveryOptions:
    """How to look for hosts."""

    timeout: float
    """Seconds to wait for answers."""
    retries: int
    """How often those are asked again that did not answer."""
    compare: str | None = None
    """A capture file with what was seen passively."""


@dataclass(slots=True)
class _Search:
    """What is asked for, and who answered."""

    here: Station
    addresses: tuple[IpAddress, ...]
    group: IpNetwork | None
    """The network whose hosts are found by an echo to all nodes."""
    identifier: int
    claims: dict[IpAddress, dict[str, float]] = field(default_factory=dict)
    """MAC addresses and the round trip of their first answer, by the IP address that they claim."""


def plan_discovery(texts: Sequence[str], options: DiscoveryOptions, around: Surroundings) -> Plan:
    """Check what `lab arp` was asked for.

    Raises:
        UsageError: wrong targets or options, or an interface without Ethernet.
        InputFileError: the capture to compare with cannot be read.
    """
    require_within("--timeout", options.timeout, 0.01, 60)
    require_within("--retries", options.retries, 0, 10)
    large = [text for text in texts if "/" in text and _is_large(parse_network(text))]
    if large and len(texts) > 1:
        raise UsageError(f"{large[0]} is found by asking all nodes at once", "give it as the only target")
    group = parse_network(large[0]) if large else None
    if group is not None:
        around.require((group.network_address,))
        targets = Targets((), network=group)
    else:
        targets = around.targets(texts)
    own = around.own()
    others = tuple(address for address in targets.addresses if str(address) not in own)
    if group is None and not others:
        raise UsageError("these are addresses of this machine, which nobody else answers for")
    here = station(group[-1] if group is not None else others[0], around)

    def run(bench: Bench) -> Results:
        return discover(bench, _Search(here, others, group, _identifier()), options)

    return Plan(run, LISTEN, here.interface, frames=True)


def discover(bench: Bench, search: _Search, options: DiscoveryOptions) -> Results:
    """Ask, and return a row for each address that answers or was seen in the capture to compare with."""
    from netwatch.lab.passive import neighbours_seen

    passive = neighbours_seen(options.compare) if options.compare else {}
    wanted = search.addresses
    if search.group is not None:
        # an address that was seen can be asked for even if its host ignores the echo to all nodes
        wanted = tuple(address for address in passive if address in search.group)

    def heard(_key: Hashable, answer: Answer) -> None:
        claim = claim_of(answer.heard.data, search.identifier)
        if claim is not None:
            search.claims.setdefault(claim[0], {}).setdefault(claim[1], answer.rtt)

    asked = frozenset(wanted)
    exchange_again(
        bench,
        lambda _: _probes(search, wanted),
        lambda data: _key(search, asked, data),
        timeout=options.timeout,
        retries=options.retries,
        several=True,
        on_answer=heard,
    )
    return _results(search, passive, compared=options.compare is not None)


def _probes(search: _Search, wanted: tuple[IpAddress, ...]) -> Iterator[Probe]:
    if search.group is not None:
        yield all_nodes_echo(search.here, search.identifier, "all")
    for address in wanted:
        if address not in search.claims:
            make = arp_request if address.version == 4 else solicitation
            yield make(search.here, address, address)


def _key(search: _Search, wanted: frozenset[IpAddress], frame: bytes) -> Hashable | None:
    claim = claim_of(frame, search.identifier)
    if claim is None:
        return None
    if claim[0] in wanted:
        return claim[0]
    return "all" if search.group is not None and claim[0] in search.group else None


def _results(search: _Search, passive: dict[IpAddress, str], *, compared: bool) -> Results:
    from netwatch.track.vendors import Vendors

    vendors = Vendors()
    rows = [
        _row(
            address,
            mac,
            rtt,
            _notes(address, mac, search, passive),
            _found(address, passive, compared=compared),
            vendors,
        )
        for address, macs in search.claims.items()
        for mac, rtt in macs.items()
    ]
    inside = search.group or None
    silent = [
        address
        for address in passive
        if address not in search.claims and (address in search.addresses or (inside is not None and address in inside))
    ]
    for address in silent:
        mac = passive[address]
        row = {"ip": str(address), "mac": mac, "vendor": vendors.name(int(mac.replace(":", ""), 16)), "rtt_ms": None}
        rows.append(row | {"found": "passive", "note": "seen in the capture, does not answer"})
    rows.sort(key=lambda row: (":" in row["ip"], ipaddress.ip_address(row["ip"])))
    summary: dict[str, Any] = {"answering": len(search.claims), "silent": len(silent)}
    text = f"{counted(len(search.claims), 'addresses')} answer"
    if compared:
        summary["new"] = sum(1 for address in search.claims if address not in passive)
        text += f"; {summary['new']} of them are not in the capture, {len(silent)} of the capture are silent"
    if search.group is not None:
        text += "\nHosts that ignore an echo to all nodes are found only when a capture saw them (--compare)"
    return Results(COLUMNS, rows, summary, text)


def _row(address: IpAddress, mac: str, rtt: float, notes: str | None, found: str, vendors: Vendors) -> dict[str, Any]:
    row = {"ip": str(address), "mac": mac, "vendor": vendors.name(int(mac.replace(":", ""), 16))}
    return row | {"rtt_ms": round(1000 * rtt, 4), "found": found, "note": notes}


def _found(address: IpAddress, passive: dict[IpAddress, str], *, compared: bool) -> str:
    if not compared:
        return "active"
    return "both" if address in passive else "new"


def _notes(address: IpAddress, mac: str, search: _Search, passive: dict[IpAddress, str]) -> str | None:
    notes = []
    if len(search.claims[address]) > 1:
        notes.append("several MAC addresses claim this address")
    if passive.get(address, mac) != mac:
        notes.append(f"the capture has it at {passive[address]}")
    return "; ".join(notes) or None


def _is_large(network: IpNetwork) -> bool:
    return network.version == 6 and network.num_addresses > 1 << SWEPT_BITS


def _identifier() -> int:
    return int.from_bytes(os.urandom(2), "big")
