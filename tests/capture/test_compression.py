"""Compressed captures: whole, joined, padded, cut, damaged, and small files that unpack to very large ones."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import struct
import tracemalloc
import zlib

import pytest
from capture_bytes import blocks_of, epb, idb, pcap, pcap_header, read_in_blocks, rows_of, shb

from netwatch.capture.file_source import FileSource
from netwatch.errors import FileError

FRAMES = [bytes([n]) * (10 + n) for n in range(50)]
PLAIN = pcap(FRAMES)
KINDS = ["gzip", "xz", "zstd"]
SKIPPED = b"\x5a\x2a\x4d\x18" + struct.pack("<I", 5) + b"12345"


def packed(kind, data):
    if kind == "gzip":
        return gzip.compress(data, mtime=0)
    if kind == "xz":
        return lzma.compress(data)
    return pytest.importorskip("zstandard").ZstdCompressor(write_checksum=True).compress(data)


def written(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("plain", [PLAIN, shb() + idb() + b"".join(map(epb, FRAMES))], ids=["pcap", "pcapng"])
def test_is_read_whatever_its_name(tmp_path, kind, plain):
    rows, file, _ = read_in_blocks(written(tmp_path / "a.txt", packed(kind, plain)))
    assert [row.data for row in rows] == FRAMES
    assert not file.truncated
    assert file.stream.position == file.stream.size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [32, 1 << 20])
def test_members_one_after_the_other_padding_and_rubbish(tmp_path, kind, size):
    halves = packed(kind, PLAIN[:333]) + bytes(8) + packed(kind, b"") + packed(kind, PLAIN[333:])
    for after in (b"", bytes(512), b"rubbish after the end"):
        rows, file, _ = read_in_blocks(written(tmp_path / "a", halves + after), size)
        assert [row.data for row in rows] == FRAMES
        assert not file.truncated


def test_zstd_frames_that_are_to_be_skipped(tmp_path):
    path = written(tmp_path / "a", SKIPPED + packed("zstd", PLAIN) + SKIPPED)
    assert [row.data for row in read_in_blocks(path)[0]] == FRAMES


@pytest.mark.parametrize("kind", KINDS)
def test_cut_anywhere_it_gives_what_can_be_unpacked(tmp_path, kind):
    whole = packed(kind, PLAIN)
    most = 0
    for cut in range(len(whole)):
        path = written(tmp_path / "a", whole[:cut])
        try:
            rows, file, _ = read_in_blocks(path)
        except FileError:
            continue
        assert [row.data for row in rows] == FRAMES[: len(rows)]
        assert file.truncated
        assert file.problem
        most = max(most, len(rows))
    assert most == len(FRAMES)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_keeps_what_came_before(tmp_path, kind):
    # two members: the first is whole, a byte of the second is wrong
    second = bytearray(packed(kind, PLAIN[333:] + bytes(range(256)) * 64))
    second[len(second) // 2] ^= 0xFF
    path = written(tmp_path / "a", packed(kind, PLAIN[:333]) + second)
    rows, file, _ = read_in_blocks(path)
    assert len(rows) >= 8
    assert [row.data for row in rows][:8] == FRAMES[:8]
    assert file.truncated
    assert f"its {kind} data cannot be unpacked" in file.problem or "damaged at byte" in file.problem


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_inside_must_be_a_capture(tmp_path, kind):
    with pytest.raises(FileError, match="is not a capture file"):
        read_in_blocks(written(tmp_path / "a", packed(kind, b"just a text\n" * 100)))
    with pytest.raises(FileError, match="it is empty"):
        read_in_blocks(written(tmp_path / "a", packed(kind, b"")))


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"])
def test_only_the_beginning_is_compressed(tmp_path, start):
    with pytest.raises(FileError) as raised:
        read_in_blocks(written(tmp_path / "a", start + b"\xff" * 300))
    assert str(raised.value).startswith("cannot read a: its ")
    assert "cannot be unpacked (" in str(raised.value)


def test_another_compression_is_not_known(tmp_path):
    with pytest.raises(FileError, match=r"a is not a capture file.*gzip, xz or zstd"):
        read_in_blocks(written(tmp_path / "a", bz2.compress(PLAIN)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_takes_no_memory(tmp_path, kind):
    """300 MiB of zeros in large records unpack from a few kilobytes; only blocks of them are ever in memory."""
    record = struct.pack("<IIII", 1, 0, 1 << 20, 1 << 20) + bytes(1 << 20)
    bomb = packed(kind, pcap_header() + record * 4)
    member = packed(kind, record * 16)
    path = written(tmp_path / "a", bomb + member * 16)
    assert path.stat().st_size < 1 << 20
    source = FileSource([str(path)])
    frames = 0
    tracemalloc.start()
    try:
        while True:
            try:
                block = source.read(1.0)
            except EOFError:
                break
            frames += len(block) if block is not None else 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        source.close()
    assert frames == 260
    assert peak < 100 << 20


def test_members_without_content_do_not_keep_a_reader_busy(tmp_path):
    path = written(tmp_path / "a", packed("gzip", PLAIN[:333]) + gzip.compress(b"", mtime=0) * 2000)
    source = FileSource([str(path)])
    turns = 0
    blocks = []
    while True:
        try:
            frames = source.read(0.0)
        except EOFError:
            break
        turns += 1
        if frames is not None:
            blocks.append(frames)
    source.close()
    assert turns > 10
    assert [row.data for row in rows_of(blocks)] == FRAMES[:10]


def test_an_unpacker_that_wants_too_much_memory_is_refused(tmp_path):
    """An xz file whose block header asks for a dictionary of 4 GiB (the code 40 of the LZMA2 filter)."""
    data = bytearray(lzma.compress(PLAIN))
    block = 12  # after the stream header
    size = (data[block] + 1) * 4
    data[data.index(b"\x21\x01", block) + 2] = 40
    checked = bytes(data[block : block + size - 4])
    data[block + size - 4 : block + size] = struct.pack("<I", zlib.crc32(checked))
    with pytest.raises(FileError, match=r"xz data cannot be unpacked .*[Mm]emory"):
        read_in_blocks(written(tmp_path / "a", bytes(data)))


def test_zstd_without_its_package_says_so(tmp_path, monkeypatch):
    path = written(tmp_path / "a", packed("zstd", PLAIN))
    real = importlib.import_module

    def without(name, *rest):
        if name == "zstandard":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(FileError, match=r"needs a package that is not installed\. pip install zstandard"):
        read_in_blocks(path)


@pytest.mark.parametrize("kind", KINDS)
def test_progress_counts_compressed_bytes(tmp_path, kind):
    source = FileSource([str(written(tmp_path / "a", packed(kind, PLAIN)))])
    blocks_of(source)
    assert source.counters().progress == 1.0
    source.close()
