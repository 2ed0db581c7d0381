"""Rules in few words, and events to hold against them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from netwatch.decode.batch import IPV4_MAPPED
from netwatch.detect.rules.build import build
from netwatch.detect.rules.inspection import Inspection
from netwatch.detect.rules.rule_set import RuleSet
from netwatch.detect.rules.variables import DEFAULTS
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from netwatch.detect.rules.signature import Signature


def number(text: str) -> int:
    """Return an address as columns have it."""
    address = ip_address(text)
    return int(address) + (IPV4_MAPPED if address.version == 4 else 0)


def rule(options: str, header: str = "alert tcp any any -> any any") -> Signature:
    """Return the signature of a rule with these options."""
    return build(f"{header} ({options} sid:1;)", DEFAULTS)


def seen(
    data: bytes = b"",
    *,
    protocol: str = "tcp",
    buffers: dict[str, bytes] | None = None,
    source: str = "192.168.0.2",
    destination: str = "93.184.216.34",
    ports: tuple[int, int] = (40000, 80),
    established: bool | None = True,
    to_server: bool | None = True,
    time: float = 0,
    **packet: int,
) -> Inspection:
    """Return an event."""
    return Inspection(
        protocol,
        number(source),
        number(destination),
        *ports,
        int(time * SECOND),
        buffers if buffers is not None else {"pkt_data": data},
        established,
        to_server,
        packet,
    )


def hit(options: str, data: bytes, header: str = "alert tcp any any -> any any", **event: object) -> bool:
    """Return True where a rule matches a payload."""
    found = list(RuleSet([rule(options, header)]).matching(seen(data, **event)))
    return bool(found)


REQUEST = {
    "http.method": b"GET",
    "http.uri": b"/a/b.php?id=1",
    "http.uri.raw": b"/a/b.php?id=1",
    "http.host": b"www.example.com",
    "http.user_agent": b"Mozilla/5.0",
    "http.header": b"Host: www.example.com\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
    "http.request_body": b"",
}
