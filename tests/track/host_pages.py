"""Pages of the host table, for its tests."""

from __future__ import annotations

from host_packets import PC, PRINTER, ROUTER, tcp

from netwatch.tables.query import TableQuery

SYN, SYN_ACK, ACK, RST_ACK = 0x02, 0x12, 0x10, 0x14
LAN = (PC, PRINTER)


def page(network, sort="serial", by_machine=True, **query):
    query = {"descending": False, "count": 1000} | query
    return network.hosts.page(TableQuery(sort, **query), by_machine=by_machine)


def table(network, **query):
    return page(network, **query).table


def column(network, name, **query):
    found = table(network, **query)
    values = getattr(found, name)
    return dict(zip(found.address, values if isinstance(values, tuple) else values.tolist(), strict=True))


def surf(*servers):
    """A machine that talks to servers on the internet through its router, in both directions."""
    frames = []
    for server in servers:
        frames.append(tcp("192.168.1.5", server, 50000, 443, SYN, macs=(PC, ROUTER)))
        frames.append(tcp(server, "192.168.1.5", 443, 50000, SYN_ACK, macs=(ROUTER, PC)))
    return frames


def told(network):
    found = page(network, by_machine=False).table
    return {
        address: [*packets, *sizes]
        for address, packets, sizes in zip(found.address, found.packets.tolist(), found.bytes.tolist(), strict=True)
    }
