"""Hellos: their fields, their fingerprints, and hostile ones."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.decode.tls_fingerprint import DTLS, QUIC, ja3, ja3_text, ja3s, ja4
from netwatch.decode.tls_hello import ClientHello, read_client_hello, read_server_hello, read_ssl_2_hello
from netwatch.decode.tls_numbers import cipher_text, version_text
from tests.tls_messages import (
    CHROME_CIPHERS,
    alpn,
    client_hello,
    extension,
    numbers,
    server_hello,
    server_name,
    usual_hello,
    vector8,
    vector16,
    versions,
)

CHROME_EXTENSIONS = (
    0x001B, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002D, 0x000D, 0x0005, 0x0023, 0x0012, 0x002B, 0xFF01, 0x000B,
    0x000A, 0x0015,
)  # fmt: skip
CHROME = ClientHello(
    version=0x0304,
    legacy_version=0x0303,
    ciphers=(0x0A0A, *CHROME_CIPHERS),
    extensions=(0x2A2A, *CHROME_EXTENSIONS),
    signature_algorithms=(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601),
    first_protocol=b"h2",
)
"""The example of FoxIO's description of JA4, with GREASE."""


def test_what_a_client_asks_for() -> None:
    """Everything that is shown, GREASE left out of what people read."""
    message = client_hello(
        server_name(b"Example.com"),
        alpn(b"\x0a\x0a", b"h2", b"http/1.1"),
        versions(0x1A1A, 0x0304, 0x0303),
        extension(10, vector16(numbers(0x2A2A, 29, 23))),
        extension(11, vector8(b"\0\1")),
        extension(13, vector16(numbers(0x0403, 0x0804))),
        extension(41, b"keys"),
        extension(42),
        extension(0xFE0D, b"hello"),
    )[4:]
    hello = read_client_hello(message)
    assert (hello.version, hello.legacy_version) == (0x0304, 0x0303)
    assert (hello.server_name, hello.protocols, hello.first_protocol) == (
        "Example.com",
        ("h2", "http/1.1"),
        b"\x0a\x0a",
    )
    assert (hello.ciphers, hello.groups, hello.point_formats) == ((0x1301, 0xC02F), (0x2A2A, 29, 23), b"\0\1")
    assert hello.signature_algorithms == (0x0403, 0x0804)
    assert (hello.encrypted, hello.resumption, hello.early_data) == (True, True, True)
    assert hello.extensions == (0, 16, 43, 10, 11, 13, 41, 42, 0xFE0D)


def test_an_empty_ticket_resumes_nothing() -> None:
    """It only says that tickets are understood."""
    assert not read_client_hello(client_hello(extension(35))[4:]).resumption
    assert read_client_hello(client_hello(extension(35, b"ticket"))[4:]).resumption


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_a_hello_that_was_cut_tells_what_is_there(cut: int) -> None:
    """Fewer bytes never tell more."""
    assert "example.com".startswith(read_client_hello(usual_hello()[4 : 4 + cut]).server_name)


def test_what_a_server_chose() -> None:
    """TLS 1.3 says so in an extension; a HelloRetryRequest has its own random value."""
    hello = read_server_hello(server_hello(extension(43, numbers(0x0304)), extension(41, b"\0\0"))[4:])
    assert (hello.version, hello.legacy_version, hello.cipher, hello.resumed) == (0x0304, 0x0303, 0x1301, True)
    old = read_server_hello(server_hello(alpn(b"h2"), cipher=0xC02F)[4:])
    assert (old.version, old.protocol, old.retry) == (0x0303, "h2", False)
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    assert read_server_hello(server_hello(random=random)[4:]).retry
    assert read_server_hello(b"").version == 0


def test_the_hello_of_ssl_2() -> None:
    """Cipher specifications of three bytes, of which only those of later versions count."""
    specifications = bytes.fromhex("010080 00c02f 00002f")
    message = b"\1" + numbers(0x0301, len(specifications), 0, 16) + specifications + bytes(16)
    assert read_ssl_2_hello(message) == ClientHello(version=0x0301, legacy_version=0x0301, ciphers=(0xC02F, 0x002F))


