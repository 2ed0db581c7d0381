"""No password, token or community ever stands in an info line, whichever reader sees it."""

from __future__ import annotations

import base64
import struct

import pytest
from packet_bytes import batch_of, ethernet, tcp_frame, udp_frame

from netwatch.decode.row import packet_row

SECRET = b"hunter2-S3CRET"
CODED = base64.b64encode(b"\0user\0" + SECRET)


def snmp(community):
    body = b"\2\1\1" + b"\4" + bytes([len(community)]) + community
    body += bytes.fromhex("a019020101020100020100300e300c06082b060102010105000500")
    return b"\x30" + bytes([len(body)]) + body


def ldap_bind(password):
    operation = b"\2\1\3" + b"\4\4cn=a" + b"\x80" + bytes([len(password)]) + password
    message = b"\2\1\1" + b"\x60" + bytes([len(operation)]) + operation
    return b"\x30" + bytes([len(message)]) + message


def mqtt_connect(password):
    def string(text):
        return struct.pack("!H", len(text)) + text

    body = string(b"MQTT") + b"\4\xc2\0\x3c" + string(b"device") + string(b"user") + string(password)
    return b"\x10" + bytes([len(body)]) + body


PAYLOADS = [
    (21, b"PASS " + SECRET + b"\r\n"),
    (21, b"pass " + SECRET + b"\r\n"),
    (25, b"AUTH PLAIN " + CODED + b"\r\n"),
    (25, CODED + b"\r\n"),
    (587, b"AUTH LOGIN " + CODED + b"\r\n"),
    (110, b"PASS " + SECRET + b"\r\n"),
    (110, b"APOP user " + SECRET + b"\r\n"),
    (110, b"AUTH PLAIN " + CODED + b"\r\n"),
    (143, b'a1 LOGIN user "' + SECRET + b'"\r\n'),
    (143, b"a1 AUTHENTICATE PLAIN " + CODED + b"\r\n"),
    (143, CODED + b"\r\n"),
    (119, b"AUTHINFO PASS " + SECRET + b"\r\n"),
    (6667, b"PASS " + SECRET + b"\r\n"),
    (6667, b"OPER bob " + SECRET + b"\r\n"),
    (6667, b"PRIVMSG NickServ :IDENTIFY " + SECRET + b"\r\n"),
    (23, SECRET + b"\r\n"),
    (80, b"GET / HTTP/1.1\r\nAuthorization: Basic " + CODED + b"\r\nHost: a\r\n\r\n"),
    (80, b"GET / HTTP/1.1\r\nCookie: session=" + SECRET + b"\r\n\r\n"),
    (80, b"GET /login?user=bob&password=" + SECRET + b"&x=y HTTP/1.1\r\n\r\n"),
    (80, b"GET /?access_token=" + SECRET + b" HTTP/1.1\r\n\r\n"),
    (9999, b"*2\r\n$4\r\nAUTH\r\n$14\r\n" + SECRET + b"\r\n"),
    (9999, ldap_bind(SECRET)),
    (3128, b"GET http://user:" + SECRET + b"@example.com/ HTTP/1.1\r\n\r\n"),
    (554, b"DESCRIBE rtsp://user:" + SECRET + b"@cam/1 RTSP/1.0\r\n\r\n"),
    (5060, b"REGISTER sip:a SIP/2.0\r\nAuthorization: Digest response=" + SECRET + b"\r\n\r\n"),
    (389, ldap_bind(SECRET)),
    (1883, mqtt_connect(SECRET)),
    (6379, b"*2\r\n$4\r\nAUTH\r\n$14\r\n" + SECRET + b"\r\n"),
    (5432, b"p" + struct.pack("!I", 5 + len(SECRET)) + SECRET + b"\0"),
    (5432, b"Q" + struct.pack("!I", 60) + b"ALTER USER bob PASSWORD '" + SECRET + b"'\0"),
    (3306, b"\x50\0\0\0\3SET PASSWORD = '" + SECRET + b"'"),
    (3306, b"\x50\0\0\0\x03CREATE USER bob IDENTIFIED BY '" + SECRET + b"'"),
    (5060, b"INVITE sip:bob:" + SECRET + b"@example.com SIP/2.0\r\n\r\n"),
    (1080, b"\1\4user" + bytes([len(SECRET)]) + SECRET),
    (5222, b"<auth mechanism='PLAIN'>" + CODED + b"</auth>"),
]


@pytest.mark.parametrize(("port", "payload"), PAYLOADS)
def test_secrets_in_segments(port, payload):
    row = packet_row(batch_of(tcp_frame(payload, dport=port)), 0, "eth0")
    assert SECRET.decode() not in row.info
    assert CODED.decode() not in row.info
    assert row.protocol != "TCP"


@pytest.mark.parametrize("community", [SECRET, b"public", b"abc", b"a"])
def test_a_community_is_never_whole(community):
    row = packet_row(batch_of(udp_frame(snmp(community), dport=161)), 0, "eth0")
    assert row.protocol == "SNMP"
    shown = row.info.partition("community=")[2]
    assert shown.endswith("****")
    assert len(shown.removesuffix("****")) < min(len(community), 2)


def test_a_ppp_password_is_masked():
    pap = b"\1\1\0\x18\4user" + bytes([len(SECRET)]) + SECRET
    session = b"\x11\0\0\1" + struct.pack("!H", len(pap) + 2) + b"\xc0\x23" + pap
    row = packet_row(batch_of(ethernet(0x8864, session)), 0, "eth0")
    assert row.protocol == "PPP PAP"
    assert row.info == "Authenticate Request id=1 user=user password=**** session=0x0001"
