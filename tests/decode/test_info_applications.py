"""What payloads are recognised as and what is said of them, through the same look-up that rows use."""

from __future__ import annotations

import struct

import pytest

from netwatch.decode.info import registry
from netwatch.decode.info.reading import Context


def said(payload, *, sport=40000, dport=40001, udp=False, length=None):
    applications = registry.UDP_APPLICATIONS if udp else registry.TCP_APPLICATIONS
    context = Context(len(payload) if length is None else length, sport, dport)
    reading = applications.read(payload, context)
    return None if reading is None else (reading.protocol, reading.text)


@pytest.mark.parametrize(
    ("payload", "protocol", "text"),
    [
        (
            b"GET /index.html HTTP/1.1\r\nHost: example.com\r\n\r\n",
            "HTTP",
            "GET /index.html HTTP/1.1 host=example.com",
        ),
        (b"POST /a%20b HTTP/1.0\r\n\r\n", "HTTP", "POST /a%20b HTTP/1.0"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=x\r\nContent-Length: 12\r\n\r\n",
            "HTTP",
            "HTTP/1.1 200 OK (text/html 12 bytes)",
        ),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "HTTP", "HTTP/1.1 304 Not Modified"),
        (b"GET /a-target-that-goes-on-in-the-next-segm", "HTTP", "GET /a-target-that-goes-on-in-the-next-segm"),
        (b"XYZZY /a HTTP/1.1\r\n\r\n", "HTTP", "XYZZY /a HTTP/1.1"),
        (b"220 ftp.example FTP ready\r\n", "FTP", "220 ftp.example FTP ready"),
        (b"220 mx.example ESMTP\r\n", "SMTP", "220 mx.example ESMTP"),
        (b"EHLO client\r\n", "SMTP", "EHLO client"),
        (b"+OK POP3 ready\r\n", "POP", "+OK POP3 ready"),
        (b"* OK IMAP ready\r\n", "IMAP", "* OK IMAP ready"),
        (b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "RESP", "GET a"),
        (b"\x4a\0\0\0\x0a8.0.36\0" + bytes(40), "MySQL", "Greeting 8.0.36"),
        (
            b"\0\0\0\x19\0\3\0\0user\0al\0database\0",
            "PGSQL",
            "Startup user=al database=",
        ),
        (b"\x30\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0", "LDAP", None),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP2", "connection preface"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH", "SSH-2.0-OpenSSH_9.6"),
        (b"OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n", "SIP", "OPTIONS sip:a@b SIP/2.0 cseq=1 OPTIONS"),
        (b"DESCRIBE rtsp://h/1 RTSP/1.0\r\nCSeq: 2\r\n\r\n", "RTSP", "DESCRIBE rtsp://h/1 RTSP/1.0 cseq=2"),
        (b"\x13BitTorrent protocol" + bytes(8) + b"\xaa" * 20 + b"-XX0001-" + bytes(12), "BitTorrent", None),
        (b"\x10\x0f\0\4MQTT\4\2\0\x3c\0\3dev", "MQTT", "Connect v4 client=dev"),
        (b"\xff" * 16 + b"\0\x13\4", "BGP", "KEEPALIVE"),
        (b"\3\0\0\x13\x0e\xe0\0\0\0\0\0Cookie: mstshash=bob\r\n", "RDP", "Connect Request Cookie: mstshash=bob"),
        (
            b"\0\0\0\x40\xfeSMB" + struct.pack("<HHIHHII", 64, 0, 0, 0, 1, 0, 0) + bytes(44),
            "SMB2",
            "Negotiate request",
        ),
        (b"\0\0\0\x20\xffSMB\x72" + bytes(28), "SMB", "Negotiate request"),
    ],
)
def test_contents_are_recognised_on_any_tcp_port(payload, protocol, text):
    found, words = said(payload)
    assert found == protocol
    assert text is None or words == text


@pytest.mark.parametrize(
    "payload",
    [
        b"GETTING /x HTTQ/1.1",
        b"GET no version\r\nHost: x\r\n",
        b"\xff" * 16 + b"\0\x13\xff",
        b"\3\0\0\xff",
        b"random text",
    ],
)
def test_lookalikes_are_not(payload):
    assert said(payload) is None


