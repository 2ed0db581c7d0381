"""The columns of each table's CSV: their names and where their values come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

NANOSECONDS: Final = 1_000_000_000


def seconds(times: NDArray[Any]) -> list[str]:
    """Return nanoseconds as decimal seconds without rounding; -1 and less as nothing."""
    return ["" if value < 0 else f"{value // NANOSECONDS}.{value % NANOSECONDS:09d}" for value in times.tolist()]


FLOWS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "src": lambda table: table.source,
    "sport": lambda table: table.sport,
    "dst": lambda table: table.destination,
    "dport": lambda table: table.dport,
    "proto": lambda table: [name.lower() for name in table.protocol],
    "packets": lambda table: table.packets.sum(axis=1),
    "bytes": lambda table: table.bytes.sum(axis=1),
    "packets_sent": lambda table: table.packets[:, 0],
    "packets_received": lambda table: table.packets[:, 1],
    "bytes_sent": lambda table: table.bytes[:, 0],
    "bytes_received": lambda table: table.bytes[:, 1],
    "payload_sent": lambda table: table.payload[:, 0],
    "payload_received": lambda table: table.payload[:, 1],
    "first_time": lambda table: seconds(table.first_ns),
    "last_time": lambda table: seconds(table.last_ns),
    "duration": lambda table: seconds(table.duration_ns),
    "application": lambda table: table.application,
    "state": lambda table: table.state,
    "conn_state": lambda table: table.conn_state,
    "history": lambda table: table.history,
    "vlan": lambda table: table.vlan,
    "community_id": lambda table: table.community_id,
}

CSV_COLUMNS: Final[Mapping[str, Mapping[str, Callable[[Any], Any]]]] = {
    "flows": FLOWS,
}
"""By table, as Engine.page knows it."""
