"""Options that several verbs have: what is captured, recorded and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

_PROFILE_HELP = "how much makes an alert: balanced, quiet (twice that), lab (the plain rules of a classroom besides)"
_SANDBOX_HELP = "open only files that are needed and no TCP connection; the kernel enforces it (Landlock)"
_USER_HELP = "as root: become NAME (nobody) once the sockets are open; with sudo it is who called it anyway"
_RULES_HELP = "file of Suricata rules, or of patterns in a signatures.txt, to look for (repeatable)"
_RING_HELP = "with -w: begin a new file after filesize:KB, duration:S or packets:N; files:N keeps the newest N"


def source_options(result: argparse.ArgumentParser) -> None:
    """Add what is captured or read, how much of it, and what is looked for."""
    result.add_argument(
        "-i", "--interface", action="append", default=[], metavar="NAME", help="interface (repeatable), or 'any'"
    )
    result.add_argument("-f", "--capture-filter", metavar="BPF", help="capture only what this BPF filter matches")
    result.add_argument(
        "-Y",
        "--display-filter",
        metavar="EXPR",
        help="show and count only packets that match this filter, in Wireshark's language",
    )
    result.add_argument(
        "-r", "--read", action="append", default=[], metavar="FILE", help="capture file to read, - for stdin"
    )
    result.add_argument("--follow", action="store_true", help="go on reading the file while it grows")
    result.add_argument("-c", "--count", type=int, metavar="N", help="stop after N packets")
    result.add_argument(
        "-a",
        "--autostop",
        action="append",
        default=[],
        metavar="WORD:N",
        help="stop after duration:S, packets:N or filesize:KB, or at the first packet of match:EXPR, a display filter",
    )
    result.add_argument("-s", "--snaplen", type=int, metavar="N", help="bytes of each packet to capture (262144)")
    result.add_argument("-p", "--no-promiscuous", action="store_true", help="leave the interface's mode alone")
    result.add_argument("-n", "--no-resolve", action="store_true", help="never ask for a name, not even in a filter")
    result.add_argument("--include-own-session", action="store_true", help="show the SSH session netwatch runs in")
    result.add_argument("--sandbox", action="store_true", help=_SANDBOX_HELP)
    result.add_argument("--user", nargs="?", const="nobody", metavar="NAME", help=_USER_HELP)
    result.add_argument("--rules", action="append", default=[], metavar="FILE", help=_RULES_HELP)
    result.add_argument("--profile", choices=("balanced", "quiet", "lab"), help=_PROFILE_HELP)
    result.add_argument("--config", metavar="FILE", help="settings file instead of config.toml in the user's folder")


def recording_options(result: argparse.ArgumentParser) -> None:
    """Add where packets are recorded to."""
    result.add_argument(
        "-w", "--write", metavar="FILE", help="record every packet to FILE (pcap by suffix, else pcapng)"
    )
    result.add_argument("-b", "--ring", action="append", default=[], metavar="WORD:N", help=_RING_HELP)


def drawing_options(result: argparse.ArgumentParser) -> None:
    """Add how often, and in which colours, the screen is drawn."""
    result.add_argument("--refresh", type=float, metavar="HZ", help="draw so often a second at most (15, over SSH 4)")
    result.add_argument(
        "--low-bandwidth", action="store_true", help="draw once a second and send only what differs to the terminal"
    )
    result.add_argument(
        "--reduced-motion", action="store_true", help="draw once a second; nothing runs along the screen or blinks"
    )
    result.add_argument("--theme", metavar="NAME", help="colours of the screen, a file in themes/")
    result.add_argument(
        "--redact", action="store_true", help="replace addresses and names in all that is shown or saved, headers only"
    )
