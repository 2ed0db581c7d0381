"""`netwatch -D`: the interfaces that can be captured on, the best guess first."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from netwatch.capture.interfaces import list_interfaces
from netwatch.errors import ExitStatus

if TYPE_CHECKING:
    from netwatch.snapshot import Interface


def print_interfaces(*, as_json: bool) -> int:
    """Write the list to standard output; the numbers are what `-i` takes instead of a name."""
    interfaces = list_interfaces()
    if as_json:
        sys.stdout.write(json.dumps([asdict(interface) for interface in interfaces], indent=2) + "\n")
        return ExitStatus.DONE
    width = max((len(interface.name) for interface in interfaces), default=0)
    for number, interface in enumerate(interfaces, 1):
        sys.stdout.write(f"{number:>2} {interface.name:<{width}}  {_facts(interface)}\n")
    sys.stdout.write(f"{len(interfaces) + 1:>2} {'any':<{width}}  all interfaces together\n")
    return ExitStatus.DONE


def _facts(interface: Interface) -> str:
    facts = ["up" if interface.up else "down", *interface.addresses]
    if interface.mac:
        facts.append(interface.mac)
    if interface.speed_mbps:
        facts.append(f"{interface.speed_mbps} Mb/s")
    facts += [word for word, true in _words(interface) if true]
    return "  ".join(facts)


def _words(interface: Interface) -> tuple[tuple[str, bool], ...]:
    return (
        ("default route", interface.default_route),
        ("loopback", interface.loopback),
        ("wireless", interface.wireless),
        ("virtual", interface.virtual),
    )
