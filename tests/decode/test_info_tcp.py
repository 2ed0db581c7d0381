from __future__ import annotations

import pytest

from netwatch.decode.info.tcp import FLAGS, Segment, options_text, tcp_text


def test_every_combination_of_flags_has_its_letters():
    assert FLAGS[0] == ""
    assert FLAGS[0x02] == "S"
    assert FLAGS[0x12] == "SA"
    assert FLAGS[0x11] == "FA"
    assert FLAGS[0x14] == "RA"
    assert FLAGS[0x18] == "PA"
    assert FLAGS[0xFF] == "FSRPAUEC"
    assert len(set(FLAGS)) == 256


def test_a_syn():
    header = bytes(20) + b"\2\4\x05\xb4\4\2\x08\x0a\0\0\0\1\0\0\0\0\1\3\3\7"
    assert tcp_text(Segment(43948, 8006, 0x02, 123, 0, 64240, 0), header) == (
        "43948 > 8006 [S] seq=123 win=64240 len=0 mss=1460 sackok tsval=1 tsecr=0 ws=128"
    )


def test_a_segment_with_data():
    assert tcp_text(Segment(1, 2, 0x18, 5, 6, 7, 8), bytes(20)) == "1 > 2 [PA] seq=5 ack=6 win=7 len=8"


def test_the_urgent_pointer():
    assert "urg=9" in tcp_text(Segment(1, 2, 0x38, 5, 6, 7, 8), bytes(18) + b"\0\x09")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (b"", ""),
        (b"\1\1\1\0", ""),
        (b"\5\x12\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4", " sack=1-2,3-4"),
        (b"\x22\2", " tfo"),
        (b"\x22\6\1\2\3\4", " tfo=01020304"),
        (b"\x1e\4\x01\0", " mptcp-0"),
        (b"\x13\x12" + bytes(16), " md5"),
        (b"\3\3\xff", " ws=16384"),  # RFC 7323 section 2.3
        (b"\xfd\4ab", " option-253"),
        (b"\2\0\x05\xb4", ""),  # a length below 2 ends the options
        (b"\2", ""),
        (b"\2\4\x05", " mss=5"),
        (b"\x08\x0a\0", " tsval=0 tsecr=0"),
    ],
)
def test_options(options, text):
    assert options_text(options) == text
