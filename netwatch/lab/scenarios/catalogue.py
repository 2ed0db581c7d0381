"""Every scenario by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.lab.scenarios import benign, intrusions, names, scans

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.lab.scenarios.scene import Scene

SCENARIOS: Final[dict[str, Callable[[Scene], None]]] = {
    "scan-syn": scans.scan_syn,
    "scan-connect": scans.scan_connect,
    "scan-null": scans.scan_null,
    "scan-fin": scans.scan_fin,
    "scan-xmas": scans.scan_xmas,
    "scan-maimon": scans.scan_maimon,
    "scan-ack": scans.scan_ack,
    "scan-udp": scans.scan_udp,
    "scan-horizontal": scans.scan_horizontal,
    "scan-block": scans.scan_block,
    "sweep-icmp": scans.sweep_icmp,
    "sweep-arp": scans.sweep_arp,
    "syn-demo": scans.syn_demo,
    "arp-spoof": intrusions.arp_spoof,
    "dns-exfil": names.dns_exfil,
    "dns-tunnel": names.dns_tunnel,
    "dga": names.dga,
    "http-attacks": intrusions.http_attacks,
    "http-scanner": intrusions.http_scanner,
    "beacon": intrusions.beacon,
    "brute-force": intrusions.brute_force,
    "cleartext": intrusions.cleartext,
    "benign-browsing": benign.browsing,
    "benign-names": benign.long_names,
    "benign-lease": benign.new_lease,
    "benign-requests": benign.harmless_requests,
    "benign-regular": benign.regular,
}
