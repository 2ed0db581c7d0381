"""Which alerts hide which others of the same actor or victim: a scan is one alert, not one and a thousand more."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from netwatch.nanoseconds import SECOND


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alert of `parent` is open, those of `child` with the same `by` are attached to it."""

    parent: str
    child: str
    """Patterns of rule identifiers."""
    by: str
    """`actor` or `victim`."""
    meanwhile: bool = False
    """Only what began before the last that was seen of the parent, which stays open for minutes after that."""


def _all(parent: str, children: str, by: str, *, meanwhile: bool = False) -> tuple[Inhibition, ...]:
    return tuple(Inhibition(parent, child, by, meanwhile) for child in children.split())


INHIBITIONS: Final = (
    *_all("scan.*", "port.* proto.mismatch tcp.half_open tcp.rst_burst new.service brute.*", "actor"),
    *_all("scan.vertical", "scan.block scan.distributed", "actor"),
    *_all("scan.horizontal", "scan.block sweep.*", "actor"),
    *_all("scan.vertical", "tcp.half_open tcp.rst_burst scan.distributed new.service", "victim"),
    # A flood is cheap: were everything hidden for minutes after it, nobody could be scanned in sight
    *_all("flood.syn", "scan.*", "victim", meanwhile=True),
    *_all("flood.syn", "tcp.half_open tcp.rst_burst quality.*", "victim"),
    *_all("dns.amplify", "flood.udp", "victim"),
    *_all("scan.distributed", "scan.vertical", "victim"),
    *_all("arp.spoof", "arp.changed arp.flipflop arp.duplicate_ip", "victim"),
    *_all("arp.spoof", "arp.spoof arp.gratuitous arp.mismatch", "actor"),
    *_all("arp.flipflop", "arp.changed", "victim"),
    *_all("arp.duplicate_ip", "arp.changed arp.flipflop", "victim"),
    *_all("dns.tunnel", "dns.dga dns.nx_burst c2.beacon dns.qtype", "actor"),
    *_all("dns.spoof", "dns.rebind", "actor"),
    *_all("dns.dga", "dns.nx_burst", "actor"),
    *_all("http.scanner", "http.sqli http.xss http.traversal http.smuggling", "actor"),
)
"""detections.md section 2.5 and what the detectors of one family have in common."""
RETROACTIVE_NS: Final = 60 * SECOND
"""A child that opened so shortly before its parent is attached to it as well, unless it was over by then."""


@lru_cache(4096)
def hides(parent: str, child: str) -> tuple[Inhibition, ...]:
    """Return the rules by which an alert of rule `parent` hides one of `child`."""
    return tuple(rule for rule in INHIBITIONS if fnmatchcase(parent, rule.parent) and fnmatchcase(child, rule.child))
