"""Open services: ports that answered a connection with SYN-ACK, or a datagram from the port of a known service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    FRAGMENT_OFFSET,
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


def note_services(columns: HostColumns, batch: PacketBatch, flow_batch: FlowBatch, source: NDArray[np.intp]) -> None:
    """Note the services that the packets of `batch`, sent by the hosts `source`, show to be open."""
    answers = batch.tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST) == TCP_SYN | TCP_ACK
    if np.count_nonzero(answers):
        at = np.flatnonzero(answers)
        at = at[batch.protocol[at] == PROTOCOL_TCP]
        _note(columns, source[at], batch.sport[at], PROTOCOL_TCP)
    known = _KNOWN_UDP.take(batch.sport)
    known &= batch.protocol == PROTOCOL_UDP
    if np.count_nonzero(known):
        at = np.flatnonzero(known)
        at = at[batch.fragment[at] & FRAGMENT_OFFSET == 0]
        answer = ~flow_batch.from_initiator[at]
        for server, client in DHCP_PORTS:
            gives = (batch.sport[at] == server) & (batch.dport[at] == client)
            columns.mark(source[at[gives]], HostFlag.DHCP_SERVER)
            answer |= gives
        at = at[answer]
        _note(columns, source[at], batch.sport[at], PROTOCOL_UDP)


def service_text(code: int) -> str:
    """Return a value of HostColumns.services as `443/tcp https`."""
    protocol, port = code >> 16, code & 0xFFFF
    name = service(port, udp=protocol == PROTOCOL_UDP)
    return f"{port}/{'udp' if protocol == PROTOCOL_UDP else 'tcp'} {name}".rstrip()


def _note(columns: HostColumns, rows: NDArray[np.intp], ports: NDArray[np.uint16], protocol: int) -> None:
    columns.mark(rows[ports == DNS_PORT], HostFlag.DNS_SERVER)
    codes = ports.astype(np.uint32) | np.uint32(protocol << 16)
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


def _known() -> NDArray[np.bool_]:
    table = np.zeros(65536, np.bool_)
    table[[*SERVICE_NAMES, *UDP_SERVICES]] = True
    return table


_KNOWN_UDP: Final = _known()
