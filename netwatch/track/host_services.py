"""Open services: ports that answered a connection with SYN-ACK, or a datagram from the port of a known service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import (
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    TCP_ACK,
    TCP_FIN,
    TCP_RST,
    TCP_SYN,
)
from netwatch.decode.services import SERVICES as SERVICE_NAMES
from netwatch.decode.services import UDP_SERVICES, service
from netwatch.track.host_columns import SERVICES, HostFlag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.host_columns import HostColumns

DNS_PORT: Final = 53
DHCP_PORTS: Final = ((67, 68), (547, 546))
"""Ports of server and client (RFC 2131 section 4.1, RFC 8415 section 7.2); both are registered, so the flow does not
tell who answers."""


class Shown(NamedTuple):
    """Packets that show a service to be open; arrays have shape (n,)."""

    positions: NDArray[np.intp]
    codes: NDArray[np.uint32]
    """As HostColumns.services has them."""
    dhcp: NDArray[np.bool_]
    """The sender acted as a DHCP server."""


class ServiceFinder:
    """Finds packets that show a service to be open, one or few for each flow."""

    def __init__(self) -> None:
        self._found = np.zeros(0, np.bool_)
        """Whether the flow was seen to show one, by row."""

    def find(self, batch: PacketBatch, flow_batch: FlowBatch) -> Shown | None:
        """Return such packets of `batch`, None for none."""
        if len(flow_batch.started):
            self._fit(int(flow_batch.started.max()) + 1)
            self._found[flow_batch.started] = False
        shown = []
        answers = batch.tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST) == TCP_SYN | TCP_ACK
        if np.count_nonzero(answers):
            at = self._new(flow_batch, np.flatnonzero(answers))
            shown.append(Shown(at, _codes(batch, at, PROTOCOL_TCP), np.zeros(len(at), np.bool_)))
        datagrams = batch.protocol == PROTOCOL_UDP
        if np.count_nonzero(datagrams):
            at = np.flatnonzero(datagrams)
            at = self._new(flow_batch, at[_KNOWN_UDP.take(batch.sport[at])])
            dhcp = _from_dhcp_server(batch, at)
            answers = ~flow_batch.from_initiator[at] | dhcp
            shown.append(Shown(at[answers], _codes(batch, at[answers], PROTOCOL_UDP), dhcp[answers]))
        for found in shown:
            self._found[flow_batch.rows[found.positions]] = True
        shown = [found for found in shown if len(found.positions)]
        if len(shown) == 2:
            return Shown(*(np.concatenate(parts) for parts in zip(*shown, strict=True)))
        return shown[0] if shown else None

    def _new(self, flow_batch: FlowBatch, at: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return those of the positions `at` whose flows showed no service yet."""
        rows = flow_batch.rows[at]
        self._fit(int(rows.max(initial=0)) + 1)
        return at[~self._found[rows]]

    def _fit(self, rows: int) -> None:
        if rows > len(self._found):
            larger = np.zeros(max(rows, 2 * len(self._found)), np.bool_)
            larger[: len(self._found)] = self._found
            self._found = larger


def note_services(
    columns: HostColumns, rows: NDArray[np.intp], codes: NDArray[np.uint32], dhcp: NDArray[np.bool_]
) -> None:
    """Add services to the hosts `rows` in the order given; those beyond SERVICES are only marked."""
    columns.mark(rows[codes & 0xFFFF == DNS_PORT], HostFlag.DNS_SERVER)
    columns.mark(rows[dhcp], HostFlag.DHCP_SERVER)
    table = columns.services.reshape(-1, SERVICES)
    # Each pass adds at most one service to a host
    for _ in range(SERVICES + 1):
        new = ~(table[rows] == codes[:, None]).any(axis=1) & ~columns.marked(HostFlag.MORE_SERVICES, rows)
        if not new.any():
            return
        rows, codes = rows[new], codes[new]
        _, first = np.unique(rows, return_index=True)
        owners, added = rows[first], codes[first]
        count = columns.service_count[owners]
        full = count >= SERVICES
        columns.mark(owners[full], HostFlag.MORE_SERVICES)
        owners, added, count = owners[~full], added[~full], count[~full]
        table[owners, count] = added
        columns.service_count[owners] = count + 1


def service_text(code: int) -> str:
    """Return a value of HostColumns.services as `443/tcp https`."""
    protocol, port = code >> 16, code & 0xFFFF
    name = service(port, udp=protocol == PROTOCOL_UDP)
    return f"{port}/{'udp' if protocol == PROTOCOL_UDP else 'tcp'} {name}".rstrip()


def _codes(batch: PacketBatch, at: NDArray[np.intp], protocol: int) -> NDArray[np.uint32]:
    return batch.sport[at].astype(np.uint32) | np.uint32(protocol << 16)


def _from_dhcp_server(batch: PacketBatch, at: NDArray[np.intp]) -> NDArray[np.bool_]:
    result = np.zeros(len(at), np.bool_)
    for server, client in DHCP_PORTS:
        result |= (batch.sport[at] == server) & (batch.dport[at] == client)
    return result


def _known() -> NDArray[np.bool_]:
    table = np.zeros(65536, np.bool_)
    table[[*SERVICE_NAMES, *UDP_SERVICES]] = True
    return table


_KNOWN_UDP: Final = _known()
