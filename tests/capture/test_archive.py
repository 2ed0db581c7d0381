"""Frames that are read again are the frames that were read: any format, several files, filters, growing files."""

from __future__ import annotations

import gzip
import random

import pytest
from capture_bytes import NANO, Row, epb, idb, pcap_header, pcap_record, rows_of, shb

from netwatch.capture import file_source
from netwatch.capture.archive import FileArchive
from netwatch.capture.bpf import CaptureFilter, FilterCompiler
from netwatch.capture.file_source import FileSource
from netwatch.errors import FileError


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(file_source, "_SMALLEST_BLOCK", 1 << 10)
    monkeypatch.setattr("netwatch.capture.archive.SMALL", 3 << 10)


def small(paths, **options):
    """Return a source with many blocks."""
    return FileSource(paths, block=1 << 10, **options)


def read_through(source):
    """Return the rows of all blocks one after another."""
    rows = []
    try:
        while (frames := source.read(0)) is not None:
            rows += rows_of([frames])
    except EOFError:
        pass
    return rows


def read_again(source, count):
    """Return the same by way of the archive, each number asked for by itself."""
    rows = []
    for number in range(1, count + 1):
        first, frames = source.archive.reread(number)
        rows.append(rows_of([frames])[number - first])
    return rows


def pcap_file(path, start, count, draw):
    records = [
        pcap_record(bytes([n & 255]) * draw.randrange(40, 200), start + 10**6 * draw.randrange(count), magic=NANO)
        for n in range(count)
    ]
    path.write_bytes(pcap_header(magic=NANO) + b"".join(records))
    return str(path)


def pcapng_file(path, draw):
    """Sections with interfaces between the packets, one byte order and then the other."""
    content = b""
    for order in "<>":
        content += shb(order=order) + idb(order=order)
        for number in range(60):
            if number in (20, 21):
                content += idb(101, order=order)
            interface = draw.randrange(3) if number > 21 else 0
            content += epb(bytes([number]) * draw.randrange(40, 90), interface=interface, order=order)
    path.write_bytes(content)
    return str(path)


def test_one_pcap_file(tmp_path):
    source = small([pcap_file(tmp_path / "a", 10**18, 300, random.Random(1))])
    rows = read_through(source)
    source.close()
    assert len(rows) == 300
    assert read_again(source, 300) == rows
    for number in (0, 301):
        with pytest.raises(LookupError):
            source.archive.reread(number)


def test_pcapng_with_sections_and_late_interfaces(tmp_path):
    source = small([pcapng_file(tmp_path / "a", random.Random(2))])
    rows = read_through(source)
    interfaces = source.interfaces
    assert len(rows) == 120
    assert {row.link_type for row in rows} == {1, 101}
    assert read_again(source, 120) == rows
    assert source.interfaces == interfaces
    source.close()


@pytest.mark.parametrize("seed", range(4))
def test_several_files_in_the_order_of_time(tmp_path, seed):
    draw = random.Random(seed)
    paths = [pcap_file(tmp_path / str(n), 10**18 + n * 10**7, draw.randrange(1, 120), draw) for n in range(4)]
    source = small([*paths, pcapng_file(tmp_path / "x", draw)])
    rows = read_through(source)
    assert read_again(source, len(rows)) == rows
    source.close()


def test_a_filter_leaves_out_the_same(tmp_path):
    source = small([pcap_file(tmp_path / "a", 10**18, 200, random.Random(3))])
    source.set_filter(CaptureFilter("greater 120", FilterCompiler.open()))
    rows = read_through(source)
    assert 20 < len(rows) < 180
    assert read_again(source, len(rows)) == rows
    source.close()


def test_a_growing_file_has_few_entries(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(pcap_header(magic=NANO))
    source = small([str(path)], follow=True)
    rows = []
    for number in range(50):
        with path.open("ab") as file:
            file.write(pcap_record(b"%02d" % number * 20, 10**18 + number, magic=NANO))
        rows += read_through(source)
        assert source.counters().growing
    assert rows == [Row(10**18 + number, b"%02d" % number * 20, 40) for number in range(50)]
    assert read_again(source, 50) == rows
    assert len(source._archive._entries) < 5
    source.close()


def test_what_cannot_be_read_again(tmp_path):
    plain = pcap_file(tmp_path / "a", 10**18, 20, random.Random(4))
    (tmp_path / "b.gz").write_bytes(gzip.compress((tmp_path / "a").read_bytes()))
    for paths in ([str(tmp_path / "b.gz")], [plain, str(tmp_path / "b.gz")]):
        source = small(paths)
        assert len(read_through(source)) == 20 * len(paths)
        assert source.archive is None
        source.close()


@pytest.mark.parametrize("change", ["replaced", "cut", "deleted", "rewritten"])
def test_a_file_that_is_not_what_it_was(tmp_path, change):
    path = tmp_path / "a"
    source = small([pcap_file(path, 10**18, 50, random.Random(5))])
    read_through(source)
    source.close()
    if change == "replaced":
        other = tmp_path / "b"
        other.write_bytes(path.read_bytes())
        other.replace(path)
    elif change == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif change == "deleted":
        path.unlink()
    else:
        path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(FileError, match=r"changed|no such file"):
        source.archive.reread(50)


def test_nothing_was_noted():
    with pytest.raises(LookupError):
        FileArchive(["x"], [(0, 0)]).frames(1)
