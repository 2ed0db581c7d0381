"""The detectors of the network and the link, in the order in which they are fed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.detect.detectors.arp_changed import ArpChanged
from netwatch.detect.detectors.arp_duplicate_ip import ArpDuplicateIp
from netwatch.detect.detectors.arp_flipflop import ArpFlipflop
from netwatch.detect.detectors.arp_gratuitous import ArpGratuitous
from netwatch.detect.detectors.arp_mismatch import ArpMismatch
from netwatch.detect.detectors.arp_spoof import ArpSpoof
from netwatch.detect.detectors.backscatter import Backscatter
from netwatch.detect.detectors.baseline_deviation import BaselineDeviation
from netwatch.detect.detectors.c2_beacon import C2Beacon
from netwatch.detect.detectors.c2_long import C2Long
from netwatch.detect.detectors.capture_loss import CaptureLoss
from netwatch.detect.detectors.dhcp_rogue import DhcpRogue
from netwatch.detect.detectors.dhcp_starve import DhcpStarve
from netwatch.detect.detectors.dns_amplify import DnsAmplify
from netwatch.detect.detectors.exfil_volume import ExfilVolume
from netwatch.detect.detectors.flood_icmp import FloodIcmp
from netwatch.detect.detectors.flood_syn import FloodSyn
from netwatch.detect.detectors.flood_udp import FloodUdp
from netwatch.detect.detectors.icmp_redirect import IcmpRedirect
from netwatch.detect.detectors.icmp_tunnel import IcmpTunnel
from netwatch.detect.detectors.lab_changes import LabArp, LabHalfOpen
from netwatch.detect.detectors.lab_counts import LabPort, LabPorts, LabSyn
from netwatch.detect.detectors.link_mac_flood import LinkMacFlood
from netwatch.detect.detectors.nd_spoof import NdSpoof
from netwatch.detect.detectors.new_host import NewHost
from netwatch.detect.detectors.new_peer import NewPeer
from netwatch.detect.detectors.new_service import NewService
from netwatch.detect.detectors.nr_poison import NrPoison
from netwatch.detect.detectors.port_admin_inet import PortAdminInet
from netwatch.detect.detectors.port_backdoor import PortBackdoor
from netwatch.detect.detectors.quality_checksum import QualityChecksum
from netwatch.detect.detectors.quality_retrans import QualityRetrans
from netwatch.detect.detectors.ra_rogue import RaRogue
from netwatch.detect.detectors.scan_ack import ScanAck
from netwatch.detect.detectors.scan_block import ScanBlock
from netwatch.detect.detectors.scan_distributed import ScanDistributed
from netwatch.detect.detectors.scan_horizontal import ScanHorizontal
from netwatch.detect.detectors.scan_stealth import ScanStealth
from netwatch.detect.detectors.scan_udp import ScanUdp
from netwatch.detect.detectors.scan_vertical import ScanVertical
from netwatch.detect.detectors.sweep_arp import SweepArp
from netwatch.detect.detectors.sweep_icmp import SweepIcmp
from netwatch.detect.detectors.tcp_half_open import TcpHalfOpen
from netwatch.detect.detectors.tcp_rst_burst import TcpRstBurst
from netwatch.detect.detectors.tcp_rst_inject import TcpRstInject
from netwatch.detect.detectors.trace_route import TraceRoute

if TYPE_CHECKING:
    from netwatch.detect.detector import Detector

NETWORK: Final[tuple[type[Detector[Any]], ...]] = (
    FloodSyn,
    DnsAmplify,
    FloodUdp,
    FloodIcmp,
    Backscatter,
    LinkMacFlood,
    ScanVertical,
    ScanHorizontal,
    ScanBlock,
    ScanDistributed,
    ScanUdp,
    ScanStealth,
    ScanAck,
    SweepIcmp,
    SweepArp,
    TraceRoute,
    TcpHalfOpen,
    TcpRstBurst,
    TcpRstInject,
    ArpSpoof,
    ArpDuplicateIp,
    ArpFlipflop,
    ArpChanged,
    ArpGratuitous,
    ArpMismatch,
    NdSpoof,
    RaRogue,
    DhcpRogue,
    DhcpStarve,
    NrPoison,
    IcmpTunnel,
    IcmpRedirect,
    PortBackdoor,
    PortAdminInet,
    C2Beacon,
    C2Long,
    ExfilVolume,
    BaselineDeviation,
    NewHost,
    NewService,
    NewPeer,
    CaptureLoss,
    QualityRetrans,
    QualityChecksum,
    LabPorts,
    LabSyn,
    LabPort,
    LabArp,
    LabHalfOpen,
)
"""Parents before the children that they hide."""
