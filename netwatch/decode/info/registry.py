"""Which reader reads what: by EtherType, IP protocol, link type, and for payloads by their first byte, then by port."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode import services
from netwatch.decode.info import (
    aaa,
    arp,
    commands,
    databases,
    dhcp,
    directory,
    discovery,
    dns,
    eapol,
    ethernet,
    greetings,
    http,
    icmp,
    icmpv6,
    igmp,
    industrial,
    link,
    llc,
    messaging,
    netbios,
    ntp,
    operations,
    peer,
    ppp,
    quic,
    routing,
    sctp,
    smb,
    snmp,
    ssh,
    start_line,
    stun,
    tls,
    tpkt,
    tunnel,
    vpn,
    wlan,
)
from netwatch.decode.info.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netwatch.decode.info.reading import Context, Reader


class Application(NamedTuple):
    """When a reader of payloads is asked."""

    read: Reader
    ports: tuple[int, ...] = ()
    """Either end on one of these is enough."""
    first_bytes: bytes = b""
    """On any port, when the payload begins with one of these; only for readers that cannot mistake it."""
    anywhere: bool = False
    """On any port, when no other reader knows the payload; only for such readers, too."""


class Applications(NamedTuple):
    """The readers of one transport protocol, indexed for look-up."""

    by_first_byte: tuple[tuple[Reader, ...], ...]
    by_port: Mapping[int, tuple[Reader, ...]]
    anywhere: tuple[Reader, ...]

    def read(self, payload: bytes, context: Context) -> Reading | None:
        """Return what the first reader that knows `payload` says: contents before ports. `payload` is not empty."""
        for reader in self.by_first_byte[payload[0]]:
            reading = reader(payload, context)
            if reading is not None:
                return reading
        ports = (context.destination_port, context.source_port)
        for reader in (*(each for port in ports for each in self.by_port.get(port, ())), *self.anywhere):
            reading = reader(payload, context)
            if reading is not None:
                return reading
        return None


def by_port_alone(context: Context, *, udp: bool, whole: bool) -> Reading | None:
    """Return the protocol of the well-known port that the conversation uses, if it uses one.

    Where a reader of the port refused a `whole` datagram, the port means nothing; a segment may be the middle of a
    message.
    """
    if (
        udp
        and whole
        and not UDP_APPLICATIONS.by_port.keys().isdisjoint((context.source_port, context.destination_port))
    ):
        return None
    name = services.service_of(context.source_port, context.destination_port, udp=udp)
    if not name or (udp and name not in services.SPOKEN_IN_UDP):
        return None
    protocol = services.service_protocol(name, udp=udp)
    return Reading(protocol, "", _KINDS.get(protocol, ""))


def _indexed(applications: tuple[Application, ...]) -> Applications:
    by_port: defaultdict[int, tuple[Reader, ...]] = defaultdict(tuple)
    for application in applications:
        for port in application.ports:
            by_port[port] += (application.read,)
    by_first_byte = tuple(
        tuple(application.read for application in applications if first in application.first_bytes)
        for first in range(256)
    )
    anywhere = tuple(application.read for application in applications if application.anywhere)
    return Applications(by_first_byte, dict(by_port), anywhere)


_KINDS = {
    "DNS": "dns", "mDNS": "dns", "LLMNR": "dns", "NBNS": "dns", "HTTP": "http", "TLS": "tls", "DTLS": "tls",
    "QUIC": "tls", "BGP": "routing", "RIP": "routing", "RIPng": "routing", "LDP": "routing", "HSRP": "routing",
    "BFD": "routing",
}  # fmt: skip
"""Colour class of protocols that their port alone gave away."""

TCP_APPLICATIONS: Final = _indexed(
    (
        Application(tls.read_tls, first_bytes=tls.FIRST_BYTES),
        Application(http.read_http, first_bytes=http.FIRST_BYTES),
        Application(http.read_http2, first_bytes=b"P"),
        Application(ssh.read_ssh_banner, first_bytes=b"S"),
        Application(start_line.read_sip_or_rtsp, (5060, 554, 8554, 1344), first_bytes=b"SRIDAOBMNPCUTG"),
        Application(smb.read_smb, first_bytes=smb.FIRST_BYTES),
        Application(tpkt.read_tpkt, (102, 1720), first_bytes=tpkt.FIRST_BYTES),
        Application(peer.read_bittorrent, first_bytes=b"\x13"),
        Application(messaging.read_mqtt_connect, first_bytes=messaging.MQTT_CONNECT),
        Application(stun.read_stun, first_bytes=stun.FIRST_BYTES),
        Application(tls.read_sslv2, (443, 993, 995, 465), first_bytes=b"\x80"),
        Application(routing.read_bgp, first_bytes=b"\xff"),
        Application(greetings.read_code_greeting, first_bytes=b"2"),
        Application(greetings.read_hello, first_bytes=b"EHLehl"),
        Application(greetings.read_pop_greeting, first_bytes=b"+"),
        Application(greetings.read_imap_greeting, first_bytes=b"*"),
        Application(greetings.read_redis_command, first_bytes=b"*"),
        Application(greetings.read_mysql_greeting, first_bytes=greetings.MYSQL_FIRST_BYTES),
        Application(greetings.read_postgres_startup, first_bytes=b"\0"),
        Application(greetings.read_ldap_bind, first_bytes=b"\x30"),
        Application(dns.read_dns_tcp, (53,)),
        Application(ssh.read_ssh, (22,)),
        Application(commands.read_ftp, (21,)),
        Application(commands.read_smtp, (25, 587, 2525)),
        Application(commands.read_pop, (110,)),
        Application(commands.read_imap, (143,)),
        Application(commands.read_nntp, (119,)),
        Application(commands.read_irc, (194, 6665, 6666, 6667, 6668, 6669, 7000)),
        Application(peer.read_telnet, (23,)),
        Application(netbios.read_session, (139,)),
        Application(directory.read_ldap, (389, 3268)),
        Application(directory.read_kerberos_tcp, (88,)),
        Application(messaging.read_mqtt, (1883,)),
        Application(messaging.read_amqp, (5672,)),
        Application(messaging.read_xmpp, (5222, 5269)),
        Application(databases.read_mysql, (3306,)),
        Application(databases.read_postgres, (5432,)),
        Application(databases.read_redis, (6379,)),
        Application(databases.read_tds, (1433,)),
        Application(databases.read_tns, (1521,)),
        Application(databases.read_memcached, (11211,)),
        Application(industrial.read_modbus, (502,)),
        Application(industrial.read_dnp3, (20000,)),
        Application(industrial.read_iec104, (2404,)),
        Application(industrial.read_enip, (44818,)),
        Application(operations.read_rpc_tcp, (111, 2049)),
        Application(aaa.read_tacacs, (49,)),
        Application(aaa.read_diameter, (3868,)),
        Application(vpn.read_openvpn_tcp, (1194,)),
        Application(routing.read_ldp, (646,)),
        Application(peer.read_socks, (1080,)),
        Application(peer.read_vnc, (5900, 5901)),
        Application(stun.read_classic_stun, (3478,)),
        Application(operations.read_syslog, (514, 601)),
    )
)

UDP_APPLICATIONS: Final = _indexed(
    (
        Application(stun.read_stun, first_bytes=stun.FIRST_BYTES),
        Application(quic.read_quic_long, first_bytes=quic.FIRST_BYTES),
        Application(tls.read_dtls, first_bytes=tls.DTLS_FIRST_BYTES),
        Application(vpn.read_wireguard, first_bytes=vpn.WIREGUARD_FIRST_BYTES),
        Application(start_line.read_ssdp, first_bytes=b"MNH"),
        Application(start_line.read_sip_or_rtsp, (5060,), first_bytes=b"SRIDAOBMNPCU"),
        Application(peer.read_dht, first_bytes=b"d"),
        Application(peer.read_local_discovery, first_bytes=b"B{"),
        Application(ethernet.read_wake_on_lan, first_bytes=b"\xff"),
        Application(dns.read_dns, (53,)),
        Application(dns.read_dns_elsewhere, anywhere=True),
        Application(dns.read_mdns, (5353,)),
        Application(dns.read_llmnr, (5355,)),
        Application(dns.read_nbns, (137,)),
        Application(netbios.read_datagram, (138,)),
        Application(dhcp.read_dhcp, (67, 68)),
        Application(dhcp.read_dhcpv6, (546, 547)),
        Application(ntp.read_ntp, (123,)),
        Application(quic.read_quic, (443, 80)),
        Application(snmp.read_snmp, (161, 162)),
        Application(directory.read_ldap, (389,)),
        Application(directory.read_kerberos, (88,)),
        Application(vpn.read_isakmp, (500, 4500)),
        Application(tunnel.read_udp_encapsulated_esp, (4500,)),
        Application(vpn.read_openvpn, (1194,)),
        Application(operations.read_tftp, (69,)),
        Application(operations.read_syslog, (514,)),
        Application(operations.read_flow_export, (2055, 4739, 9995, 9996)),
        Application(operations.read_sflow, (6343,)),
        Application(operations.read_rpc, (111, 2049)),
        Application(aaa.read_radius, (1812, 1813, 1645, 1646, 3799)),
        Application(routing.read_rip, (520, 521)),
        Application(routing.read_hsrp, (1985, 2029)),
        Application(routing.read_ldp, (646,)),
        Application(routing.read_bfd, (3784, 4784, 6784)),
        Application(tunnel.read_l2tp, (1701,)),
        Application(tunnel.read_vxlan, (4789, 8472)),
        Application(tunnel.read_geneve, (6081,)),
        Application(tunnel.read_gtp, (2123, 2152, 3386)),
        Application(tunnel.read_teredo, (3544,)),
        Application(ethernet.read_ptp, (319, 320)),
        Application(messaging.read_coap, (5683,)),
        Application(industrial.read_bacnet, (47808,)),
        Application(industrial.read_enip, (44818,)),
        Application(peer.read_ws_discovery, (3702,)),
        Application(databases.read_memcached, (11211,)),
        Application(stun.read_classic_stun, (3478,)),
    )
)

IP_PROTOCOLS: Final[Mapping[int, Reader]] = {
    1: icmp.read_icmp,
    2: igmp.read_igmp,
    33: sctp.read_dccp,
    46: routing.read_rsvp,
    47: tunnel.read_gre,
    50: tunnel.read_esp,
    51: tunnel.read_ah,
    58: icmpv6.read_icmpv6,
    88: routing.read_eigrp,
    89: routing.read_ospf,
    97: tunnel.read_etherip,
    103: routing.read_pim,
    108: tunnel.read_ipcomp,
    112: routing.read_vrrp,
    115: tunnel.read_l2tp_over_ip,
    132: sctp.read_sctp,
    135: icmpv6.read_mobility,
}

ETHERTYPES: Final[Mapping[int, Reader]] = {
    0x0001: llc.read_llc,
    0x0806: arp.read_arp,
    0x0842: ethernet.read_wake_on_lan,
    0x8035: arp.read_arp,
    0x8137: llc.read_ipx,
    0x8138: llc.read_ipx,
    0x8808: ethernet.read_pause,
    0x8809: ethernet.read_slow,
    0x8847: tunnel.read_mpls,
    0x8848: tunnel.read_mpls,
    0x8863: ppp.read_pppoe_discovery,
    0x8864: ppp.read_pppoe_session,
    0x888E: eapol.read_eapol,
    0x8892: ethernet.read_profinet,
    0x88CC: discovery.read_lldp,
    0x88E5: ethernet.read_macsec,
    0x88E7: ethernet.read_backbone,
    0x894F: tunnel.read_nsh,
    0x88F7: ethernet.read_ptp,
    0x8902: ethernet.read_cfm,
    0x9000: ethernet.read_loop,
    0xFEFE: llc.read_osi,
}
"""The key 1 is ETHERTYPE_LLC of PacketBatch."""

LINK_TYPES: Final[Mapping[int, Reader]] = {
    9: ppp.read_ppp,
    50: ppp.read_ppp,
    105: wlan.read_wlan,
    119: link.read_prism,
    127: wlan.read_wlan,
    163: link.read_avs,
    104: link.read_cisco_hdlc,
    192: link.read_ppi,
    227: link.read_can,
}
"""Readers of frames whose link type has no EtherType, or where none was found."""
