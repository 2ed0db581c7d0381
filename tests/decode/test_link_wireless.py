"""IEEE 802.11 frames, bare and behind radiotap."""

from __future__ import annotations

import struct

import pytest
from decoded import fields, only
from frame_examples import PACKET, PACKET6

from netwatch.capture.frames import LINKTYPE_IEEE802_11, LINKTYPE_IEEE802_11_RADIOTAP
from netwatch.decode.batch import CUT_SHORT, ETHERTYPE_LLC, ETHERTYPE_UNKNOWN, MALFORMED
from tests.frames import arp, radiotap, snap, wireless

FOUND = ("ethertype", "network_offset", "status")
BODY = snap(0x0800, PACKET)
TIME_STAMP, FLAGS, MORE = 1, 2, 1 << 31
WITH_CHECKSUM, PADDED = b"\x10", b"\x20"


def bare(frame, **block):
    return fields(frame, link_type=LINKTYPE_IEEE802_11, **block)


def tapped(frame, **block):
    return fields(frame, link_type=LINKTYPE_IEEE802_11_RADIOTAP, **block)


@pytest.mark.parametrize("flags", [0x00, 0x01, 0x02])
def test_a_data_frame(flags):
    assert only(bare(wireless(BODY, flags=flags)), *FOUND, "dport") == (0x0800, 32, 0, 80)


def test_a_data_frame_between_access_points_has_four_addresses():
    assert only(bare(wireless(BODY, flags=0x03, after=bytes(6))), *FOUND, "dport") == (0x0800, 38, 0, 80)


def test_a_data_frame_with_quality_of_service():
    assert only(bare(wireless(BODY, kind=0x88, after=bytes(2))), *FOUND, "dport") == (0x0800, 34, 0, 80)
    high_throughput = wireless(BODY, kind=0x88, flags=0x81, after=bytes(6))
    assert only(bare(high_throughput), *FOUND, "dport") == (0x0800, 38, 0, 80)


def test_the_order_flag_without_quality_of_service_adds_nothing():
    assert only(bare(wireless(BODY, flags=0x81)), *FOUND, "dport") == (0x0800, 32, 0, 80)


def test_the_first_part_of_an_aggregate():
    part = bytes(12) + struct.pack("!H", len(BODY)) + BODY
    values = bare(wireless(part, kind=0x88, after=b"\x80\0"))
    assert only(values, *FOUND, "dport") == (0x0800, 24 + 2 + 14 + 8, 0, 80)


def test_llc_without_snap():
    assert only(bare(wireless(b"\x42\x42\x03bpdu")), *FOUND) == (ETHERTYPE_LLC, 24, 0)


def test_arp_over_802_11():
    values = bare(wireless(snap(0x0806, arp(1))))
    assert only(values, *FOUND, "sport", "src") == (0x0806, 32, 0, 1, "10.0.0.1")


@pytest.mark.parametrize(
    ("kind", "flags"),
    [(0x80, 0), (0xD4, 0), (0x0C, 0), (0x48, 1), (0xC8, 1), (0x08, 0x41), (0x88, 0x41)],
    ids=["beacon", "ack", "extension", "null", "qos null", "encrypted", "encrypted qos"],
)
def test_all_other_frames_stay_at_the_mac_header(kind, flags):
    frame = wireless(BODY, kind=kind, flags=flags)
    assert only(bare(frame), *FOUND, "protocol", "payload_offset") == (ETHERTYPE_UNKNOWN, 0, 0, 255, 0)
    assert only(tapped(radiotap(frame)), *FOUND, "payload_offset") == (ETHERTYPE_UNKNOWN, 8, 0, 8)


def test_radiotap():
    values = tapped(radiotap(wireless(snap(0x86DD, PACKET6)), fields=bytes(13)))
    assert only(values, *FOUND, "dport") == (0x86DD, 21 + 32, 0, 53)


def test_radiotap_of_an_impossible_length():
    frame = radiotap(wireless(BODY))
    assert tapped(b"\0\0\x04\0" + frame[4:])["status"] == MALFORMED
    assert tapped(b"\0\0\xff\xff" + frame[4:])["status"] == MALFORMED
    assert tapped(b"\0\0\xff\xff" + frame[4:], wire=[70000])["status"] == CUT_SHORT


def test_the_checksum_behind_a_frame_is_no_payload():
    frame = wireless(snap(0x88CC, b"lldp"))
    without = tapped(radiotap(frame, present=FLAGS, fields=b"\0"))
    behind = tapped(radiotap(frame + b"\1\2\3\4", present=FLAGS, fields=WITH_CHECKSUM))
    assert only(without, "payload_length", "payload_captured") == (4, 4)
    assert only(behind, "payload_length", "payload_captured") == (4, 4)


def test_a_frame_shorter_than_its_checksum():
    values = tapped(radiotap(b"\1\2", present=FLAGS, fields=WITH_CHECKSUM))
    assert only(values, *FOUND, "payload_length") == (ETHERTYPE_UNKNOWN, 9, MALFORMED, 0)


def test_a_body_that_the_adapter_aligned():
    frame = wireless(BODY, kind=0x88, after=bytes(2) + bytes(2))
    values = tapped(radiotap(frame, present=FLAGS, fields=PADDED))
    assert only(values, *FOUND, "dport") == (0x0800, 9 + 28 + 8, 0, 80)


@pytest.mark.parametrize(
    ("present", "fields_before"),
    [
        (FLAGS, b""),
        (FLAGS | TIME_STAMP, bytes(8)),
        (FLAGS | MORE, struct.pack("<I", 0)),
        (FLAGS | TIME_STAMP | MORE, struct.pack("<I", 0) + bytes(4 + 8)),
        (FLAGS | TIME_STAMP | MORE, struct.pack("<II", MORE, 0) + bytes(8)),
    ],
    ids=["alone", "behind the time stamp", "behind a second mask", "aligned", "behind three masks"],
)
def test_where_the_flags_are(present, fields_before):
    header = radiotap(b"", present=present, fields=fields_before + WITH_CHECKSUM)
    values = tapped(header + wireless(snap(0x88CC, b"lldp")) + bytes(4))
    assert only(values, "ethertype", "payload_length") == (0x88CC, 4)


def test_masks_without_end():
    values = tapped(radiotap(wireless(BODY), present=MORE | FLAGS, fields=b"\xff" * 60))
    assert only(values, *FOUND, "dport") == (0x0800, 68 + 32, 0, 80)
