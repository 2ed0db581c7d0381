"""Prints which detector fires on which labelled capture, and how often rightly: `python -m tests.detect.scorecard`.

The name of a profile may follow. Then come the fixtures, a line for each row of detections.md 10.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from netwatch.detect.config import Profile
from netwatch.detect.registry import DETECTORS
from tests.detect.fixtures import MUST_ALERT, MUST_NOT_ALERT
from tests.detect.labelled import FOLDER, labelled, session_of

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPECTED: dict[str, tuple[str, ...]] = {
    "arp_scan": ("sweep.arp",),
    "arp_spoof": ("arp.spoof",),
    "arp_spoof_subtle": ("arp.spoof",),
    "cleartext": ("cred.clear",),
    "dga_weak": (),
    "dns_exfil": ("dns.tunnel", "dns.qtype"),
    "dns_spoof": ("dns.spoof",),
    "dns_tunnel": ("dns.tunnel", "dns.qtype"),
    "dnsbl_lookups": (),
    "ftp_bruteforce": ("brute.ftp",),
    "host_scan": ("scan.horizontal", "sweep.arp"),
    "http_smuggling": ("http.smuggling",),
    "icmp_tunnel": ("icmp.tunnel",),
    "log4shell": ("http.rce", "sig.payload"),
    "mac_flood": ("link.mac_flood",),
    "malware_c2": ("sig.payload",),
    "port_scan": ("scan.vertical", "scan.block"),
    "port_scan_small": ("scan.vertical", "scan.stealth"),
    "rat": ("sig.payload",),
    "reverse_shell": ("port.backdoor", "sig.payload"),
    "shell_payload_weak": (),
    "single_port_probe": ("http.scanner",),
    "sqli": ("http.sqli",),
    "ssh_bruteforce": ("brute.ssh",),
    "syn_flood": ("flood.syn",),
    "syn_flood_small": ("flood.syn",),
    "syn_spoofed_random": ("link.mac_flood", "flood.syn"),
    "synack_reflection": ("backscatter", "flood.reflection"),
    "udp_amplification": ("dns.amplify", "flood.udp"),
    "udp_scan": ("scan.udp",),
    "web_rce": ("http.rce", "http.sqli", "http.traversal"),
    "xss": ("http.xss",),
}
"""Rules of which one has to fire on captures with a label; () where nobody can be asked to see it.

Look-ups in block lists of mail must not be told, whoever makes so many (detections.md 10.1, F18).
"""
LOW = 1


def row(file: str, label: str, profile: Profile) -> tuple[str, list[str]]:
    """Return the verdict on a capture, and its alerts of severity low or higher."""
    found = session_of(FOLDER / file, profile).detection.episodes.alerts()
    told = [f"{alert.rule} ({alert.word})" for alert in found if alert.severity >= LOW]
    fired = {alert.rule for alert in found}
    if label == "benign":
        return ("false positive" if told else "quiet"), told
    wanted = EXPECTED.get(label, ())
    if not wanted:
        return "not asked", told
    return ("found" if fired.intersection(wanted) else "MISSED"), told


class Table:
    """Which detector fired on what, in captures."""

    def __init__(self) -> None:
        self._right: Counter[str] = Counter()
        self._beside: Counter[str] = Counter()
        self._benign: Counter[str] = Counter()

    def add(self, label: str, told: list[str]) -> None:
        """Count the rules that fired on a capture."""
        wanted = EXPECTED.get(label, ())
        for rule in {name.partition(" ")[0] for name in told}:
            counts = self._benign if label == "benign" else self._right if rule in wanted else self._beside
            counts[rule] += 1

    def lines(self) -> Iterator[str]:
        """Yield a line a detector: those that never fired are silent on all of these captures."""
        yield f"{'detector':<18} {'expected':>8} {'beside':>8} {'benign':>8}"
        for kind in DETECTORS:
            rule = kind.rule.id
            yield f"{rule:<18} {self._right[rule]:>8} {self._beside[rule]:>8} {self._benign[rule]:>8}"


def main() -> None:
    """Print the verdict on each capture, the table of detectors, and the sums."""
    profile = Profile(sys.argv[1]) if len(sys.argv) > 1 else Profile.BALANCED
    verdicts: Counter[str] = Counter()
    table = Table()
    for each in labelled():
        verdict, told = row(each.file, each.label, profile)
        verdicts[verdict] += 1
        table.add(each.label, told)
        names = {name: told.count(name) for name in told}
        text = ", ".join(name + (f" x{count}" if count > 1 else "") for name, count in names.items())
        print(f"{verdict:<14} {each.label:<20} {each.file[:60]:<60} {text}", flush=True)
    print()
    for fixture in (*MUST_ALERT, *MUST_NOT_ALERT):
        verdict = fixture.verdict()
        verdicts[f"fixtures {verdict}"] += 1
        print(f"{fixture.row:<26} {fixture.rule or 'none':<18} {verdict}", flush=True)
    print()
    print(*table.lines(), sep="\n")
    print()
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))


if __name__ == "__main__":
    main()
