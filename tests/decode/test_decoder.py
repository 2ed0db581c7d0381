"""The decoder as a whole: the contract of its columns, and that a packet depends on nothing but its own bytes."""

from __future__ import annotations

import numpy as np
import pytest
from decoded import DTYPES, check, columns_of, decoded, fields, row
from frame_examples import EXAMPLES, FRAME

from netwatch.capture.frames import CHECKSUM_NOT_READY as NOT_READY
from netwatch.decode.batch import CHECKSUM_NOT_READY, COLUMNS, CUT_SHORT, MALFORMED
from netwatch.decode.decoder import decode
from tests.frames import frames

MEASURES = {"payload_offset", "payload_captured", "payload_length", "status"}
"""Columns that say how much of a frame was captured, so that a cut always shows in them."""

EVERY_EXAMPLE = pytest.mark.parametrize(("link_type", "frame"), EXAMPLES.values(), ids=EXAMPLES)


def test_every_column_of_the_contract_is_known_here():
    assert tuple(DTYPES) == COLUMNS


def test_no_frames():
    batch = decoded()
    check(batch)
    assert len(batch) == 0
    assert batch.last_number == 0


def test_numbers():
    batch = decoded(FRAME, FRAME, first_number=7)
    assert (batch.first_number, batch.last_number) == (7, 8)


def test_a_frame_without_bytes():
    values = fields(b"")
    assert (values["status"], values["protocol"], values["src"]) == (MALFORMED, 255, "")
    assert fields(b"", wire=[60])["status"] == CUT_SHORT


def test_the_checksum_flag_is_copied():
    batch = decoded(FRAME, FRAME, flags=[0, NOT_READY])
    assert batch.status.tolist() == [0, CHECKSUM_NOT_READY]


def test_a_wire_length_shorter_than_the_frame_is_not_believed():
    assert fields(FRAME, wire=[10])["status"] == 0


def test_a_wire_length_of_4_gib():
    batch = decoded(FRAME, b"\2", wire=[0xFFFFFFFF, 0xFFFFFFFF])
    check(batch)
    assert batch.status.tolist() == [0, CUT_SHORT]


@EVERY_EXAMPLE
def test_whole_frames_are_without_reproach(link_type, frame):
    batch = decoded(frame, link_type=link_type)
    check(batch)
    assert batch.status.tolist() == [0]
    assert batch.payload_offset[0] + batch.payload_captured[0] <= len(frame)


def test_a_batch_of_all_link_types_says_of_each_frame_what_it_says_alone():
    link_types, contents = zip(*EXAMPLES.values(), strict=True)
    batch = decoded(*contents, link_type=link_types)
    check(batch)
    for position, (link_type, frame) in enumerate(EXAMPLES.values()):
        assert row(batch, position) == fields(frame, link_type=link_type)


@EVERY_EXAMPLE
def test_nothing_is_read_from_behind_the_end(link_type, frame):
    """Cut at every byte, a frame says the same whatever bytes lie before and after it in the block."""
    cuts = [frame[:length] for length in range(len(frame) + 1)]
    for wire in (None, [len(frame)] * len(cuts)):
        tables = [
            columns_of(decode(frames(cuts, link_type=link_type, wire=wire, between=between), 1))
            for between in (b"", b"\xff" * 128, bytes(range(128)), frame + bytes(64))
        ]
        for table in tables[1:]:
            assert np.array_equal(table, tables[0])


@EVERY_EXAMPLE
def test_a_cut_header_is_marked(link_type, frame):
    """A snapshot length that leaves out part of a header sets CUT_SHORT; without the mark, nothing is missing."""
    whole = fields(frame, link_type=link_type)
    for length in range(len(frame)):
        cut = fields(frame[:length], link_type=link_type, wire=[len(frame)])
        assert cut["status"] in (0, CUT_SHORT)
        if cut["status"] == 0:
            assert {name: cut[name] for name in cut if name not in MEASURES} == {
                name: whole[name] for name in whole if name not in MEASURES
            }
            assert cut["payload_length"] == whole["payload_length"]


@EVERY_EXAMPLE
def test_a_frame_that_ends_inside_a_header_is_malformed(link_type, frame):
    whole = fields(frame, link_type=link_type)
    for length in range(len(frame)):
        short = fields(frame[:length], link_type=link_type)
        assert not short["status"] & CUT_SHORT
        if not short["status"] & MALFORMED:
            assert {name: short[name] for name in short if name not in MEASURES} == {
                name: whole[name] for name in whole if name not in MEASURES
            }


def test_ports_are_kept_of_a_header_that_is_cut_behind_them():
    for length in range(34, 54):
        values = fields(FRAME[:length], wire=[len(FRAME)])
        assert values["status"] == CUT_SHORT
        assert (values["sport"], values["dport"]) == ((40000, 80) if length >= 38 else (0, 0))
        assert (values["tcp_seq"], values["tcp_flags"]) == (0, 0)
        assert values["payload_captured"] == 0
        assert (values["src"], values["ttl"], values["protocol"]) == ("10.0.0.1", 64, 6)
