"""Protocol groups: few enough for the colours of a graph, each packet in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_RARP,
    PROTOCOL_GRE,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_NONE,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
)
from netwatch.track.traffic_leaf import LEAVES

if TYPE_CHECKING:
    from netwatch.track.traffic_leaf import Leaf

_BY_APPLICATION: Final = {
    "TLS": ("TLS", "DTLS"),
    "QUIC": ("QUIC",),
    "HTTP": ("HTTP",),
    "SSH": ("SSH",),
    "DNS": ("DNS",),
    "mail": ("SMTP", "IMAP", "POP", "SIEVE"),
    "files": ("SMB", "NBSS", "NFS", "AFP", "FTP", "FTP-DATA", "TFTP", "RSYNC", "iSCSI", "NDMP", "SVN", "Git"),
    "databases": (
        "MySQL", "PGSQL", "TDS", "TNS", "DB2", "MongoDB", "RESP", "MEMCACHE", "CQL", "Kafka", "ETCD", "ZooKeeper",
    ),
    "voice, video": (
        "SIP", "RTP", "RTCP", "RTSP", "RTMP", "STUN", "MGCP", "SCCP", "IAX2", "H.225", "H.248", "MS-STREAMING",
    ),
    "remote desktop": ("RDP", "VNC", "X11", "ICA", "TELNET", "RLOGIN", "RSH", "REXEC", "XDMCP"),
    "VPN, tunnels": (
        "OpenVPN", "ISAKMP", "UDPENCAP", "L2TP", "PPTP", "Teredo", "VXLAN", "Geneve", "GTP", "LISP", "CAPWAP", "TZSP",
    ),
    "directory": ("KRB5", "KPASSWD", "LDAP", "RADIUS", "Diameter", "TACACS", "DCERPC", "RPC"),
    "DHCP": ("DHCP", "DHCPv6"),
    "NTP": ("NTP", "PTP"),
    "discovery": ("mDNS", "LLMNR", "SSDP", "WSD", "NBNS", "NBDS", "WINS", "SLP", "BT-LSD", "DB-LSP", "NAT-PMP"),
    "monitoring": ("SNMP", "SYSLOG", "NetFlow", "IPFIX", "sFlow", "Zabbix", "RMCP"),
    "industry": ("Modbus", "DNP3", "ENIP", "COTP", "IEC104", "OPC-UA", "BACnet", "MQTT", "CoAP", "OMRON", "EtherCAT"),
    "routing": ("BGP", "RIP", "RIPng", "HSRP", "GLBP", "BFD", "LDP", "OLSR", "MSDP"),
}  # fmt: skip
"""Names of APPLICATIONS by group."""

_BY_PROTOCOL: Final = {
    PROTOCOL_TCP: "other TCP",
    PROTOCOL_UDP: "other UDP",
    PROTOCOL_ICMP: "ICMP",
    PROTOCOL_ICMPV6: "ICMP",
    PROTOCOL_GRE: "VPN, tunnels",
    50: "VPN, tunnels",  # ESP
    51: "VPN, tunnels",  # AH
    2: "routing",  # IGMP
    88: "routing",  # EIGRP
    89: "routing",  # OSPF
    103: "routing",  # PIM
    112: "routing",  # VRRP
}

GROUPS: Final = (*_BY_APPLICATION, "other TCP", "other UDP", "ICMP", "other IP", "ARP", "not IP")
"""Names by number."""


def _group(leaf: Leaf) -> str:
    if leaf.protocol == PROTOCOL_NONE:
        return "ARP" if leaf.ethertype in (ETHERTYPE_ARP, ETHERTYPE_RARP) else "not IP"
    for name, applications in _BY_APPLICATION.items():
        if leaf.application in applications:
            return name
    return _BY_PROTOCOL.get(leaf.protocol, "other IP")


GROUP_OF_LEAF: Final = np.array([GROUPS.index(_group(leaf)) for leaf in LEAVES], np.intp)
"""Number in GROUPS by place in LEAVES."""
