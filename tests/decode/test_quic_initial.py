"""QUIC's Initial packets: the examples of RFC 9001 and RFC 9369, frames in pieces, and hostile bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.decode.quic_frames import CloseFrame, CryptoFrame, CryptoStream, read_frames
from netwatch.decode.quic_header import INITIAL, VERSION_1, VERSION_2, read_long_header, read_number
from netwatch.decode.quic_keys import SALTS, InitialKeys
from netwatch.decode.tls_hello import read_client_hello, read_server_hello
from netwatch.decode.tls_records import first_message
from tests.quic_packets import crypto, initial, varint

IDENTIFIER = bytes.fromhex("8394c8f03e515708")
"""Of both RFCs."""
CLIENT_HELLO = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
    "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
    "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
    "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
    "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
    "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
    "75300901100f088394c8f03e51570806048000ffff"
)
"""RFC 9001 appendix A.2: a CRYPTO frame; RFC 9369 appendix A.2 has the same."""
CLIENT = {
    VERSION_1: "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11"
    "d242b123dc9bd8bab936b47d92ec356c0bab7df5976d27cd449f63300099f399",
    VERSION_2: "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485"
    "dd04de806071bf03dceebfa162e75d6c96058bdbfb127cdfcbf903388e99ad04",
}
"""How these packets begin, protected, with 1162 bytes of payload."""
SERVER = {
    VERSION_1: "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a"
    "5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3"
    "dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
    "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4"
    "2158407dd074ee",
    VERSION_2: "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698"
    "baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17"
    "f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2"
    "c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8"
    "4bed8521e2e140",
}
"""Appendix A.3 of both."""


def opened(packet: bytes, identifier: bytes = IDENTIFIER, *, server: bool = False) -> bytes | None:
    """Return the frames of a packet."""
    header = read_long_header(packet, 0)
    assert header is not None
    assert header.kind == INITIAL
    return InitialKeys(header.version, identifier, server=server).open(packet, header)


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2])
def test_the_clients_packet_of_the_rfc(version: int) -> None:
    """Its beginning is the RFC's; the rest follows from the same keys and the authentication of all of it."""
    packet = initial(CLIENT_HELLO, original=IDENTIFIER, version=version, number=2, size=1162)
    assert len(packet) == 1200
    assert packet.hex().startswith(CLIENT[version])
    frames = opened(packet)
    assert frames is not None
    (frame,) = read_frames(frames)
    assert isinstance(frame, CryptoFrame)
    hello = read_client_hello(first_message(frame.data)[1])
    assert (hello.server_name, hello.version, hello.protocols) == ("example.com", 0x0304, ("alpn",))


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2])
def test_the_servers_packet_of_the_rfc(version: int) -> None:
    """An acknowledgement and a ServerHello."""
    frames = opened(bytes.fromhex(SERVER[version]), server=True)
    assert frames is not None
    (frame,) = read_frames(frames)
    assert isinstance(frame, CryptoFrame)
    hello = read_server_hello(first_message(frame.data)[1])
    assert (hello.version, hello.cipher) == (0x0304, 0x1301)


def test_other_keys_open_nothing() -> None:
    """Nor does a packet that was changed."""
    packet = bytearray(initial(CLIENT_HELLO, original=IDENTIFIER))
    assert opened(bytes(packet), b"another") is None
    assert opened(bytes(packet), server=True) is None
    packet[-1] ^= 1
    assert opened(bytes(packet)) is None


def test_a_packet_number_of_any_size() -> None:
    """One to four bytes, and a token."""
    for size in range(1, 5):
        packet = initial(CLIENT_HELLO, original=IDENTIFIER, number=7, number_size=size, token=b"token" * 20)
        assert opened(packet) == CLIENT_HELLO


@pytest.mark.parametrize("cut", range(40))
def test_headers_that_are_cut(cut: int) -> None:
    """They are no headers."""
    assert read_long_header(initial(CLIENT_HELLO, original=IDENTIFIER)[:cut], 0) is None


def test_numbers_of_variable_length() -> None:
    """The examples of RFC 9000 appendix A.1."""
    for text, value in (
        ("c2197c5eff14e88c", 151288809941952652), ("9d7f3e7d", 494878333), ("7bbd", 15293), ("25", 37), ("4025", 37)
    ):  # fmt: skip
        assert read_number(bytes.fromhex(text), 0) == (value, len(text) // 2)
        assert read_number(bytes.fromhex(text)[:-1], 0)[1] >= len(text) // 2
    assert varint(15293).hex() == "7bbd"


def test_frames_between_others() -> None:
    """Padding, pings, acknowledgements with ranges and counters, and an end."""
    acknowledgement = b"\3" + b"".join(map(varint, (70000, 5, 2, 1, 3, 4, 5, 6, 7, 8, 9)))
    payload = bytes(3) + b"\1" + acknowledgement + crypto(5, b"abc") + bytes(500) + b"\x1c\x41\x28\6\0"
    assert list(read_frames(payload)) == [CryptoFrame(5, b"abc"), CloseFrame(0x128)]
    assert list(read_frames(crypto(0, b"abc") + b"\x42rest")) == [CryptoFrame(0, b"abc")]
    assert list(read_frames(crypto(0, b"abcdef")[:-1])) == []


@given(st.permutations(range(8)), st.integers(1, 30))
def test_pieces_in_any_order(order: list[int], overlap: int) -> None:
    """What is there once it is whole does not depend on it."""
    whole = bytes(range(256))
    stream = CryptoStream()
    for place in order:
        stream.add(CryptoFrame(place * 32, whole[place * 32 : place * 32 + 32 + overlap]))
    assert stream.data == whole


def test_a_stream_is_bounded() -> None:
    """In bytes and in pieces."""
    stream = CryptoStream()
    for place in range(1, 5000):
        stream.add(CryptoFrame(place * 3, b"x"))
    stream.add(CryptoFrame(1 << 40, b"x"))
    assert stream.data == b""
    for place in range(0, 1 << 16, 1000):
        stream.add(CryptoFrame(place, bytes(1000)))
    assert len(stream.data) <= 1 << 14


@given(st.binary(max_size=200), st.sampled_from(sorted(SALTS)))
def test_no_bytes_make_it_fail(data: bytes, version: int) -> None:
    """Frames and headers of any bytes."""
    list(read_frames(data))
    packet = b"\xc0" + version.to_bytes(4, "big") + data
    header = read_long_header(packet, 0)
    if header is not None:
        assert header.end <= len(packet)
        assert InitialKeys(version, header.destination, server=False).open(packet, header) is None
