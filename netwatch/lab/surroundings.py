"""Where a tool runs: the interfaces of this machine, and what the user allows."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwatch.capture.interfaces import find_interface, list_interfaces
from netwatch.errors import CaptureError, NetwatchError, UsageError
from netwatch.lab.rights import source_towards
from netwatch.lab.targets import (
    Targets,
    connected_networks,
    parse_targets,
    refuse_broadcast,
    require_authorised,
    resolve_name,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.lab.targets import IpAddress, IpNetwork
    from netwatch.snapshot import Interface


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The interfaces, and which targets may be sent to."""

    interfaces: tuple[Interface, ...]
    chosen: Interface | None
    """The interface that `-i` names."""
    authorised: bool
    dry: bool

    @classmethod
    def look(cls, name: str | None, *, authorised: bool, dry: bool) -> Surroundings:
        """Look at this machine.

        Raises:
            UsageError: there is no interface `name`.
        """
        interfaces = list_interfaces()
        chosen = None
        if name is not None:
            try:
                chosen = find_interface(name, interfaces)
            except CaptureError as error:
                raise UsageError(error.message, error.hint) from error
            if chosen.name == "any":
                raise UsageError("a lab tool sends on one interface, not on any")
        return cls(interfaces, chosen, authorised, dry)

    @property
    def name(self) -> str | None:
        """The name of the chosen interface."""
        return self.chosen.name if self.chosen else None

    def networks(self) -> tuple[IpNetwork, ...]:
        """Return the directly connected networks, of the chosen interface if there is one."""
        return connected_networks(self.interfaces, self.name)

    def targets(self, texts: Sequence[str]) -> Targets:
        """Return the targets that `texts` name, all of them allowed.

        Raises:
            UsageError: as parse_targets and require_authorised; a name in a dry run.
            NetwatchError: a name has no address.
        """
        targets = parse_targets(texts, None if self.dry else resolve_name)
        refuse_broadcast(targets.addresses, connected_networks(self.interfaces))
        self.require(targets.addresses)
        return targets

    def require(self, addresses: Sequence[IpAddress]) -> None:
        """Let only addresses pass that may be sent to.

        Raises:
            UsageError: one is outside the connected networks, and the user did not say that this is allowed.
        """
        require_authorised(addresses, self.networks(), authorised=self.authorised)

    def own(self) -> frozenset[str]:
        """Return the addresses of this machine."""
        return frozenset(text.partition("/")[0] for interface in self.interfaces for text in interface.addresses)

    def source(self, address: IpAddress) -> str:
        """Return the own address that packets to `address` come from.

        Raises:
            NetwatchError: there is no way to it.
        """
        return source_towards(address, self.name)

    def interface_towards(self, address: IpAddress) -> Interface:
        """Return the interface through which `address` is reached; the loopback for this machine's own addresses.

        Raises:
            NetwatchError: there is no way to it.
        """
        source = self.source(address)
        bare = str(address).partition("%")[0]
        own = self.own()
        for interface in self.interfaces:
            if (interface.loopback and (bare in own or ipaddress.ip_address(bare).is_loopback)) or (
                bare not in own and source in {text.partition("/")[0] for text in interface.addresses}
            ):
                return interface
        raise NetwatchError(f"no interface has the address {source}, from which {address} would be reached")
