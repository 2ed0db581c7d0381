"""From the arguments of a lab tool to its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.lab.surroundings import Surroundings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from netwatch.lab.make import MakeOptions
    from netwatch.lab.plan import Plan


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the plan of the tool that `options` names, everything checked; names of hosts are looked up.

    Raises:
        NetwatchError: something is wrong with it.
    """
    around = Surroundings.look(options.interface, authorised=options.i_am_authorised, dry=options.dry_run)
    return _PLANS[options.tool](options, around)


def _ping(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.lab.ping import PingOptions, plan_ping

    network = len(options.target) == 1 and "/" in options.target[0]
    count = options.count if options.count is not None else 1 if network else 4
    return plan_ping(options.target, PingOptions(count, options.interval, options.timeout, options.size), around)


def _arp(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.lab.discovery import DiscoveryOptions, plan_discovery

    return plan_discovery(options.target, DiscoveryOptions(options.timeout, options.retries, options.compare), around)


def _scan(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.lab.ports import parse_ports
    from netwatch.lab.scan import ScanOptions, plan_scan

    ports = parse_ports(options.ports)
    wanted = ScanOptions(ports, options.timeout, options.retries, options.banner, options.all)
    return plan_scan(options.target, wanted, around)


def _trace(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.lab.trace import TraceOptions, plan_trace

    port = options.port if options.port is not None else 80 if options.method == "tcp" else 33434
    wanted = TraceOptions(options.method, port, options.max_hops, options.queries, options.timeout)
    return plan_trace(options.target, wanted, around)


def _dns(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.errors import UsageError
    from netwatch.lab.dns import TYPES, DnsOptions, plan_dns
    from netwatch.text import printable

    kind = options.type.upper()
    if kind not in TYPES:
        raise UsageError(f"--type must be one of {', '.join(TYPES)}, not {printable(options.type, 20)}")
    recursion = not options.no_recursion
    wanted = DnsOptions(kind, options.port, options.timeout, recursion, options.dnssec, options.tcp)
    return plan_dns(options.name, options.target, wanted, around)


def _arp_check(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.lab.arp_check import CheckOptions, plan_arp_check

    return plan_arp_check(options.target, CheckOptions(options.timeout, options.pause), around)


def _send(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.errors import UsageError
    from netwatch.lab.send import SendOptions, plan_send

    if options.loop is not None and options.count is not None:
        raise UsageError("--loop and --count exclude each other")
    count = options.loop if options.loop is not None else options.count if options.count is not None else 1
    live = options.loop is not None
    interval = options.interval if options.interval is not None or not live else 1.0
    wait = options.wait if options.wait is not None or not live else 1.0
    return plan_send(options.packet, options.hex, options.layer, SendOptions(count, interval, wait, live), around)


def make_options(options: argparse.Namespace) -> MakeOptions:
    """Return what `lab make` was asked for."""
    from netwatch.lab.make import MakeOptions

    words = (options.scenario, options.write, options.seed, options.network, options.payload, options.speed)
    return MakeOptions(*words)


def _make(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.lab.make import plan_make

    return plan_make(make_options(options), around)


def _replay(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.errors import UsageError
    from netwatch.lab.replay import RATE_CAP, ReplayOptions, plan_replay
    from netwatch.lab.rewrite import parse_rewriting

    if options.speed is not None and options.rate is not None:
        raise UsageError("--speed and --rate exclude each other")
    speed = None if options.rate is not None else options.speed if options.speed is not None else 1.0
    rate = options.rate if options.rate is not None else RATE_CAP
    rewriting = parse_rewriting(options.map, options.source_mac, options.destination_mac)
    return plan_replay(ReplayOptions(options.file, speed, rate, options.loop, rewriting, options.engine), around)


def _enrich(options: argparse.Namespace, around: Surroundings) -> Plan:
    from netwatch.lab.enrich import EnrichOptions, plan_enrich
    from netwatch.lab.ports import parse_ports
    from netwatch.tables.enrichment import Look

    look = Look(parse_ports(options.ports), options.timeout, not options.no_resolve, options.max_hops)
    return plan_enrich(EnrichOptions(options.alert, options.host, look), around)


_PLANS: dict[str, Callable[[argparse.Namespace, Surroundings], Plan]] = {
    "arp": _arp,
    "arp-check": _arp_check,
    "dns": _dns,
    "enrich": _enrich,
    "make": _make,
    "ping": _ping,
    "replay": _replay,
    "scan": _scan,
    "send": _send,
    "trace": _trace,
}
