"""The pcapng reader on files that contradict themselves or have too much of something."""

from __future__ import annotations

import struct

import pytest
from capture_bytes import SHB, block, epb, idb, read_in_blocks, shb


def written(path, *blocks):
    path.write_bytes(b"".join(blocks))
    return path


def damaged(kind):
    good = epb(b"good")
    if kind == "zero length":
        return bytes(4) + struct.pack("<I", 0) + bytes(4000), "a block of 0 bytes"
    if kind == "4 GiB":
        return struct.pack("<II", 6, 0xFFFFFFFC) + bytes(4000), "a block of 4,294,967,292 bytes"
    if kind == "unequal lengths":
        return good[:-4] + struct.pack("<I", 99) + good, "a block whose two lengths differ"
    if kind == "interface":
        return epb(b"bad", interface=1) + good, "a packet of an interface that was not described"
    if kind == "too long":
        return epb(b"bad", captured=9000) + good, "a packet beyond its block"
    if kind == "too short":
        return block(6, bytes(12)) + good, "a packet beyond its block"
    if kind == "short simple":
        return block(3, b"") + good, "a packet beyond its block"
    if kind == "short interface":
        return block(1, bytes(4)) + good, "an interface block that is too short"
    if kind == "version":
        return shb(major=2) + good, "pcapng version 2.0 is not known"
    if kind == "byte order":
        return block(SHB, bytes(16)) + good, "a section header without byte order"
    return struct.pack("<III", SHB, 12, 0x1A2B3C4D) + struct.pack("<HH", 1, 0) + bytes(
        30
    ), "a section header of 12 bytes"


@pytest.mark.parametrize(
    "kind",
    [
        *("zero length", "4 GiB", "unequal lengths", "interface", "too long", "too short", "short simple"),
        *("short interface", "version", "byte order", "short section"),
    ],
)
@pytest.mark.parametrize("size", [64, 1 << 20])
def test_damage_ends_the_file_and_keeps_what_came_before(tmp_path, kind, size):
    before = shb() + idb() + epb(b"first") + epb(b"second")
    bad, why = damaged(kind)
    rows, file, _ = read_in_blocks(written(tmp_path / "a", before, bad), size)
    assert [row.data for row in rows] == [b"first", b"second"]
    assert file.truncated
    assert file.problem == f"damaged at byte {len(before)}: {why}"


def test_interfaces_without_end(tmp_path):
    path = written(tmp_path / "a", shb(), idb() * 70_000, epb(b"x"))
    rows, file, table = read_in_blocks(path)
    assert rows == []
    assert file.problem.endswith("more than 65,536 interfaces in one section")
    assert len(table.interfaces()) == 65_536


def test_more_interfaces_in_all_sections_than_a_column_can_number(tmp_path):
    many = [b"".join(idb(link_type, snaplen) for snaplen in range(1, 40_001)) for link_type in (1, 101)]
    path = written(tmp_path / "a", shb(), many[0], shb(), many[1], epb(b"x", interface=39_999))
    rows, file, table = read_in_blocks(path)
    assert [(row.interface, row.link_type) for row in rows] == [(65_535, 101)]
    assert len(table.interfaces()) == 65_536
    assert not file.truncated


def test_many_sections_of_alternating_byte_order(tmp_path):
    parts = [shb(order) + idb(order=order) + epb(b"%d" % n, n, order=order) for n, order in enumerate("<>" * 300)]
    rows, file, table = read_in_blocks(written(tmp_path / "a", *parts))
    assert [row.data for row in rows] == [b"%d" % n for n in range(600)]
    assert len(table.interfaces()) == 1
    assert not file.truncated
