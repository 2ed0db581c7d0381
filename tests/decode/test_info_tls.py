from __future__ import annotations

import struct

from netwatch.decode.info import tls
from netwatch.decode.info.reading import Context
from netwatch.decode.info.tls_hello import client_hello


def extension(number, value):
    return struct.pack("!HH", number, len(value)) + value


def hello(extensions=(), version=0x0303, *, cookie=None):
    block = b"".join(extensions)
    suites = struct.pack("!4H", 6, 0x1301, 0xC02F, 0x0A0A)
    middle = b"" if cookie is None else bytes([len(cookie)]) + cookie
    return (
        struct.pack("!H", version)
        + bytes(32)
        + b"\0"
        + middle
        + suites
        + b"\1\0"
        + struct.pack("!H", len(block))
        + block
    )


def handshake(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def record(content, body, version=0x0301):
    return struct.pack("!BHH", content, version, len(body)) + body


def server_name(name):
    return extension(0, struct.pack("!HBH", len(name) + 3, 0, len(name)) + name)


def protocols(*names):
    listed = b"".join(bytes([len(name)]) + name for name in names)
    return extension(16, struct.pack("!H", len(listed)) + listed)


TLS13 = extension(43, b"\x04\x0a\x0a\x03\x04")


def read(data):
    return tls.read_tls(data, Context(len(data), 40000, 443))


def test_client_hello():
    body = hello([server_name(b"example.com"), protocols(b"h2", b"http/1.1"), TLS13])
    assert read(record(22, handshake(1, body))) == (
        "TLS",
        "Client Hello TLS1.3 sni=example.com alpn=h2,http/1.1",
        "tls",
    )


def test_encrypted_client_hello_is_named():
    assert client_hello(hello([server_name(b"a.b"), extension(0xFE0D, b"x")])) == " TLS1.2 sni=a.b ech"


def test_a_client_hello_that_goes_on_in_the_next_segment_keeps_its_name():
    whole = record(22, handshake(1, hello([server_name(b"example.com"), extension(51, bytes(1300))])))
    assert read(whole[:200]).text == "Client Hello TLS1.2 sni=example.com"
    assert read(whole[:12]).text == "Client Hello TLS1.2"
    assert read(whole[:7]).text == "Encrypted Handshake Message"


def test_server_hello_and_what_follows():
    body = struct.pack("!H", 0x0303) + bytes(32) + b"\0" + struct.pack("!HB", 0x1301, 0)
    body += struct.pack("!H", 6) + extension(43, b"\x03\x04")
    data = record(22, handshake(2, body)) + record(20, b"\1") + record(23, bytes(50))
    assert read(data).text == "Server Hello TLS1.3 AES_128_GCM_SHA256, Change Cipher Spec, Application Data 50 bytes"


def test_hello_retry_request():
    retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    body = struct.pack("!H", 0x0303) + retry + b"\0" + struct.pack("!HB", 0x1302, 0)
    assert read(record(22, handshake(2, body))).text == "Hello Retry Request TLS1.2 AES_256_GCM_SHA384"


def test_alerts():
    assert read(record(21, b"\2\x28")).text == "Alert fatal handshake_failure"
    assert read(record(21, bytes(26))).text == "Encrypted Alert"


def test_hostile_names_are_escaped():
    body = hello([server_name(b"evil\x1b[31m.com\xff")])
    assert read(record(22, handshake(1, body))).text.endswith("sni=evil\\x1b[31m.com\\xff")


def test_what_is_no_record_is_refused():
    assert read(b"\x16\x02\x00\x00\x05hello") is None
    assert read(b"\x16\x03\x01\xff\xff" + bytes(9)) is None
    assert read(b"GET / HTTP/1.1\r\n") is None


def test_dtls_client_hello_has_a_cookie():
    body = hello([server_name(b"turn.example")], 0xFEFD, cookie=b"abc")
    message = bytes([1]) + len(body).to_bytes(3, "big") + bytes(5) + len(body).to_bytes(3, "big") + body
    data = struct.pack("!BHHIHH", 22, 0xFEFD, 0, 0, 0, len(message)) + message
    assert tls.read_dtls(data, Context(len(data))).text == "Client Hello DTLS1.2 sni=turn.example"
    # a record cannot be longer than its datagram
    assert tls.read_dtls(data, Context(len(data) - 1)) is None


def test_sslv2_hello():
    data = struct.pack("!HBHHHH", 0x8000 | 9 + 3 + 16, 1, 2, 3, 0, 16) + b"\1\0\x80" + bytes(16)
    assert tls.read_sslv2(data, Context(len(data))).text == "SSLv2 Client Hello"
    assert tls.read_sslv2(data[:10], Context(10)) is None
