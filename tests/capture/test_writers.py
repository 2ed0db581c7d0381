"""Writers and save(): what is written is read back equal, by our reader and by capinfos and tshark."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from capture_bytes import INTERFACES, Row, frames_from, frames_of, pcap, pcap_header, pcap_record, rows_of, saved
from full_disk import small_disk
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch import __version__
from netwatch.capture.frame_bytes import frame_bytes
from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import is_compressed, is_pcap, save, split_name
from netwatch.errors import FileError

quick = settings(max_examples=50)


def row_lists(*, one_interface=False):
    number = st.just(0) if one_interface else st.integers(0, 2)
    return st.lists(
        st.builds(
            lambda time, data, wire, interface, direction, comment: Row(
                time, data, wire, interface, INTERFACES[interface].link_type, direction, comment
            ),
            st.integers(0, (1 << 63) - 1 if not one_interface else (1 << 32) * 10**9 - 1),
            st.binary(max_size=70),
            st.integers(0, (1 << 32) - 1),
            number,
            st.integers(0, 2),
            st.one_of(
                st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
            ),
        ),
        max_size=12,
    )


@quick
@given(st.lists(row_lists(), max_size=3), st.booleans())
def test_pcapng_keeps_everything(tmp_path, batches, compressed):
    path = tmp_path / ("a.pcapng.gz" if compressed else "a.pcapng")
    rows, source = saved(path, [(frames_of(rows), None) for rows in batches], overwrite=True)
    assert rows == [row for rows in batches for row in rows]
    assert source.interfaces == INTERFACES


@quick
@given(st.lists(row_lists(one_interface=True), max_size=3), st.booleans())
def test_pcap_keeps_all_that_it_can_hold(tmp_path, batches, nanoseconds):
    blocks = [(frames_of(rows), None) for rows in batches]
    rows, _ = saved(tmp_path / "a.pcap", blocks, overwrite=True, nanoseconds=nanoseconds)
    unit = 1 if nanoseconds else 1000
    expected = [(row.time_ns // unit * unit, row.data, row.wire) for rows in batches for row in rows]
    assert [(row.time_ns, row.data, row.wire) for row in rows] == expected


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng"])
def test_only_the_chosen_rows_are_written(tmp_path, name):
    rows = [Row(n * 1000, b"%d" % n, n, comment=f"note {n}" if n % 2 else None) for n in range(10)]
    frames = frames_of(rows)
    mask = np.arange(10) % 3 == 0
    choices = [slice(2, 5), mask, np.array([9, 1]), slice(0, 0), None]
    found, _ = saved(tmp_path / name, [(frames, choice) for choice in choices])
    expected = rows[2:5] + rows[::3] + [rows[9], rows[1]] + rows
    assert [row.data for row in found] == [row.data for row in expected]
    if name == "a.pcapng":
        assert [row.comment for row in found] == [row.comment for row in expected]


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng"])
def test_stripped_tags_are_put_back(tmp_path, name):
    plain = bytes(range(12)) + b"\x08\x00payload"
    rows = [Row(1000, plain, len(plain)), Row(2000, plain, len(plain)), Row(3000, b"short", 2**32 - 1)]
    frames = frames_of(rows, [0x8100_0064, 0, 0x8100_0064])
    found, _ = saved(tmp_path / name, [(frames, None)], [FrameInterface("eth0")])
    tagged = bytes(range(12)) + b"\x81\x00\x00\x64\x08\x00payload"
    assert [(row.data, row.wire) for row in found] == [
        (tagged, len(tagged)),
        (plain, len(plain)),
        (b"short", 2**32 - 1),  # no place for a tag
    ]
    assert [frame_bytes(frames, row) for row in range(3)] == [tagged, plain, b"short"]
    cooked = [Row(1000, bytes(14) + b"\x08\x00x", 17, link_type=113)]
    found, _ = saved(tmp_path / f"sll-{name}", [(frames_of(cooked, [0x88A8_0FFF]), None)], [FrameInterface("any", 113)])
    assert found[0].data == bytes(14) + b"\x88\xa8\x0f\xff\x08\x00x"


def test_what_pcap_cannot_hold_is_cut_to_what_it_can(tmp_path):
    rows = [Row(-5, b"a", 1), Row((1 << 63) - 1, b"b", 1)]
    found, _ = saved(tmp_path / "a.pcap", [(frames_of(rows), None)])
    assert [row.time_ns for row in found] == [0, (1 << 32) * 10**9 - 1]


def test_pcap_refuses_several_link_types_and_leaves_nothing(tmp_path):
    both = [Row(1, b"a", 1), Row(2, b"b", 1, 2, 101)]
    for batches in ([(frames_of(both), None)], [(frames_of(both), slice(0, 1)), (frames_of(both), slice(1, 2))]):
        with pytest.raises(FileError, match=r"one link type.*pcapng"):
            save(str(tmp_path / "a.pcap"), batches, INTERFACES)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng", "a.pcap.gz", "a"])
def test_no_packets_make_a_file_without_packets(tmp_path, name):
    rows, source = saved(tmp_path / name, [])
    assert rows == []
    assert len(source.interfaces) == (1 if "." in name and ".pcapng" not in name else 3)


def test_frames_of_interfaces_that_nobody_described(tmp_path):
    rows = [Row(1, b"a", 1, 7, 101), Row(2, b"b", 1, 0, 113), Row(3, b"c", 1, 0, 1)]
    found, source = saved(tmp_path / "a", [(frames_of(rows), None)], INTERFACES[:1])
    assert [row.link_type for row in found] == [101, 113, 1]
    assert [source.interfaces[row.interface].name for row in found] == ["", "eth0", "eth0"]


@pytest.mark.parametrize(
    ("name", "pcap_format", "compressed", "parts"),
    [
        ("x/a.pcap", True, False, ("x/a", ".pcap")),
        ("a.CAP", True, False, ("a", ".CAP")),
        ("a.dmp.gz", True, True, ("a", ".dmp.gz")),
        ("a.pcapng", False, False, ("a", ".pcapng")),
        ("a.pcapng.gz", False, True, ("a", ".pcapng.gz")),
        ("a.b.txt", False, False, ("a.b", ".txt")),
        ("a", False, False, ("a", "")),
        ("a.gz", False, True, ("a", ".gz")),
        (".pcap", False, False, (".pcap", "")),
    ],
)
def test_the_name_decides(name, pcap_format, compressed, parts):
    assert (is_pcap(name), is_compressed(name), split_name(name)) == (pcap_format, compressed, parts)


def test_progress_and_cancelling(tmp_path):
    frames = frames_of([Row(1, b"a", 1)] * 5)
    seen = []
    with pytest.raises(FileError, match=r"saving .*a was cancelled"):
        save(
            str(tmp_path / "a"),
            [(frames, None)] * 10,
            INTERFACES,
            progress=seen.append,
            cancelled=lambda: len(seen) == 3,
        )
    assert seen == [5, 10, 15]
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_leaves_nothing(tmp_path):
    def batches():
        yield frames_of([Row(1, b"a", 1)]), None
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save(str(tmp_path / "a"), batches(), INTERFACES)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_unless_asked(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(FileError, match="exists already"):
        save(str(path), [], INTERFACES)
    assert path.read_bytes() == b"old"
    saved(path, [], overwrite=True)


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng", "a.pcapng.gz"])
def test_a_full_disk(tmp_path, name):
    rng = np.random.default_rng(1)
    frames = frames_of([Row(n, rng.bytes(1000), 1000) for n in range(500)])
    with small_disk(tmp_path) as disk:
        with pytest.raises(FileError, match=r"cannot write .*: no space is left on the device"):
            save(str(disk / name), [(frames, None)] * 5, INTERFACES)
        assert list(disk.iterdir()) == []


def test_comments_and_losses_of_the_file(tmp_path):
    rows = [Row(1, b"a", 1)]
    path = tmp_path / "a"
    _, source = saved(path, [(frames_of(rows), None)], comment="what\nthis is", received=10, dropped=3)
    counters = source.counters()
    assert (counters.received, counters.dropped, counters.interface_dropped) == (10, 3, None)
    assert source.section_comments == ("what\nthis is",)
    assert f"netwatch {__version__}".encode() in path.read_bytes()


def test_texts_longer_than_an_option_are_cut(tmp_path):
    long = "ß" * 70_000
    rows = [Row(1, b"a", 1, comment=long)]
    found, source = saved(tmp_path / "a", [(frames_of(rows), None)], [FrameInterface(long, filter=long)], comment=long)
    assert found[0].comment == long[:32767]
    assert long.startswith(source.section_comments[0])


def test_gzip_is_readable_by_others(tmp_path):
    rows = [Row(1000, b"abc", 3)]
    saved(tmp_path / "a.pcap.gz", [(frames_of(rows), None)], nanoseconds=False)
    content = gzip.decompress((tmp_path / "a.pcap.gz").read_bytes())
    assert content[24:] == pcap_record(b"abc", 1000)
    assert content[:24] == pcap_header()


def test_a_large_file_is_read_and_written_again(tmp_path):
    blocks = frames_from(tmp_path / "a", pcap([bytes([n % 251]) * (n % 1500) for n in range(9000)]))
    rows, _ = saved(tmp_path / "b.pcap", [(block, None) for block in blocks], nanoseconds=False)
    assert rows == rows_of(blocks)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b.pcap").read_bytes()
