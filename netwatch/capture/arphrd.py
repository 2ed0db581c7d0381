"""The kernel's hardware types (ARPHRD_, linux/if_arp.h) as the LINKTYPE_ values of the frames they stand for."""

from __future__ import annotations

from typing import Final

from netwatch.capture.frames import (
    LINKTYPE_ETHERNET,
    LINKTYPE_IEEE802_11,
    LINKTYPE_IEEE802_11_RADIOTAP,
    LINKTYPE_LINUX_SLL2,
    LINKTYPE_RAW,
)

_LINK_TYPES: Final = {
    1: LINKTYPE_ETHERNET,  # ETHER
    6: 6,  # IEEE802 -> IEEE802_5
    32: 247,  # INFINIBAND
    280: 227,  # CAN -> CAN_SOCKETCAN
    513: 104,  # HDLC -> C_HDLC
    518: LINKTYPE_RAW,  # RAWHDLC
    519: LINKTYPE_RAW,  # RAWIP
    768: LINKTYPE_RAW,  # TUNNEL, IP in IP
    769: LINKTYPE_RAW,  # TUNNEL6
    772: LINKTYPE_ETHERNET,  # LOOPBACK
    774: 10,  # FDDI
    776: LINKTYPE_RAW,  # SIT
    801: LINKTYPE_IEEE802_11,
    802: 119,  # IEEE80211_PRISM -> IEEE802_11_PRISM
    803: LINKTYPE_IEEE802_11_RADIOTAP,
    804: 230,  # IEEE802154 -> IEEE802_15_4_NOFCS
    826: 271,  # VSOCKMON
    0xFFFE: LINKTYPE_RAW,  # NONE: tun, WireGuard
}
# as map_arphrd_to_dlt() in libpcap's pcap-linux.c, but for TUNNEL6 and RAWIP, whose frames begin with an IP header too


_SWITCH_TAGS: Final = {"brcm": 281, "brcm-prepend": 282, "dsa": 284, "edsa": 285}
"""LINKTYPE_ values of an Ethernet port that carries the tags of a switch chip, by /sys/class/net/NAME/dsa/tagging."""


def link_type_of_hardware(hardware: int, switch_tagging: str = "") -> int:
    """Return the LINKTYPE_ value of the frames of an interface of the ARPHRD_ type `hardware`.

    LINKTYPE_LINUX_SLL2 where the link layer header is unknown or unreliable (PPP, GRE over several peers, netlink and
    whatever the kernel may add): such an interface must be captured on a cooked socket.
    """
    link_type = _LINK_TYPES.get(hardware, LINKTYPE_LINUX_SLL2)
    return _SWITCH_TAGS.get(switch_tagging, link_type) if link_type == LINKTYPE_ETHERNET else link_type