@pytest.mark.parametrize(
    ("port", "payload", "protocol", "text"),
    [
        (21, b"USER anonymous\r\n", "FTP", "USER anonymous"),
        (21, b"RETR secret.txt\r\n", "FTP", "RETR secret.txt"),
        (25, b"MAIL FROM:<a@b.c>\r\n", "SMTP", "MAIL FROM:<a@b.c>"),
        (25, b"Subject: the body of a mail\r\n", "SMTP", "data 29 bytes"),
        (110, b"RETR 1\r\n", "POP", "RETR 1"),
        (143, b"a1 SELECT INBOX\r\n", "IMAP", "a1 SELECT INBOX"),
        (6667, b"JOIN #chat\r\n", "IRC", "JOIN #chat"),
        (6667, b":bob!b@h PRIVMSG #chat :hello\r\n", "IRC", ":bob!b@h PRIVMSG #chat ****"),
        (23, b"\xff\xfb\x01\xff\xfd\x18", "TELNET", "WILL Echo, DO Terminal Type"),
        (23, b"ls -l\r\n", "TELNET", "data 7 bytes"),
        (22, bytes(40), "SSH", "encrypted 40 bytes"),
        (389, bytes.fromhex("300c020101600702010304008000"), "LDAP", 'bindRequest "" simple id=1'),
        (6379, b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", "RESP", "GET key"),
        (5432, struct.pack("!IHH", 27, 3, 0) + b"user\0bob\0database\0db\0\0", "PGSQL", None),
        (502, struct.pack("!HHHBBHH", 7, 0, 6, 1, 3, 100, 2), "Modbus", None),
    ],
)
def test_requests_by_port(port, payload, protocol, text):
    found, words = said(payload, dport=port)
    assert found == protocol
    assert text is None or words == text


@pytest.mark.parametrize(
    ("port", "payload", "text"),
    [
        (21, b"230 Login successful\r\n", "230 Login successful"),
        (25, b"250-mx.example.com\r\n250 STARTTLS\r\n", "250-mx.example.com"),
        (110, b"+OK ready\r\n", "+OK ready"),
        (143, b"* OK IMAP ready\r\n", "* OK IMAP ready"),
        (3306, b"\x4a\0\0\0\x0a8.0.36\0" + bytes(20), "Greeting 8.0.36"),
    ],
)
def test_replies_by_port(port, payload, text):
    assert said(payload, sport=port)[1] == text


def test_contents_win_over_the_port():
    assert said(b"GET / HTTP/1.1\r\n\r\n", dport=22)[0] == "HTTP"
    assert said(b"SSH-2.0-x\r\n", sport=443)[0] == "SSH"


STUN = struct.pack("!HHI12s", 0x0101, 12, 0x2112A442, b"transaction!")
STUN += struct.pack("!HHBBHI", 0x0020, 8, 0, 1, 5000 ^ 0x2112, 0x0A000001 ^ 0x2112A442)
DHCP = bytes([1, 1, 6, 0]) + b"\x12\x34\x56\x78" + bytes(20) + bytes.fromhex("aabbcc010203") + bytes(202)
DHCP_OPTIONS = b"\x63\x82\x53\x63" + b"\x35\1\3" + b"\x32\4\x0a\0\0\x05" + b"\x0c\3foo" + b"\0\0\xff"
QUIC = b"\xc3\0\0\0\1\x08" + bytes(range(8)) + b"\0" + bytes(1180)


@pytest.mark.parametrize(
    ("payload", "protocol", "text"),
    [
        (STUN, "STUN", "Binding success mapped=10.0.0.1:5000"),
        (QUIC, "QUIC", "Initial v1 dcid=0001020304050607 scid=none len=1195"),
        (b"\x80" + bytes(4) + b"\x01\xaa\x01\xbb\0\0\0\1", "QUIC", "Version Negotiation dcid=aa scid=bb len=13"),
        (b"\1\0\0\0\x2a\0\0\0" + bytes(140), "WireGuard", "Handshake Initiation sender=0x0000002a"),
        (
            b"\4\0\0\0\x2a\0\0\0\7\0\0\0\0\0\0\0" + bytes(16),
            "WireGuard",
            "Keepalive receiver=0x0000002a counter=7 len=32",
        ),
        (b"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n", "SSDP", "M-SEARCH * HTTP/1.1 st=ssdp:all"),
        (b"d1:ad2:id20:" + bytes(20) + b"e1:q4:ping1:t2:aa1:y1:qe", "BT-DHT", "ping"),
        (b"\xff" * 6 + b"\2\0\0\0\0\1" * 16, "WoL", "magic packet for 02:00:00:00:00:01"),
        (b"SIP/2.0 200 OK\r\nCSeq: 5 INVITE\r\n\r\n", "SIP", "SIP/2.0 200 OK cseq=5 INVITE"),
    ],
)
def test_datagrams_are_recognised_on_any_port(payload, protocol, text):
    assert said(payload, udp=True) == (protocol, text)


@pytest.mark.parametrize(
    ("port", "payload", "protocol", "text"),
    [
        (67, DHCP + DHCP_OPTIONS, "DHCP", "Request for aa:bb:cc:01:02:03 requested=10.0.0.5 host=foo xid=0x12345678"),
        (67, DHCP, "BOOTP", "request for aa:bb:cc:01:02:03 xid=0x12345678"),
        (547, b"\1\1\2\3" + b"\0\x27\0\6\0" + b"\3foo\0", "DHCPv6", "Solicit xid=0x010203 fqdn=foo"),
        (123, b"\x23" + bytes(47), "NTP", "v4 client"),
        (123, b"\x24\1" + bytes(10) + b"GPS\0" + bytes(32), "NTP", "v4 server stratum=1 ref=GPS"),
        (123, b"\x17\0\3\x2a" + bytes(4), "NTP", "v2 private request monlist"),
        (514, b"<34>su: failed for root\n", "SYSLOG", "auth.crit: su: failed for root"),
        (69, b"\0\1boot.img\0octet\0", "TFTP", "Read boot.img octet"),
        (500, bytes(8) + b"\1" * 8 + b"\x21\x20\x22\x08" + bytes(8), "ISAKMP", None),
        (4500, b"\xff", "ESP", "NAT keep-alive"),
        (1812, b"\1\7\0\x1a" + bytes(16) + b"\1\6john", "RADIUS", "Access-Request id=7 user=john"),
        (2055, struct.pack("!HH", 5, 3) + bytes(20), "NetFlow", "v5 3 records"),
        (6081, b"\0\0\x08\0\0\0\x0a\0", "Geneve", "vni=10 carries IPv4"),
        (1985, b"\0\0\x10\3\x0a\x78\1\0cisco\0\0\0\x0a\0\0\1", "HSRP", None),
        (520, b"\2\2\0\0" + bytes(40), "RIP", "v2 Response 2 routes"),
        (443, b"\x41" + bytes(30), "QUIC", "protected len=31"),
        (5683, b"\x40\1\x12\x34\xb4test", "CoAP", "CON GET /test id=4660"),
    ],
)
def test_datagrams_by_port(port, payload, protocol, text):
    found, words = said(payload, dport=port, udp=True)
    assert found == protocol
    assert text is None or words == text


class TestPortAlone:
    @pytest.mark.parametrize(("port", "protocol", "kind"), [(443, "TLS", "tls"), (80, "HTTP", "http"), (22, "SSH", "")])
    def test_a_segment_in_the_middle_of_a_stream_has_the_name_of_its_port(self, port, protocol, kind):
        reading = registry.by_port_alone(Context(100, port, 40000), udp=False, whole=False)
        assert (reading.protocol, reading.text, reading.kind) == (protocol, "", kind)

    def test_a_whole_datagram_that_its_reader_refused_has_none(self):
        context = Context(100, 53, 40000)
        assert registry.by_port_alone(context, udp=True, whole=True) is None
        assert registry.by_port_alone(context, udp=True, whole=False).protocol == "DNS"

    def test_services_without_reader_keep_their_name(self):
        assert registry.by_port_alone(Context(100, 5247, 40000), udp=True, whole=True).protocol == "CAPWAP"

    def test_tcp_services_do_not_name_datagrams(self):
        assert registry.by_port_alone(Context(100, 6000, 6000), udp=True, whole=True) is None

    def test_unknown_ports(self):
        assert registry.by_port_alone(Context(100, 40000, 40001), udp=False, whole=False) is None
