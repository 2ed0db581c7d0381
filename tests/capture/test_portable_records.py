"""What cypcap calls back with becomes frames; nanoseconds come through where the object's memory is understood."""

from __future__ import annotations

import importlib

import cypcap
import pytest

from netwatch.capture import pcap_records
from netwatch.capture.pcap_records import MAX_FRAMES, PacketRecords
from netwatch.capture.portable import PortableOptions, PortableSource
from netwatch.errors import CaptureError


@pytest.mark.parametrize("exact", [True, False])
def test_packets_become_one_block(exact, monkeypatch):
    if not exact:
        monkeypatch.setattr(pcap_records, "_find_header", lambda _: None)
    records = PacketRecords(cypcap.Pkthdr)
    assert records.exact is exact
    assert records.take(1, 1000) is None
    for place, packet in enumerate([b"abc", b"", b"defgh"]):
        records.add(cypcap.Pkthdr(1_700_000_000 + place + 0.25, len(packet), 1500 + place), packet)
    frames = records.take(101, 1000)
    assert frames.time_ns.tolist() == [(1_700_000_000 + place) * 10**9 + 250_000_000 for place in range(3)]
    assert frames.captured.tolist() == [3, 0, 5]
    assert frames.offset.tolist() == [0, 3, 3]
    assert frames.wire_length.tolist() == [1500, 1501, 1502]
    assert frames.link_type.tolist() == [101] * 3
    assert bytes(frames.data) == b"abcdefgh" + bytes(128)
    assert records.take(101, 1000) is None


def test_the_unit_of_the_fraction_is_what_the_handle_says():
    records = PacketRecords(cypcap.Pkthdr)
    records.add(cypcap.Pkthdr(5.000123, 0, 0), b"")
    nanoseconds = records.take(1, 1).time_ns[0] - 5 * 10**9
    assert nanoseconds in (122, 123)  # cypcap cuts the float


def test_a_block_is_full_after_so_many_frames_or_bytes():
    records = PacketRecords(cypcap.Pkthdr)
    header = cypcap.Pkthdr(1.0, 1, 1)
    for _ in range(MAX_FRAMES):
        assert not records.full
        records.add(header, b"x")
    assert records.full
    records.take(1, 1)
    assert not records.full
    for _ in range(17):
        records.add(header, bytes(262144))
    assert records.full


def test_memory_that_is_not_understood_gives_microseconds(monkeypatch):
    monkeypatch.setattr(pcap_records, "_PROBE", (1, 2, 3, 4))
    monkeypatch.setattr(pcap_records, "_LAYOUTS", pcap_records._LAYOUTS[:1])
    monkeypatch.setattr(pcap_records.ctypes, "string_at", lambda _address, size: bytes(size))
    assert pcap_records._find_header(cypcap.Pkthdr) is None
    monkeypatch.setattr(pcap_records.sys, "implementation", type("Other", (), {"name": "pypy"}))
    assert pcap_records._find_header(cypcap.Pkthdr) is None


def test_without_cypcap_there_is_an_error(monkeypatch):
    def missing(name, *_arguments):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(CaptureError, match="needs cypcap"):
        PortableSource("lo", PortableOptions())
