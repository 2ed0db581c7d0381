"""No reader raises, hangs or lets a control character through, whatever the bytes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_bytes import batch_of, dns_message, dns_name, ethernet, ipv4, ipv6, tcp, udp

from netwatch.capture.file_source import FileSource
from netwatch.decode.info import registry
from netwatch.decode.info.describe import LONGEST, describe
from netwatch.decode.info.reading import Context, Reading
from netwatch.decode.row import packet_row
from netwatch.errors import FileError
from netwatch.text import printable

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"


def application_readers():
    for applications in (registry.TCP_APPLICATIONS, registry.UDP_APPLICATIONS):
        for readers in (*applications.by_first_byte, *applications.by_port.values()):
            yield from readers


READERS = sorted(
    {
        *application_readers(),
        *registry.IP_PROTOCOLS.values(),
        *registry.ETHERTYPES.values(),
        *registry.LINK_TYPES.values(),
    },
    key=lambda reader: (reader.__module__, reader.__name__),
)
PORTS = sorted({*registry.TCP_APPLICATIONS.by_port, *registry.UDP_APPLICATIONS.by_port})

SEEDS = [
    dns_message(1, 0x8180, [dns_name(b"a", b"b") + b"\0\1\0\1"], [b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4"]),
    b"\x16\x03\x01\0\x35\1\0\0\x31\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0\0\x06\0\x2b\0\2\3\4",
    b"GET /%00 HTTP/1.1\r\nHost: \x1b[2J\r\n\r\n",
    b"SIP/2.0 200 \xe2\x80\xae\r\nCSeq: 1\r\n",
    b"\x30\x26\2\1\1\4\6public\xa0\x19\2\1\1\2\1\0\2\1\0\x30\x0e\x30\x0c\6\x08\x2b\6\1\2\1\1\5\0\5\0",
    b"\1\1\6\0" + bytes(232) + b"\x63\x82\x53\x63\x35\1\1\x0c\x03a\x1bb\xff",
    b"\xc3\0\0\0\1\x08" + bytes(8) + b"\x08" + bytes(40),
    b"\3\0\0\x13\x0e\xe0\0\0\0\0\0Cookie: mstshash=\x07\r\n",
    b"\0\0\0\x40\xfeSMB\x40\0" + bytes(58),
    b"\x80\0\0\0" + bytes(20) + bytes(12) + b"\0\5\x1b[2J\n\3\1\6",
    b"\x10\x1a\0\4MQTT\4\xc2\0\x3c\0\3dev\0\4user\0\4pass",
    b"\0\1\x08\0\6\4\0\1" + bytes(20),
    b"\x45\0\0\x54" + bytes(16),
]


def assert_sound(reading):
    if reading is None:
        return
    assert isinstance(reading, Reading)
    assert printable(reading.protocol) == reading.protocol
    assert len(reading.protocol) <= 20
    assert len(reading.text) < 4096
    assert reading.text.isascii()
    assert reading.text.isprintable()


@st.composite
def mutated(draw):
    """A seed with a few bytes changed, cut somewhere, perhaps with something appended."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(1, len(data)))]) + draw(st.binary(max_size=20))


def any_bytes(generator):
    """Return random bytes, or a seed with a few bytes changed, cut somewhere, perhaps with something appended."""
    if generator.random() < 0.5:
        return generator.randbytes(generator.randint(1, 400))
    data = bytearray(generator.choice(SEEDS))
    for _ in range(generator.randint(0, 6)):
        data[generator.randrange(len(data))] = generator.randrange(256)
    return bytes(data[: generator.randint(1, len(data))]) + generator.randbytes(generator.randint(0, 20))


@pytest.mark.parametrize(
    "reader", READERS, ids=lambda reader: f"{reader.__module__.rpartition('.')[2]}.{reader.__name__}"
)
def test_readers_survive_any_bytes(reader):
    """Seeded, not searched for: a hundred readers times a hundred examples of Hypothesis take a minute."""
    for data in (b"\xff", b"\0" * 4096, b"\xff" * 4096):
        assert_sound(reader(data, Context(len(data), 0, 0)))
    generator = random.Random(f"{reader.__module__}.{reader.__name__}")
    for _ in range(100):
        ports = generator.choice([0, 50000, *PORTS]), generator.choice(PORTS)
        assert_sound(reader(any_bytes(generator), Context(generator.randint(0, 3000), *ports)))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 9, 20, 70])
