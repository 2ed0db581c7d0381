"""Fields of DHCP messages (RFC 2131, options of RFC 2132)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.filter.builders import address, each, flag, number, protocol
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

MAGIC: Final = bytes.fromhex("63825363")
END: Final = 255
OPTIONS: Final = 240
"""Where options begin, behind the magic cookie."""
MESSAGE_TYPES: Final = {
    "discover": 1, "offer": 2, "request": 3, "decline": 4, "ack": 5, "nak": 6, "release": 7, "inform": 8,
}  # fmt: skip


def _gate(packets: Packets) -> NDArray[np.bool_]:
    return packets.has("dhcp")


def _options(packets: Packets, row: int) -> list[tuple[int, bytes]]:
    return packets.read("dhcp", row, lambda: _read(packets.payload(row)))


def _read(data: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    if data[OPTIONS - 4 : OPTIONS] != MAGIC:
        return found
    at = OPTIONS
    while at < len(data):
        code = data[at]
        if code == 0:
            at += 1
            continue
        size = data[at + 1] if at + 1 < len(data) and code != 255 else 0
        found.append((code, data[at + 2 : at + 2 + size]))
        if code == 255:
            break
        at += 2 + size
    return found


def _option(
    name: str, code: int, kind: Kind, read: Callable[[bytes], Iterable[Any]], title: str, **more: dict[str, int]
) -> Field:
    def read_all(packets: Packets, row: int) -> Iterator[Any]:
        for found, data in _options(packets, row):
            if found == code:
                yield from read(data)

    return each(name, kind, _gate, read_all, title, more.get("symbols"))


def _number(data: bytes) -> Iterator[int]:
    if data:
        yield int.from_bytes(data[:8], "big")


def _addresses(data: bytes) -> Iterator[int]:
    return (int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data) - 3, 4))


def _text(data: bytes) -> Iterator[str]:
    yield data.rstrip(b"\0").decode("utf-8", "backslashreplace")


FIELDS: Final = (
    protocol("dhcp", "dhcp", "address leases"),
    number("dhcp.type", "dhcp", 0, "u1", "1 from a client, 2 from a server"),
    number("dhcp.hw.type", "dhcp", 1, "u1", "kind of hardware address"),
    number("dhcp.hw.len", "dhcp", 2, "u1", "bytes of the hardware address"),
    number("dhcp.hops", "dhcp", 3, "u1", "relays"),
    number("dhcp.id", "dhcp", 4, "u4", "transaction"),
    number("dhcp.secs", "dhcp", 8, "u2", "seconds since the client began"),
    number("dhcp.flags", "dhcp", 10, "u2", "all flags"),
    flag("dhcp.flags.bc", "dhcp", 10, "u2", 0x8000, "answers to everybody"),
    address("dhcp.ip.client", "dhcp", 12, Kind.IPV4, "address that the client has"),
    address("dhcp.ip.your", "dhcp", 16, Kind.IPV4, "address that the client gets"),
    address("dhcp.ip.server", "dhcp", 20, Kind.IPV4, "next server"),
    address("dhcp.ip.relay", "dhcp", 24, Kind.IPV4, "relay"),
    address("dhcp.hw.mac_addr", "dhcp", 28, Kind.ETHER, "client's MAC address"),
    each(
        "dhcp.option.type",
        Kind.NUMBER,
        _gate,
        lambda packets, row: (code for code, _ in _options(packets, row)),
        "option",
    ),
    _option("dhcp.option.dhcp", 53, Kind.NUMBER, _number, "message type", symbols=MESSAGE_TYPES),
    _option("dhcp.option.subnet_mask", 1, Kind.IPV4, _addresses, "network mask"),
    _option("dhcp.option.router", 3, Kind.IPV4, _addresses, "gateway"),
    _option("dhcp.option.domain_name_server", 6, Kind.IPV4, _addresses, "name server"),
    _option("dhcp.option.hostname", 12, Kind.TEXT, _text, "client's name"),
    _option("dhcp.option.domain_name", 15, Kind.TEXT, _text, "domain"),
    _option("dhcp.option.requested_ip_address", 50, Kind.IPV4, _addresses, "address that the client asks for"),
    _option("dhcp.option.ip_address_lease_time", 51, Kind.NUMBER, _number, "seconds of the lease"),
    _option("dhcp.option.dhcp_server_id", 54, Kind.IPV4, _addresses, "server"),
    each(
        "dhcp.option.length",
        Kind.NUMBER,
        _gate,
        lambda packets, row: (len(data) for code, data in _options(packets, row) if code != END),
        "bytes of an option",
    ),
    _option("dhcp.option.request_list_item", 55, Kind.NUMBER, iter, "option that the client asks for"),
    _option("dhcp.option.broadcast_address", 28, Kind.IPV4, _addresses, "broadcast address"),
    _option("dhcp.option.renewal_time_value", 58, Kind.NUMBER, _number, "seconds to the renewal"),
    _option("dhcp.option.rebinding_time_value", 59, Kind.NUMBER, _number, "seconds to the rebinding"),
    _option("dhcp.option.ntp_server", 42, Kind.IPV4, _addresses, "time server"),
    _option("dhcp.option.dhcp_max_message_size", 57, Kind.NUMBER, _number, "largest message"),
    _option("dhcp.option.netbios_over_tcpip_name_server", 44, Kind.IPV4, _addresses, "server of NetBIOS names"),
    _option("dhcp.option.message", 56, Kind.TEXT, _text, "why"),
    _option("dhcp.fqdn.name", 81, Kind.TEXT, lambda data: _text(data[3:]), "client's full name"),
    _option("dhcp.option.vendor_class_id", 60, Kind.TEXT, _text, "kind of client"),
)
