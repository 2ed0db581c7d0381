"""Priorities of the classes of rules, as Suricata's classification.config gives them: 1 is the worst."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_HIGH: Final = (
    "attempted-admin", "attempted-user", "command-and-control", "credential-theft", "domain-c2", "exploit-kit",
    "inappropriate-content", "kickass-porn", "policy-violation", "shellcode-detect", "social-engineering",
    "successful-admin", "successful-user", "targeted-activity", "trojan-activity", "unsuccessful-user",
    "web-application-attack",
)  # fmt: skip
_MEDIUM: Final = (
    "attempted-dos", "attempted-recon", "bad-unknown", "coin-mining", "default-login-attempt", "denial-of-service",
    "external-ip-check", "misc-attack", "non-standard-protocol", "pup-activity", "rpc-portmap-decode",
    "successful-dos", "successful-recon-largescale", "successful-recon-limited", "suspicious-filename-detect",
    "suspicious-login", "system-call-detect", "unusual-client-port-connection", "web-application-activity",
)  # fmt: skip
_LOW: Final = (
    "icmp-event", "misc-activity", "network-scan", "not-suspicious", "protocol-command-decode", "string-detect",
    "unknown",
)  # fmt: skip
PRIORITIES: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys(_HIGH, 1) | dict.fromkeys(_MEDIUM, 2) | dict.fromkeys(_LOW, 3) | {"tcp-connection": 4}
)
UNKNOWN_PRIORITY: Final = 3
"""Of a rule without a class that we know, and without a priority of its own."""