def test_the_known_ja4() -> None:
    """The example of its authors; order and GREASE make no difference."""
    known = "t13d1516h2_8daaf6152771_e5627efa2ab1"
    assert ja4(CHROME) == known
    assert ja4(CHROME._replace(extensions=CHROME.extensions[::-1], ciphers=CHROME.ciphers[::-1])) == known
    assert ja4(CHROME, QUIC) == "q" + known[1:]


@pytest.mark.parametrize(
    ("changes", "head"),
    [
        ({}, "t13d1516h2"),
        ({"version": 0x0303}, "t12d1516h2"),
        ({"version": 0x0300}, "ts3d1516h2"),
        ({"version": 0x7F1C}, "t00d1516h2"),
        ({"extensions": CHROME_EXTENSIONS[2:]}, "t13i1514h2"),
        ({"first_protocol": b""}, "t13d151600"),
        ({"first_protocol": b"x"}, "t13d1516xx"),
        ({"first_protocol": b"http/1.1"}, "t13d1516h1"),
        ({"first_protocol": b"\xab"}, "t13d1516ab"),
        ({"first_protocol": b"\xabcd\xcd"}, "t13d1516ad"),
        ({"first_protocol": b"0\xab"}, "t13d15163b"),
        ({"ciphers": tuple(range(200))}, "t13d9916h2"),
        ({"ciphers": ()}, "t13d0016h2"),
    ],
)
def test_the_head_of_a_ja4(changes, head) -> None:
    """Version, server name, counts and application protocol."""
    assert ja4(CHROME._replace(**changes)).startswith(f"{head}_")


def test_ja4_of_almost_nothing() -> None:
    """Twelve zeros stand for what is not there."""
    assert ja4(ClientHello()) == "t00i000000_000000000000_000000000000"
    assert ja4(ClientHello(version=0xFEFD, ciphers=(1,)), DTLS).startswith("dd2i010000_")


def test_ja3_has_no_grease() -> None:
    """The example of its authors (github.com/salesforce/ja3)."""
    hello = ClientHello(
        legacy_version=769,
        ciphers=(47, 53, 5, 10, 0x0A0A, 49161, 49162, 49171, 49172, 50, 56, 19, 4),
        extensions=(0, 10, 11, 0xFAFA),
        groups=(23, 0x1A1A, 24, 25),
        point_formats=b"\0",
    )
    assert ja3_text(hello) == "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
    assert ja3(hello) == "ada70206e40642a3e4461f35503241d5"
    bare = ClientHello(legacy_version=769, ciphers=(4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99))
    assert (ja3_text(bare), ja3(bare)) == ("769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6")


def test_ja3s() -> None:
    """MD5 of version, cipher suite and extensions: `769,47,65281-0-11-35-5-16`."""
    listed = [extension(number) for number in (65281, 0, 11, 35, 5, 16)]
    message = server_hello(*listed, cipher=47, version=769)
    assert ja3s(read_server_hello(message[4:])) == "836ce314215654b5b1f85f97c73e506f"


def test_names_of_numbers() -> None:
    """Drafts have names, what nobody knows has its number."""
    assert version_text(0x7F1C) == "TLS1.3 draft 28"
    assert version_text(0x0305) == "version 0x0305"
    assert cipher_text(0xC02F) == "ECDHE_RSA_AES_128_GCM_SHA256"
    assert cipher_text(0xEEEE) == "cipher 0xeeee"


@given(st.binary(max_size=600))
def test_no_bytes_make_a_hello_fail(data: bytes) -> None:
    """Whatever strangers send."""
    for hello in (read_client_hello(data), read_client_hello(data, datagram=True), read_ssl_2_hello(data)):
        assert len(ja3(hello)) == 32
        assert len(ja4(hello).split("_")) == 3
    assert len(ja3s(read_server_hello(data))) == 32


@given(st.binary(max_size=200))
def test_extensions_of_any_bytes(extensions: bytes) -> None:
    """What lies in a list of extensions may be anything."""
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + struct.pack("!H", len(extensions)) + extensions
    hello = read_client_hello(body)
    assert hello.ciphers == (0x1301,)
    assert ja4(hello)
