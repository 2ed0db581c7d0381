"""Prints which detector fires on which labelled capture: `python -m tests.detect.scorecard [PROFILE]`."""

from __future__ import annotations

import sys

from netwatch.detect.config import Profile
from tests.detect.labelled import FOLDER, labelled, session_of

EXPECTED: dict[str, tuple[str, ...]] = {
    "arp_scan": ("sweep.arp",),
    "arp_spoof": ("arp.spoof",),
    "arp_spoof_subtle": ("arp.spoof",),
    "cleartext": ("cred.clear",),
    "dga_weak": (),
    "dns_exfil": ("dns.tunnel", "dns.qtype"),
    "dns_spoof": (),
    "dns_tunnel": ("dns.tunnel", "dns.qtype"),
    "dnsbl_lookups": ("dns.nx_burst",),
    "ftp_bruteforce": ("brute.ftp",),
    "host_scan": ("scan.horizontal", "sweep.arp"),
    "http_smuggling": (),
    "icmp_tunnel": ("icmp.tunnel",),
    "log4shell": ("http.rce", "sig.payload"),
    "mac_flood": ("link.mac_flood",),
    "malware_c2": (),
    "port_scan": ("scan.vertical", "scan.block"),
    "port_scan_small": ("scan.vertical", "scan.stealth"),
    "rat": (),
    "reverse_shell": ("port.backdoor", "sig.payload"),
    "shell_payload_weak": (),
    "single_port_probe": (),
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
"""Rules of which one has to fire on captures with a label; () where nobody can be asked to see it."""
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


def main() -> None:
    """Print the table and its sums."""
    profile = Profile(sys.argv[1]) if len(sys.argv) > 1 else Profile.BALANCED
    verdicts: dict[str, int] = {}
    for each in labelled():
        verdict, told = row(each.file, each.label, profile)
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
        names = {name: told.count(name) for name in told}
        text = ", ".join(name + (f" x{count}" if count > 1 else "") for name, count in names.items())
        print(f"{verdict:<14} {each.label:<20} {each.file[:60]:<60} {text}", flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))


if __name__ == "__main__":
    main()