def test_readers_survive_every_first_byte(size):
    generator = random.Random(size)
    for first in range(256):
        data = bytes([first]) + generator.randbytes(size - 1)
        for reader in READERS:
            assert_sound(reader(data, Context(len(data), 53, generator.choice(PORTS))))


@settings(max_examples=80)
@given(
    payload=st.one_of(st.binary(max_size=300), mutated()),
    port=st.sampled_from([0, 65535, *PORTS]),
    shape=st.sampled_from(["tcp", "udp", "ipv6", "ethertype", "protocol", "bare"]),
    number=st.integers(0, 0xFFFF),
    cut=st.integers(0, 400),
)
def test_rows_survive_any_frame(payload, port, shape, number, cut):
    frame = {
        "tcp": lambda: ethernet(0x0800, ipv4(6, tcp(payload, dport=port, flags=number & 0xFF))),
        "udp": lambda: ethernet(0x0800, ipv4(17, udp(payload, dport=port))),
        "ipv6": lambda: ethernet(0x86DD, ipv6(number & 0xFF, payload)),
        "ethertype": lambda: ethernet(number, payload),
        "protocol": lambda: ethernet(0x0800, ipv4(number & 0xFF, payload, fragment=number)),
        "bare": lambda: payload,
    }[shape]()[: cut or None]
    row = packet_row(batch_of(frame, wire=len(frame) + 10), 0, "eth0")
    for text in (row.source, row.destination, row.protocol, row.info, row.vlan):
        assert printable(text) == text
    assert row.info.isascii()
    assert row.kind in {
        "tcp", "udp", "dns", "http", "tls", "icmp", "arp", "routing", "other", "syn", "reset", "malformed",
    }  # fmt: skip


@pytest.mark.parametrize(
    "link_type", [0, 1, 9, 50, 51, 101, 104, 105, 108, 113, 119, 127, 163, 192, 195, 227, 276, 999]
)
def test_rows_survive_random_frames_of_every_link_type(link_type):
    generator = random.Random(link_type)
    frames = [generator.randbytes(generator.randrange(120)) for _ in range(300)]
    batch = batch_of(*frames, link_type=link_type)
    for position in range(len(batch)):
        reading = describe(batch, position)
        assert reading.text.isascii()
        assert len(reading.text) <= 4 * LONGEST


def test_a_reader_that_fails_costs_its_words_only(monkeypatch):
    def broken(_data, _context):
        raise IndexError

    monkeypatch.setattr(registry, "IP_PROTOCOLS", {1: broken})
    row = packet_row(batch_of(ethernet(0x0800, ipv4(1, b"\x08\0" + bytes(6)))), 0, "eth0")
    assert (row.protocol, row.info) == ("ICMP", "len=8 0800000000000000")


def test_terminal_escapes_of_a_stranger_stay_visible():
    frame = ethernet(0x0800, ipv4(6, tcp(b"GET /\x1b]0;owned\x07\xe2\x80\xae HTTP/1.1\r\n\r\n", dport=80)))
    assert "GET /\\x1b]0;owned\\x07\\xe2\\x80\\xae HTTP/1.1" in packet_row(batch_of(frame), 0, "eth0").info


def test_markup_is_only_text():
    frame = ethernet(0x0800, ipv4(6, tcp(b"GET /[/bold] HTTP/1.1\r\n\r\n", dport=80)))
    assert "GET /[/bold] HTTP/1.1" in packet_row(batch_of(frame), 0, "eth0").info


@pytest.mark.skipif(not DEV.is_dir(), reason="the real captures are not beside this checkout")
def test_mutated_real_frames():
    """Bits of real frames are flipped, which reaches deeper than random bytes do."""
    generator = random.Random(20)
    seen = sum(
        mutate(frames, generator) for path in sorted(DEV.glob("[abdhlot]*/*.pcap"))[::17] for frames in first(path)
    )
    assert seen > 300


def first(path):
    """Yield the first block of a capture file, nothing for a file that cannot be read."""
    try:
        source = FileSource([str(path)])
        frames = source.read(1.0)
    except (EOFError, FileError):
        return
    source.close()
    if frames is not None:
        yield frames


def mutate(frames, generator):
    """Draw the rows of mutated frames; return how many there were."""
    count = 0
    for position in range(0, min(len(frames), 200), 5):
        begin, size = int(frames.offset[position]), int(frames.captured[position])
        data = bytearray(frames.data[begin : begin + size].tobytes())
        if not data:
            continue
        for _ in range(4):
            data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        row = packet_row(batch_of(bytes(data), link_type=int(frames.link_type[position])), 0, "eth0")
        assert printable(row.info) == row.info
        count += 1
    return count
