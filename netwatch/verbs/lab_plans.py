"""From the arguments of a lab tool to its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.lab.surroundings import Surroundings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

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


_PLANS: dict[str, Callable[[argparse.Namespace, Surroundings], Plan]] = {
    "arp": _arp,
    "ping": _ping,
}
