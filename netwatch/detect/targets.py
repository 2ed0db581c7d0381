"""Targets: the actors and targets that the user told a detector to leave alone."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from netwatch.detect.config import Config
    from netwatch.detect.finding import Finding


class Targets:
    """Judges findings by `ignore_src` and `ignore_dst` of a detector."""

    def __init__(self, config: Config) -> None:
        """Read the lists.

        Raises:
            UsageError: a network that is none.
        """
        self._source = _Names(config.ignore_src)
        self._destination = _Names(config.ignore_dst)

    @staticmethod
    def needed(config: Config) -> bool:
        """Return True when anything is to be left alone."""
        return bool(config.ignore_src or config.ignore_dst)

    def wanted(self, finding: Finding) -> bool:
        """Return False for a finding that the user does not want."""
        source = self._source.hold(finding.source) or self._source.hold(finding.actor)
        return not source and not (
            self._destination.hold(finding.destination) or self._destination.hold(finding.victim)
        )


class _Names:
    def __init__(self, names: tuple[str, ...]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        self._suffixes: list[str] = []
        for name in names:
            if "/" in name:
                try:
                    self._networks.append(ip_network(name, strict=False))
                except ValueError as error:
                    raise UsageError(f"{printable(name, 60)} is no network: {error}") from error
            else:
                self._suffixes.append(name.lower())

    def hold(self, text: str) -> bool:
        if not text:
            return False
        lowered = text.lower()
        if any(lowered == suffix or lowered.endswith(f".{suffix}") for suffix in self._suffixes):
            return True
        if not self._networks:
            return False
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
