"""Names of IP protocols, EtherTypes, link types and LLC service access points, as columns and lines show them."""

from __future__ import annotations

IP_PROTOCOLS = {
    0: "HOPOPT", 1: "ICMP", 2: "IGMP", 3: "GGP", 4: "IPIP", 5: "ST", 6: "TCP", 7: "CBT", 8: "EGP", 9: "IGP",
    12: "PUP", 17: "UDP", 27: "RDP-IP", 29: "ISO-TP4", 33: "DCCP", 36: "XTP", 41: "IPv6", 43: "IPv6-Route",
    44: "IPv6-Frag", 45: "IDRP", 46: "RSVP", 47: "GRE", 48: "DSR", 50: "ESP", 51: "AH", 55: "MOBILE", 57: "SKIP",
    58: "ICMPv6", 59: "IPv6-NoNxt", 60: "IPv6-Opts", 80: "ISO-IP", 88: "EIGRP", 89: "OSPF", 92: "MTP", 94: "IPIP94",
    97: "EtherIP", 98: "ENCAP", 103: "PIM", 108: "IPComp", 111: "IPX-in-IP", 112: "VRRP", 113: "PGM", 115: "L2TP",
    124: "IS-IS", 132: "SCTP", 133: "FC", 135: "MIPv6", 136: "UDP-Lite", 137: "MPLS-in-IP", 138: "manet", 139: "HIP",
    140: "Shim6", 141: "WESP", 142: "ROHC", 143: "Ethernet", 253: "IP-253", 254: "IP-254",
}  # fmt: skip
"""IANA's assigned Internet protocol numbers that are still seen, abbreviated as Wireshark or IANA do."""

ETHERTYPES = {
    0x0600: "XNS", 0x0800: "IPv4", 0x0805: "X.25", 0x0806: "ARP", 0x0808: "FR-ARP", 0x0842: "WoL", 0x22EA: "SRP",
    0x22F0: "AVTP", 0x22F3: "TRILL", 0x6001: "MOP-DL", 0x6002: "MOP-RC", 0x6003: "DECnet", 0x6004: "LAT",
    0x6558: "Bridging", 0x80F3: "AARP", 0x809B: "AppleTalk", 0x8035: "RARP", 0x8100: "VLAN", 0x8137: "IPX",
    0x8138: "IPX", 0x814C: "SNMP", 0x86DD: "IPv6", 0x8808: "PAUSE", 0x8809: "SLOW", 0x880B: "PPP", 0x8847: "MPLS",
    0x8848: "MPLS", 0x8863: "PPPoED", 0x8864: "PPPoES", 0x886D: "INTEL-ANS", 0x8870: "JUMBO", 0x887B: "HOMEPLUG",
    0x888E: "EAPOL", 0x8892: "PROFINET", 0x8899: "REALTEK", 0x88A2: "AoE", 0x88A4: "EtherCAT", 0x88A8: "QinQ",
    0x88AB: "POWERLINK", 0x88B5: "LOCAL-EXP", 0x88B8: "GOOSE", 0x88B9: "GSE", 0x88BA: "SV", 0x88BE: "ERSPAN",
    0x88CA: "TIPC", 0x88CC: "LLDP", 0x88CD: "SERCOS", 0x88DC: "WSMP", 0x88E1: "HomePlug-AV", 0x88E3: "MRP",
    0x88E5: "MACsec", 0x88E7: "PBB", 0x88F5: "MVRP", 0x88F6: "MMRP", 0x88F7: "PTP", 0x88F8: "NC-SI", 0x88FB: "PRP",
    0x8902: "CFM", 0x8903: "DCE", 0x8906: "FCoE", 0x890D: "TDLS", 0x8914: "FIP", 0x8915: "RoCE", 0x8909: "CMD",
    0x8917: "MIH", 0x891D: "TTE",
       0x892F: "HSR", 0x893A: "IEEE-1905", 0x893F: "802.1BR", 0x8926: "VNTAG", 0x894F: "NSH", 0x9000: "LOOP",
    0x9100: "QinQ", 0xA0ED: "LoWPAN", 0xAEFE: "eCPRI", 0xCAFE: "VSS", 0xE555: "VLACP", 0xFEFE: "ISIS",
}  # fmt: skip
"""IEEE's public EtherTypes that are still seen."""

LINK_TYPES = {
    0: "NULL", 1: "Ethernet", 3: "AX.25", 6: "TokenRing", 7: "ARCNET", 8: "SLIP", 9: "PPP", 10: "FDDI", 50: "PPP",
    51: "PPPoE", 100: "ATM", 101: "RAW", 104: "CHDLC", 105: "802.11", 107: "FrameRelay", 108: "LOOP", 109: "ENC",
    113: "SLL", 114: "LocalTalk", 117: "PFLOG", 119: "PRISM", 122: "FC", 123: "SunATM", 127: "802.11",
    129: "ARCNET", 138: "FireWire", 139: "MTP2", 140: "MTP2", 141: "MTP3", 142: "SCCP", 143: "DOCSIS", 144: "IrDA",
    163: "AVS", 165: "BACnet", 166: "PPP", 169: "GPRS-LLC", 177: "LAPD", 187: "Bluetooth", 189: "USB", 192: "PPI",
    195: "802.15.4", 201: "Bluetooth", 203: "LAPD", 209: "I2C", 212: "LIN", 215: "802.15.4", 220: "USB", 224: "FC",
    225: "FC", 226: "IPNET", 227: "CAN", 228: "IPv4", 229: "IPv6", 230: "802.15.4", 231: "D-Bus", 235: "DVB-CI",
    239: "NFLOG", 240: "netANALYZER", 242: "IPoIB", 243: "MPEG-TS", 245: "NFC", 248: "SCTP", 249: "USB",
    251: "BLE", 252: "Upper-PDU", 253: "Netlink", 254: "Bluetooth", 255: "Bluetooth", 256: "BLE", 258: "PKTAP",
    265: "SDLC", 266: "USB", 268: "ProfiBus", 271: "Vsock", 272: "Nordic-BLE", 273: "DOCSIS", 274: "Ethernet",
    276: "SLL2", 277: "SERCOS", 278: "OpenVizsla", 280: "ELEE", 283: "802.15.4", 288: "USB", 292: "ETW",
}  # fmt: skip
"""Names of LINKTYPE_ values (https://www.tcpdump.org/linktypes.html) for the protocol column."""

SERVICE_ACCESS_POINTS = {
    0x00: "NULL", 0x02: "LLC-SUB", 0x06: "IP", 0x0E: "PROWAY", 0x42: "STP", 0x4E: "EIA-RS511", 0x7E: "X.25",
    0x80: "XNS", 0x8E: "PROWAY", 0x98: "ARP", 0xAA: "SNAP", 0xBC: "VINES", 0xE0: "IPX", 0xF0: "NetBIOS",
    0xF4: "LAN-MGMT", 0xF8: "REMOTE-BOOT", 0xFE: "OSI", 0xFF: "GLOBAL",
}  # fmt: skip
"""IEEE 802.2 service access points."""


def protocol_name(number: int) -> str:
    """Return the name of an IP protocol, or `IP-` and its number."""
    return IP_PROTOCOLS.get(number) or f"IP-{number}"


def ethertype_name(number: int) -> str:
    """Return the name of an EtherType, or the number in hexadecimal."""
    return ETHERTYPES.get(number) or f"0x{number:04x}"


def link_type_name(number: int) -> str:
    """Return the name of a link type, or the number in hexadecimal."""
    return LINK_TYPES.get(number) or f"LINK-0x{number:x}"
