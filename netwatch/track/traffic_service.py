"""The service port of TCP and UDP packets, the application that its number stands for, and a counter for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.services import SERVICES, SPOKEN_IN_UDP, UDP_SERVICES, service, service_protocol
from netwatch.tables.traffic import PortCount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

PORTS: Final = 65536
TCP_CELLS, UDP_CELLS, REST = 0, PORTS, 2 * PORTS
"""Where the counters of each begin; packets of other protocols, and fragments without ports, all count in REST."""


def _applications(*, udp: bool) -> dict[int, str]:
    """Return the protocol by port, of services that are used over this transport."""
    found = {}
    for port in sorted({*SERVICES, *(UDP_SERVICES if udp else ())}):
        name = service(port, udp=udp)
        if not udp or name in SPOKEN_IN_UDP:
            found[port] = service_protocol(name, udp=udp)
    return found


_BY_PORT: Final = {TCP_CELLS: _applications(udp=False), UDP_CELLS: _applications(udp=True)}

APPLICATIONS: Final = ("", *sorted({name for names in _BY_PORT.values() for name in names.values()}))
"""Names by number; 0 is that of a port which no service is known for."""

_APPLICATION, _PORT_AT, _PORT = np.uint32(0x3FF), np.uint32(10), np.uint32(PORTS - 1)
_UNKNOWN: Final = 1 << 26
"""Above the port in a key, so that of two ports the one with a service has the lower key."""


def _keys() -> NDArray[np.uint32]:
    """Return the key of each cell: whether no service is known, the port, the application's number."""
    numbers = {name: number for number, name in enumerate(APPLICATIONS)}
    keys = np.zeros(REST + PORTS, np.uint32)
    keys[:REST] = _UNKNOWN | np.tile(np.arange(PORTS, dtype=np.uint32), 2) << _PORT_AT
    for begin, names in _BY_PORT.items():
        for port, name in names.items():
            keys[begin + port] = port << int(_PORT_AT) | numbers[name]
    return keys


_KEYS: Final = _keys()
_CELLS: Final = np.full(256, REST, np.intp)
_CELLS[[PROTOCOL_TCP, PROTOCOL_UDP]] = TCP_CELLS, UDP_CELLS


class Services(NamedTuple):
    """The service of each packet, shape (n,)."""

    application: NDArray[np.uint32]
    """Number in APPLICATIONS."""
    cell: NDArray[np.intp]
    """TCP_CELLS or UDP_CELLS plus the service port, or REST."""


def services_of(batch: PacketBatch) -> Services:
    """Return the service of each packet: of the lower port if one is known for it, else of the other if one is known.

    Where none is known, the lower port is taken for that of the server.
    """
    begin = _CELLS.take(batch.protocol)
    later = batch.fragment & np.uint16(FRAGMENT_OFFSET)
    if np.count_nonzero(later):
        begin[later != 0] = REST
    key = np.minimum(_KEYS.take(begin + batch.sport), _KEYS.take(begin + batch.dport))
    return Services(key & _APPLICATION, begin + (key >> _PORT_AT & _PORT))


class PortCounters:
    """Packets and bytes by service port."""

    def __init__(self) -> None:
        self._packets = np.zeros(REST + 1, np.int64)
        self._bytes = np.zeros(REST + 1, np.int64)

    def add(self, cell: NDArray[np.intp], sizes: NDArray[np.int64]) -> None:
        """Count packets with these `Services.cell` and bytes on the wire."""
        np.add.at(self._packets, cell, 1)
        np.add.at(self._bytes, cell, sizes)

    def top(self, count: int) -> tuple[PortCount, ...]:
        """Return the `count` service ports with most bytes, most first."""
        seen = np.flatnonzero(self._packets[:REST])
        if len(seen) > count:
            seen = seen[np.argpartition(-self._bytes[seen], count)[:count]] if count > 0 else seen[:0]
        seen = seen[np.lexsort((seen, -self._bytes[seen]))]
        return tuple(self._row(cell) for cell in seen.tolist())

    def _row(self, cell: int) -> PortCount:
        udp, port = divmod(cell, PORTS)
        known = service(port, udp=bool(udp))
        name = "" if udp and known not in SPOKEN_IN_UDP else known
        return PortCount("UDP" if udp else "TCP", port, name, int(self._packets[cell]), int(self._bytes[cell]))
