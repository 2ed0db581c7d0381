"""One message at least of every protocol that the other tests do not meet, given to its reader."""

from __future__ import annotations

import struct

import pytest
from packet_bytes import MAC_A, batch_of, ethernet, ipv4, ipv6, tcp, udp

from netwatch.decode.info import (
    aaa,
    databases,
    directory,
    icmpv6,
    industrial,
    llc,
    messaging,
    netbios,
    operations,
    peer,
    routing,
    stun,
    tunnel,
    vpn,
    wlan,
)
from netwatch.decode.info import (
    ethernet as on_ethernet,
)
from netwatch.decode.info.reading import Context
from netwatch.decode.row import packet_row

INNER = ipv4(6, tcp(sport=80, dport=4000))
INNER_TEXT = "carries tcp 10.0.0.1:80 > 10.0.0.2:4000"
RPC_CALL = struct.pack("!IIIIII", 7, 0, 2, 100003, 3, 6) + bytes(16)
KRB_ERROR = bytes.fromhex("7e0e300ca003020105a60502030000193000")[:-2]


@pytest.mark.parametrize(
    ("reader", "data", "expected"),
    [
        (tunnel.read_ah, b"\x06\4\0\0\0\0\0\1\0\0\0\2" + bytes(12), ("AH", "carries TCP spi=0x00000001 seq=2")),
        (tunnel.read_ipcomp, b"\x06\0\0\2", ("IPComp", "carries TCP cpi=0x0002")),
        (tunnel.read_etherip, b"\x30\0" + ethernet(0x0800, INNER), ("EtherIP", INNER_TEXT)),
        (tunnel.read_l2tp, struct.pack("!HHHHH", 0xC802, 20, 5, 0, 0) + b"\0\0\x80\x08\0\0\0\0\0\1", None),
        (
            tunnel.read_l2tp,
            struct.pack("!HHH", 2, 5, 9) + b"\xff\3\0\x21" + INNER,
            ("L2TP", f"{INNER_TEXT} tunnel=5 session=9"),
        ),
        (tunnel.read_l2tp_over_ip, b"\0\0\0\7abcd", ("L2TP", "v3 data session=0x00000007")),
        (tunnel.read_vxlan, b"\x08\0\0\0\0\0\x2a\0" + ethernet(0x0800, INNER), ("VXLAN", f"vni=42 {INNER_TEXT}")),
        (tunnel.read_gtp, b"\x30\xff\0\x28\0\0\0\x09" + INNER, ("GTP", f"G-PDU teid=0x00000009 {INNER_TEXT}")),
        (tunnel.read_gtp, b"\x48\x20\0\x08\0\0\0\1\0\0\1\0", ("GTPv2", "Create session request teid=0x00000001")),
        (tunnel.read_teredo, ipv6(58, b"\x80\0\0\0\0\1\0\2"), None),
        (
            tunnel.read_nsh,
            b"\x0f\xc2\1\1\0\0\x2a\xff" + INNER,
            ("NSH", f"path=42 index=255 {INNER_TEXT}"),
        ),
        (routing.read_rsvp, b"\x10\1\0\0", ("RSVP", "Path")),
        (routing.read_ldp, b"\0\1\0\x10\x0a\0\0\1\0\0\1\0\0\0\0\0", ("LDP", "Hello router=10.0.0.1")),
        (routing.read_bfd, b"\x20\xc0\3\x18" + bytes(20), ("BFD", "up mine=0x00000000 yours=0x00000000")),
        (
            routing.read_bgp,
            b"\xff" * 16 + b"\0\x1d\1\4\xfd\xe8\0\xb4\x0a\0\0\1\0",
            ("BGP", "OPEN as=65000 hold=180s router=10.0.0.1"),
        ),
        (routing.read_bgp, b"\xff" * 16 + b"\0\x15\3\6\2", ("BGP", "NOTIFICATION cease/2")),
        (
            routing.read_hsrp,
            b"\0\0\x10\3\x0a\x78\1\0cisco\0\0\0\x0a\0\0\1",
            ("HSRP", "v1 Hello group=1 priority=120 active address=10.0.0.1"),
        ),
        (icmpv6.read_mobility, b"\x3b\0\5\0\0\0\0\0", ("MIPv6", "Binding update")),
        (on_ethernet.read_macsec, b"\x0c\0\0\0\0\7" + bytes(30), ("MACsec", "encrypted an=0 pn=7 len=36")),
        (on_ethernet.read_pause, b"\0\1\xff\xff", ("PAUSE", "65535 quanta")),
        (on_ethernet.read_cfm, b"\xa0\1\0\0", ("CFM", "Continuity Check level=5")),
        (on_ethernet.read_profinet, b"\x80\0\1\2", ("PROFINET", "frame 0x8000 0102")),
        (
            on_ethernet.read_profinet,
            b"\xfe\xfe\5\0\0\0\0\1\0\1\0\x08" + b"\2\2\0\4plc1",
            ("PN-DCP", "Identify request name=plc1"),
        ),
        (on_ethernet.read_backbone, b"\0\0\0\x2a" + ethernet(0x0800, INNER), ("PBB", f"isid=42 {INNER_TEXT}")),
        (llc.read_ipx, b"\xff\xff\0\x1e\0\4" + bytes(4) + b"\xff" * 6 + b"\4\x52" + bytes(4) + MAC_A + b"\4\x53", None),
        (netbios.read_session, b"\x85\0\0\0", ("NBSS", "keep-alive")),
        (directory.read_kerberos, KRB_ERROR, ("KRB5", "KRB-ERROR pre-authentication required")),
        (
            directory.read_ldap,
            b"\x30\x19\2\1\2\x63\x14\4\x09o=example\x0a\1\2\x0a\1\0\2\1\0",
            ("LDAP", 'searchRequest "o=example" subtree id=2'),
        ),
        (messaging.read_amqp, b"AMQP\0\0\x09\1", ("AMQP", "Protocol header 0-0-9-1")),
        (messaging.read_amqp, b"\1\0\1\0\0\0\x05\0\x3c\0\x28x\xce", ("AMQP", "Basic method 40 channel=1")),
        (messaging.read_mqtt, b"\x30\x09\0\5topicHI", ("MQTT", "Publish topic qos=0")),
        (messaging.read_mqtt, b"\x82\x0a\0\1\0\5topic\0", ("MQTT", "Subscribe topic")),
        (messaging.read_mqtt, b"\x82\x0b\0\1\0\0\5topic\0", ("MQTT", "Subscribe topic")),
        (messaging.read_xmpp, b"<presence from='a@b'/>", None),
        (databases.read_tds, b"\x12\1\0\x10\0\0\0\0" + bytes(8), ("TDS", "Prelogin 16 bytes")),
        (databases.read_tns, b"\0\x10\0\0\1\0\0\0" + bytes(8), ("TNS", "Connect")),
        (databases.read_memcached, b"get key\r\n", ("MEMCACHE", "get key")),
        (databases.read_memcached, b"\0\1\0\0\0\1\0\0stats\r\n", ("MEMCACHE", "stats")),
        (industrial.read_dnp3, b"\x05\x64\x0b\xc4\1\0\2\0ab" + b"\xc0\xc0\1", ("DNP3", "2 > 1 Read")),
        (industrial.read_iec104, b"\x68\4\x07\0\0\0", ("IEC104", "U STARTDT act")),
        (
            industrial.read_iec104,
            b"\x68\x0e\2\0\4\0\x64\1\6\0" + bytes(6),
            ("IEC104", "I tx=1 rx=2 type=100 cause=6"),
        ),
        (industrial.read_enip, b"\x65\0\4\0\1\0\0\0" + bytes(20), ("ENIP", "Register Session session=0x00000001")),
        (industrial.read_bacnet, b"\x81\x0b\0\x0c\1\x20\xff\xff\0\xff\x10\x08", ("BACnet", "Who-Is")),
        (
            industrial.read_modbus,
            struct.pack("!HHHBBB", 1, 0, 3, 9, 0x83, 2),
            ("Modbus", "Read Holding Registers response unit=9 id=1 exception=illegal address"),
        ),
        (operations.read_flow_export, struct.pack("!HHIII", 10, 40, 0, 7, 9), ("IPFIX", "length=40 seq=7 domain=9")),
        (
            operations.read_sflow,
            struct.pack("!IIIIIII", 5, 1, 0x0A000001, 0, 8, 0, 3),
            ("sFlow", "v5 agent=10.0.0.1 seq=8 3 samples"),
        ),
        (operations.read_rpc, RPC_CALL, ("NFS", "v3 READ call xid=0x00000007")),
        (operations.read_rpc, struct.pack("!III", 7, 1, 0) + bytes(12), ("RPC", "Reply accepted xid=0x00000007")),
        (operations.read_rpc_tcp, b"\x80\0\0\x28" + RPC_CALL, ("NFS", "v3 READ call xid=0x00000007")),
        (operations.read_tftp, b"\0\3\0\x09" + bytes(512), ("TFTP", "Data block=9 len=512")),
        (operations.read_tftp, b"\0\5\0\1not found\0", ("TFTP", "Error 1 not found")),
        (aaa.read_tacacs, b"\xc0\1\1\0\0\0\0\x2a\0\0\0\0", ("TACACS+", "Authentication request session=0x0000002a")),
        (
            aaa.read_diameter,
            b"\1\0\0\x14\x80\0\1\1" + bytes(12),
            ("Diameter", "Capabilities-Exchange Request application=0"),
        ),
        (peer.read_socks, b"\5\2\0\2", ("SOCKS", "v5 2 methods offered")),
        (peer.read_socks, b"\5\1\0\3\x0bexample.com\1\xbb", ("SOCKS", "v5 Connect example.com:443")),
        (peer.read_socks, b"\4\1\0\x50\x0a\0\0\1\0", ("SOCKS", "v4 Connect 10.0.0.1:80")),
        (peer.read_ws_discovery, b"<e><a>http://docs.oasis-open.org/ws-dd/discovery/Probe</a>", ("WSD", "Probe")),
        (peer.read_local_discovery, b"BT-SEARCH * HTTP/1.1\r\n", ("BT-LSD", "BT-SEARCH * HTTP/1.1")),
        (peer.read_vnc, b"RFB 003.008\n", ("VNC", "RFB 003.008")),
        (stun.read_classic_stun, b"\x40\0\0\4abcd", ("STUN", "Channel data 0x4000 len=4")),
        (
            vpn.read_openvpn,
            b"\x38" + bytes(13),
            ("OpenVPN", "Hard Reset Client v2 key=0 session=0000000000000000 len=14"),
        ),
        (
            vpn.read_isakmp,
            bytes(7) + b"\1" + bytes(8) + b"\x21\x20\x22\x08" + bytes(8),
            ("ISAKMP", "v2 IKE_SA_INIT request spi=0000000000000001/0000000000000000 id=0"),
        ),
        (
            wlan.read_wlan,
            b"\x08\0\0\0" + MAC_A * 3 + bytes(2) + b"\xaa\xaa\3\0\0\0\x88\x8e" + b"\1\1\0\0",
            ("EAPOL", "Start"),
        ),
    ],
)  # fmt: skip
def test_messages(reader, data, expected):
    ports = {databases: (40000, 1433), industrial: (502, 40000), peer: (40000, 1080), vpn: (500, 500)}
    module = next((module for module in ports if module.__name__ == reader.__module__), None)
    reading = reader(data, Context(len(data), *ports.get(module, (0, 0))))
    if expected is None:
        assert reading.text
    else:
        assert (reading.protocol, reading.text) == expected


@pytest.mark.parametrize(
    "reader",
    [
        tunnel.read_gtp, tunnel.read_geneve, routing.read_bgp, routing.read_ldp, aaa.read_radius, aaa.read_diameter,
        databases.read_tds, industrial.read_modbus, industrial.read_enip, operations.read_rpc, directory.read_ldap,
        stun.read_stun, vpn.read_isakmp, messaging.read_coap,
    ],
)  # fmt: skip
def test_other_bytes_are_refused(reader):
    assert reader(b"\xfe\xdc\xba\x98" * 8, Context(32, 1, 2)) is None


def test_udp_ports_reach_the_readers():
    """A datagram to a known port is worth nothing when its reader is not in the table."""
    frame = ethernet(0x0800, ipv4(17, udp(b"\x20\xc0\3\x18" + bytes(20), dport=3784)))
    assert packet_row(batch_of(frame), 0, "").protocol == "BFD"
