"""The pcap reader against files made field by field."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from capture_bytes import MICRO, MODIFIED, NANO, Row, pcap, pcap_header, pcap_record, read_in_blocks
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.errors import FileError

quick = settings(max_examples=50)
records = st.lists(
    st.tuples(
        st.binary(max_size=90),
        st.integers(0, (1 << 32) * 10**9 - 1),
        st.integers(0, (1 << 32) - 1),
    ),
    max_size=30,
)


@quick
@given(
    records,
    st.sampled_from("<>"),
    st.sampled_from((MICRO, NANO, MODIFIED)),
    st.integers(0, 65535),
    st.integers(16, 300),
)
def test_reads_what_was_written(tmp_path, frames, order, magic, link_type, size):
    content = pcap_header(order, magic, link_type)
    expected = []
    for frame, time_ns, wire in frames:
        content += pcap_record(frame, time_ns, wire, order, magic)
        known = time_ns if magic == NANO else time_ns // 1000 * 1000
        direction = 1 if magic == MODIFIED else 0
        expected.append(Row(known, frame, wire, 0, {12: 101, 14: 101}.get(link_type, link_type), direction))
    path = tmp_path / "a"
    path.write_bytes(content)
    rows, file, table = read_in_blocks(path, size)
    assert rows == expected
    assert not file.truncated
    assert [interface.link_type for interface in table.interfaces()] == [{12: 101, 14: 101}.get(link_type, link_type)]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic", [MICRO, NANO, MODIFIED])
def test_a_file_cut_anywhere_gives_all_whole_records(tmp_path, order, magic):
    frames = [b"", b"abc", bytes(20)]
    content = pcap(frames, order=order, magic=magic)
    ends = [len(pcap(frames[:count], order=order, magic=magic)) for count in range(4)]
    path = tmp_path / "a"
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        if cut < 24:
            with pytest.raises(FileError) as raised:
                read_in_blocks(path)
            assert "\n" not in str(raised.value)
            continue
        rows, file, _ = read_in_blocks(path)
        assert [row.data for row in rows] == frames[: sum(end <= cut for end in ends[1:])]
        assert file.truncated == (cut not in ends)


@quick
@given(st.data())
def test_a_mutated_file_never_raises_anything_else(tmp_path, data):
    content = bytearray(pcap([b"abcdef", bytes(40), b""] * 3, order=data.draw(st.sampled_from("<>"))))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a"
    path.write_bytes(content)
    try:
        rows, file, _ = read_in_blocks(path, data.draw(st.sampled_from((16, 64, 4096))))
        message = file.problem
    except FileError as error:
        rows, message = [], str(error)
    assert "\n" not in message
    assert len(rows) < len(content)


@pytest.mark.parametrize(
    ("field", "link_type"),
    [(0x54000001, 1), (0xF4000069, 105), (12, 101), (14, 101), (0, 0), (0x0400000C, 101), (0x00010001, 1)],
)
def test_link_type_without_fcs_bits_and_raw_ip_in_one_form(tmp_path, field, link_type):
    path = tmp_path / "a"
    path.write_bytes(pcap([b"x"], network=field))
    rows, _, table = read_in_blocks(path)
    assert rows[0].link_type == table.interfaces()[0].link_type == link_type


@pytest.mark.parametrize(("field", "snaplen"), [(0, 262144), (0xFFFFFFFF, 262144), (96, 96), (65535, 65535)])
def test_snaplen_is_never_a_limit_for_reading(tmp_path, field, snaplen):
    path = tmp_path / "a"
    path.write_bytes(pcap([bytes(70_000)], snaplen=field))
    rows, _, table = read_in_blocks(path)
    assert len(rows[0].data) == 70_000
    assert table.interfaces()[0].snaplen == snaplen


def test_modified_records_say_the_direction(tmp_path):
    path = tmp_path / "a"
    sent = pcap_record(b"out", 10**9, magic=MODIFIED, packet_type=4)
    path.write_bytes(pcap_header(magic=MODIFIED) + pcap_record(b"in", 10**9, magic=MODIFIED) + sent)
    assert [(row.data, row.direction) for row in read_in_blocks(path)[0]] == [(b"in", 1), (b"out", 2)]


def test_a_second_fraction_over_one_second_is_carried(tmp_path):
    """Scapy's PcapWriter writes 1,000,000 microseconds for x.9999997."""
    path = tmp_path / "a"
    path.write_bytes(
        pcap_header() + struct.pack("<IIII", 5, 1_000_000, 0, 0) + struct.pack("<IIII", 5, 2**32 - 1, 0, 0)
    )
    assert [row.time_ns for row in read_in_blocks(path)[0]] == [6 * 10**9, 5 * 10**9 + (2**32 - 1) * 1000]


@pytest.mark.parametrize("claimed", [2**32 - 1, (256 << 20) + 1])
def test_an_absurd_record_length_ends_the_file_there(tmp_path, claimed):
    good = pcap([b"first", b"second"])
    path = tmp_path / "a"
    path.write_bytes(good + struct.pack("<IIII", 1, 0, claimed, claimed) + bytes(5000))
    rows, file, _ = read_in_blocks(path)
    assert [row.data for row in rows] == [b"first", b"second"]
    assert file.truncated
    assert file.problem == f"damaged at byte {len(good)}: a packet of {claimed:,} bytes"


def test_a_length_is_not_believed_before_the_bytes_are_there(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(pcap([b"first"]) + struct.pack("<IIII", 1, 0, 200 << 20, 200 << 20) + bytes(5000))
    tracemalloc.start()
    try:
        rows, file, _ = read_in_blocks(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(rows) == 1
    assert file.truncated
    assert peak < 16 << 20


def test_a_record_larger_than_a_block(tmp_path):
    large = bytes(range(256)) * 40_000
    path = tmp_path / "a"
    path.write_bytes(pcap([b"before", large, b"after", large]))
    rows, file, _ = read_in_blocks(path)
    assert [row.data for row in rows] == [b"before", large, b"after", large]
    assert not file.truncated


def test_blocks_hold_two_mebibytes_and_share_nothing(tmp_path):
    from capture_bytes import frames_from

    blocks = frames_from(tmp_path / "a", pcap([bytes(1000)] * 6000))
    assert len(blocks) == 3
    assert all(len(block.data) <= (2 << 20) + 128 for block in blocks)
    assert len({block.data.__array_interface__["data"][0] for block in blocks}) == 3


@pytest.mark.parametrize("version", [(2, 2), (2, 5)])
def test_minor_versions_are_read(tmp_path, version):
    path = tmp_path / "a"
    path.write_bytes(pcap([b"x"], version=version))
    assert len(read_in_blocks(path)[0]) == 1


def test_another_major_version_is_refused(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(pcap([b"x"], version=(3, 0)))
    with pytest.raises(FileError, match=r"cannot read a: pcap version 3\.0 is not known"):
        read_in_blocks(path)
