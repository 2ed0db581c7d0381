"""What the command line takes, read from its parsers: for completion in shells and for the manual page."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_INTERFACES: Final = frozenset({"interface", "send_interface"})
_FILES: Final = frozenset({"ALERT", "CAPTURE", "FILE", "PATH", "TARGET"})
_FOLDERS: Final = frozenset({"DIR"})

_SEVERITIES: Final = ("info", "low", "medium", "high", "critical")
SUGGESTED: Final[Mapping[str, tuple[str, ...]]] = {
    "autostop": ("duration:", "packets:", "filesize:", "match:"),
    "ring": ("filesize:", "duration:", "packets:", "files:"),
    "record_alerts": _SEVERITIES,
    "scenario": (
        "list", "all", "scan-syn", "scan-connect", "scan-null", "scan-fin", "scan-xmas", "scan-maimon",
        "scan-ack", "scan-udp", "scan-horizontal", "scan-block", "sweep-icmp", "sweep-arp", "syn-demo",
        "arp-spoof", "dns-exfil", "dns-tunnel", "dga", "http-attacks", "http-scanner", "beacon", "brute-force",
        "cleartext", "benign-browsing", "benign-names", "benign-lease", "benign-requests", "benign-regular",
    ),
    "theme": (
        "catppuccin", "colour-blind", "dracula", "gruvbox", "high-contrast", "monochrome", "netwatch-dark",
        "netwatch-light", "nord", "sixteen", "solarized-dark", "solarized-light",
    ),
    "types": (
        "alert", "flow", "dns", "tls", "quic", "http", "arp", "dhcp", "ssh", "smtp", "ftp", "stats", "anomaly",
        "packet", "all",
    ),
    "type": ("A", "AAAA", "ANY", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "MX", "NS", "PTR", "SOA", "SRV", "TXT"),
}  # fmt: skip
"""Words that are known for what takes others too, by the name of the option; a test compares them with the sources."""


class Option(NamedTuple):
    """An option, or a word without one."""

    names: tuple[str, ...]
    """Short and long; empty for what has no name."""
    help: str
    value: str
    """What it takes, as `FILE`; empty for a switch."""
    choices: tuple[str, ...]
    """Words that it takes; one that ends in a colon goes on."""
    wants: str
    """`file`, `folder`, `interface`, or empty."""


class Command(NamedTuple):
    """A verb, or the program without one."""

    words: tuple[str, ...]
    """Such as `report`, or `lab`, `ping`; empty for the monitor."""
    description: str
    options: tuple[Option, ...]
    arguments: tuple[Option, ...]

    @property
    def takes_files(self) -> bool:
        """Whether files stand behind the options."""
        return any(option.wants == "file" for option in self.arguments)


def commands_of(parsers: Mapping[str, argparse.ArgumentParser]) -> tuple[Command, ...]:
    """Return every command of `parsers`, which are by verb, the program itself under an empty name."""
    found: list[Command] = []
    for verb, parser in parsers.items():
        found += _commands((verb,) if verb else (), parser)
    return tuple(found)


def _commands(words: tuple[str, ...], parser: argparse.ArgumentParser) -> Iterator[Command]:
    every = parser._actions  # noqa: SLF001  # argparse has no public way to ask what a parser takes
    actions = [action for action in every if action.help != argparse.SUPPRESS]
    plain = [_option(action) for action in actions if not isinstance(action.choices, dict)]
    yield Command(
        words,
        " ".join((parser.description or "").split()),
        tuple(option for option in plain if option.names),
        tuple(option for option in plain if not option.names),
    )
    for action in actions:
        if isinstance(action.choices, dict):  # of names and the parsers below this one
            for name, child in action.choices.items():
                yield from _commands((*words, name), child)


def _option(action: argparse.Action) -> Option:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    choices = tuple(map(str, action.choices or SUGGESTED.get(action.dest, ())))
    if action.dest in _INTERFACES:
        wants = "interface"
    elif value in _FOLDERS:
        wants = "folder"
    else:
        wants = "file" if value in _FILES else ""
    return Option(tuple(action.option_strings), " ".join((action.help or "").split()), value, choices, wants)
