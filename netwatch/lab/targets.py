"""Who may be sent to: targets are given, parsed, bounded, and outside connected networks only with the user's word."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from netwatch.errors import NetwatchError, UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from netwatch.snapshot import Interface

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_ADDRESSES: Final = 4096
"""Addresses of one run: a /20."""
_NAME: Final = re.compile(r"(?=.{1,253}\.?$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?)+")
_LOOKS_NUMERIC: Final = re.compile(r"[0-9./]+|.*:.*|.*/.*")
"""What is meant as an address or a network and must not go to the resolver when it is a wrong one."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The addresses that a run may send to, each once, in the order given."""

    addresses: tuple[IpAddress, ...]
    names: tuple[tuple[str, str], ...] = ()
    """(name, address) of targets that were given by name."""
    network: IpNetwork | None = None
    """Set when the targets were given as one network."""


def is_name(text: str) -> bool:
    """Return whether `text` would be looked up: it is no address and no network."""
    return not _LOOKS_NUMERIC.fullmatch(text)


def parse_targets(
    texts: Sequence[str], resolve: Callable[[str], str] | None = None, most: int = MOST_ADDRESSES
) -> Targets:
    """Return the targets that `texts` name: addresses, networks in prefix notation, and names for `resolve`.

    Of a network the addresses that hosts can have are meant (RFC 4632, RFC 4291: neither the subnet's nor the
    broadcast address).

    Raises:
        UsageError: no target, not an address, a name although `resolve` is None, or more than `most` addresses.
    """
    if not texts:
        raise UsageError("no target is given", "name an address, a network such as 192.0.2.0/28, or a host")
    found: dict[IpAddress, None] = {}
    names = []
    network = None
    for text in texts:
        if is_name(text):
            address = _resolved(text, resolve)
            names.append((text, str(address)))
            found[address] = None
        elif "/" in text:
            network = parse_network(text)
            if network.num_addresses - 2 > most:
                raise UsageError(
                    f"{network} has {network.num_addresses:,} addresses, and one run may have {most:,}",
                    "give a smaller network",
                )
            found.update(dict.fromkeys(network.hosts()))
        else:
            found[parse_address(text)] = None
    for address in found:
        _require_unicast(address)
    if len(found) > most:
        raise UsageError(f"{len(found):,} targets are too many: one run may have {most:,}")
    return Targets(tuple(found), tuple(names), network if len(texts) == 1 else None)


def parse_address(text: str) -> IpAddress:
    """Return the address that `text` is.

    Raises:
        UsageError: it is none.
    """
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise UsageError(f"{printable(text, 80)} is not an IP address") from None


def parse_network(text: str) -> IpNetwork:
    """Return the network that `text`, in prefix notation, is; bits of the host are ignored.

    Raises:
        UsageError: it is none.
    """
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"{printable(text, 80)} is not a network", "write it as 192.0.2.0/24") from None


def connected_networks(interfaces: Iterable[Interface], only: str | None = None) -> tuple[IpNetwork, ...]:
    """Return the networks that the interfaces that are up, or just `only`, have an address in."""
    networks = {
        ipaddress.ip_network(text, strict=False)
        for interface in interfaces
        if interface.up and (only is None or interface.name == only)
        for text in interface.addresses
    }
    return tuple(sorted(networks, key=lambda network: (network.version, network)))


def require_authorised(addresses: Iterable[IpAddress], networks: Sequence[IpNetwork], *, authorised: bool) -> None:
    """Let only addresses of directly connected `networks` pass unless the user says that more is allowed.

    Raises:
        UsageError: an address lies outside, and `authorised` is False.
    """
    if authorised:
        return
    for address in addresses:
        bare = ipaddress.ip_address(str(address).partition("%")[0])
        if not any(bare in network for network in networks if network.version == bare.version):
            shown = ", ".join(map(str, networks[:6])) or "none"
            raise UsageError(
                f"{address} is in no directly connected network ({shown}), so nothing was sent",
                "Add --i-am-authorised if its owner allows it",
            )


def refuse_broadcast(addresses: Iterable[IpAddress], networks: Sequence[IpNetwork]) -> None:
    """Let no address pass that means everybody of a directly connected network (RFC 919, RFC 1122 section 3.2.1.3).

    Raises:
        UsageError: one does.
    """
    everybody: dict[IpAddress, IpNetwork] = {
        address: network
        for network in networks
        if network.version == 4 and network.prefixlen < 31
        for address in (network.network_address, network.broadcast_address)
    }
    for address in addresses:
        if address in everybody:
            raise UsageError(f"{address} means everybody of {everybody[address]}", "name a host, or the network")


def resolve_name(name: str) -> str:
    """Return the first address that the system's resolver has for `name`.

    Raises:
        NetwatchError: it has none.
    """
    try:
        return str(socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)[0][4][0])
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a name"
        raise NetwatchError(f"cannot find the address of {printable(name, 80)}: {reason}") from error


def _resolved(text: str, resolve: Callable[[str], str] | None) -> IpAddress:
    if not _NAME.fullmatch(text):
        raise UsageError(f"{printable(text, 80)} is neither an address nor a network nor a host name")
    if resolve is None:
        raise UsageError(
            f"{printable(text, 80)} is a name, and asking for its address would send packets", "give its address"
        )
    return ipaddress.ip_address(resolve(text))


def _require_unicast(address: IpAddress) -> None:
    if address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255":
        raise UsageError(f"{address} is not the address of one host")
