"""Which Scapy modules read which protocols, imported when a packet needs them and kept from writing to the terminal."""

from __future__ import annotations

import logging
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

BASICS: Final = (
    "layers.l2", "layers.inet", "layers.inet6", "layers.dns", "layers.dhcp", "layers.dhcp6", "layers.ntp",
    "layers.http", "layers.sctp", "layers.vxlan", "layers.ppp", "layers.llmnr", "layers.netbios", "layers.snmp",
    "layers.radius", "layers.tftp", "layers.l2tp", "layers.vrrp", "layers.hsrp", "layers.rip", "layers.isakmp",
    "layers.eap", "layers.mobileip", "layers.pptp", "layers.ipsec", "contrib.mpls", "contrib.geneve", "contrib.erspan",
    "contrib.igmp", "contrib.igmpv3", "contrib.etherip", "contrib.macsec",
)  # fmt: skip
"""Modules that bind themselves to the layers below, so that nearly every packet is read without importing more."""

BY_PROTOCOL: Final = {
    "802.11": ("layers.dot11",), "EAPOL": ("layers.dot11",), "QUIC": ("layers.quic",),
    "SMB": ("layers.smb", "layers.smb2"), "SMB2": ("layers.smb", "layers.smb2"), "NBDS": ("layers.smb",),
    "LDAP": ("layers.ldap",), "KRB5": ("layers.kerberos",), "SSH": ("layers.ssh",), "RTP": ("layers.rtp",),
    "MGCP": ("layers.mgcp",), "SCCP": ("layers.skinny",), "NetFlow": ("layers.netflow",), "IPFIX": ("layers.netflow",),
    "CAN": ("layers.can",), "802.15.4": ("layers.dot15d4", "layers.sixlowpan"), "DCERPC": ("layers.dcerpc",),
    "LLDP": ("contrib.lldp",), "CDP": ("contrib.cdp",), "DTP": ("contrib.dtp",), "VTP": ("contrib.vtp",),
    "OSPF": ("contrib.ospf",), "EIGRP": ("contrib.eigrp",), "PIM": ("contrib.pim",), "BGP": ("contrib.bgp",),
    "LDP": ("contrib.ldp",), "BFD": ("contrib.bfd",), "RIPng": ("contrib.ripng",), "RSVP": ("contrib.rsvp",),
    "ISIS": ("layers.clns", "contrib.isis"), "MQTT": ("contrib.mqtt",), "CoAP": ("contrib.coap",),
    "Modbus": ("contrib.modbus",), "ENIP": ("contrib.enipTCP",), "IEC104": ("contrib.scada.iec104",),
    "PROFINET": ("contrib.pnio", "contrib.pnio_dcp"), "PN-DCP": ("contrib.pnio", "contrib.pnio_dcp"),
    "EtherCAT": ("contrib.ethercat",), "GTP": ("contrib.gtp",), "GTP'": ("contrib.gtp",), "GTPv2": ("contrib.gtp_v2",),
    "LACP": ("contrib.lacp",), "OAM": ("contrib.oam",), "STUN": ("contrib.stun",), "PTP": ("contrib.ptp_v2",),
    "NSH": ("contrib.nsh",), "WireGuard": ("contrib.wireguard",), "TACACS+": ("contrib.tacacs",),
    "Diameter": ("contrib.diameter",), "Portmap": ("contrib.oncrpc", "contrib.portmap"),
    "RPC": ("contrib.oncrpc", "contrib.portmap", "contrib.mount", "contrib.nfs"),
    "MOUNT": ("contrib.oncrpc", "contrib.mount"), "NFS": ("contrib.oncrpc", "contrib.nfs"),
    "NLM": ("contrib.oncrpc", "contrib.nlm"), "HomePlug-AV": ("contrib.homeplugav",), "AoE": ("contrib.aoe",),
    "RTPS": ("contrib.rtps",), "DoIP": ("contrib.automotive.doip",), "OpenFlow": ("contrib.openflow",),
    "TZSP": ("contrib.tzsp",), "PFCP": ("contrib.pfcp",), "SOCKS": ("contrib.socks",), "PGSQL": ("contrib.postgres",),
    "MySQL": ("contrib.mysql",), "RTSP": ("contrib.rtsp",), "ISAKMP": ("contrib.ikev2",), "PAUSE":
    ("contrib.mac_control",), "HTTP2": ("contrib.http2",), "SLARP": ("contrib.chdlc",), "CHDLC": ("contrib.chdlc",),
    "RTCP": ("contrib.rtcp",), "VQP": ("contrib.vqp",), "DICOM": ("contrib.dicom",), "ESMC": ("contrib.esmc",),
}  # fmt: skip
"""Modules by the protocol of the packet's row."""

BY_LINK_TYPE: Final = {
    104: ("contrib.chdlc",), 105: ("layers.dot11",), 117: ("layers.pflog",), 119: ("layers.dot11",),
    127: ("layers.dot11",), 163: ("contrib.avs",), 187: ("layers.bluetooth",), 189: ("layers.usb",),
    192: ("layers.ppi", "layers.dot11"), 195: ("layers.dot15d4", "layers.sixlowpan"), 201: ("layers.bluetooth",),
    227: ("layers.can",), 230: ("layers.dot15d4", "layers.sixlowpan"), 249: ("layers.usb",),
    251: ("layers.bluetooth4LE",), 254: ("layers.bluetooth",), 256: ("layers.bluetooth4LE",),
}  # fmt: skip
"""Modules by LINKTYPE_ value."""


def never() -> bool:
    """Return that it is not enough yet."""
    return False


def import_basics(enough: Callable[[], bool] = never) -> None:
    """Import the modules of BASICS that this version of Scapy has, unless it is `enough` before.

    Raises:
        Exception: whatever Scapy's own start-up meets.
    """
    silence()
    import_module("scapy.layers.inet")
    _import_each(BASICS, enough)
    if enough():
        return
    from scapy.config import conf

    # A compressed body grows without limit, and its bytes would not be those of the frame any more
    conf.contribs["http"]["auto_compression"] = False


def import_for(protocol: str, link_type: int) -> None:
    """Import what reads packets of `protocol` or of `link_type`, as far as this version of Scapy has it."""
    _import_each(BY_LINK_TYPE.get(link_type, ()) + BY_PROTOCOL.get(protocol, ()))


def silence() -> None:
    """Turn Scapy's log and warnings away from standard error, which is the screen."""
    for name in ("scapy", *logging.Logger.manager.loggerDict):
        if name == "scapy" or name.startswith("scapy."):
            logger = logging.getLogger(name)
            logger.handlers = [logging.NullHandler()]
            logger.propagate = False
    warnings.filterwarnings("ignore", module=r"scapy\b")


def _import_each(modules: tuple[str, ...], enough: Callable[[], bool] = never) -> None:
    for module in modules:
        if enough():
            break
        try:
            import_module(f"scapy.{module}")
        except ImportError:
            continue  # another version of Scapy has this protocol elsewhere or not at all
    silence()
