"""Carrier: what carries the ends that a row of the packet table shows, which the row itself does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netwatch.dissection import PacketRow
    from netwatch.engine import Engine

TRANSPORTS: Final = ("tcp", "udp", "sctp")
_PORTS: Final = tuple(f"{transport}.srcport" for transport in TRANSPORTS)
_SOURCES: Final = ("ip.src", "ipv6.src")


@dataclass(frozen=True, slots=True)
class Carrier:
    """Of one packet."""

    transport: str = ""
    """Whose ports they are, one of TRANSPORTS; empty without ports."""
    tunnelled: bool = False
    """Whether the addresses are inside of a tunnel, where libpcap's filters do not look."""


def carrier(engine: Engine, row: PacketRow) -> Carrier:
    """Return what carries the ends of a packet; nothing is known of one that is not held any more."""
    fact = engine.facts([row.number], (*_PORTS, *_SOURCES), ()).get(row.number)
    if fact is None:
        return Carrier()
    told = [text.split(",") if text else [] for text in fact.cells]
    ports, sources = told[: len(TRANSPORTS)], told[len(TRANSPORTS) :]
    of_row = (name for name, values in zip(TRANSPORTS, ports, strict=True) if str(row.source_port) in values)
    inside = all(sources) or any(values and values[0] != row.source for values in sources)
    return Carrier(next(of_row, ""), inside and any(row.source in values for values in sources))
