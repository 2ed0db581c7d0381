"""Files that we wrote, as capinfos and tshark see them."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from capture_bytes import INTERFACES, Row, frames_of, saved


@pytest.mark.skipif(not shutil.which("capinfos"), reason="capinfos is not installed")
@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng", "a.pcap.gz", "a.pcapng.gz"])
def test_capinfos_agrees(tmp_path, name):
    rows = [
        Row(10**18 + n * 1001, bytes([n]) * (n + 1), n + 5, direction=n % 3, comment="x" * (n % 2)) for n in range(40)
    ]
    path = tmp_path / name
    saved(path, [(frames_of(rows), None)], INTERFACES[:1], dropped=2)
    command = ["capinfos", "-TMmS", "-c", "-d", "-a", "-e", "-E", "-I", str(path)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names, values = (line.split(",") for line in text.splitlines()[:2])
    facts = dict(zip(names, values, strict=True))
    assert facts["Number of packets"] == "40"
    assert facts["Data size (bytes)"] == str(sum(row.wire for row in rows))
    assert facts["Start time"] == "1000000000.000000000"
    assert facts["End time"] == "1000000000.000039039"
    assert facts["File encapsulation"] == "ether"


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_tshark_reads_comments_directions_and_interfaces(tmp_path):
    rows = [
        Row(1_000_000_001, bytes(60), 60, 0, 1, 1, "first\nnote"),
        Row(1_000_000_002, bytes(60), 70, 0, 1, 2, None),
        Row(1_000_000_003, b"\x45" + bytes(30), 31, 2, 101, 0, "ü"),
    ]
    path = tmp_path / "a.pcapng"
    saved(path, [(frames_of(rows), None)])
    fields = ("time_epoch", "len", "cap_len", "packet_flags_direction", "interface_name", "comment")
    command = [
        "tshark",
        "-r",
        str(path),
        "-T",
        "json",
        *(part for field in fields for part in ("-e", f"frame.{field}")),
    ]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    lines = [[packet["_source"]["layers"].get(f"frame.{field}", [""])[0] for field in fields] for packet in found]
    assert lines == [
        ["1.000000001", "60", "60", "0x00000001", "eth0", "first\nnote"],
        ["1.000000002", "70", "60", "0x00000002", "eth0", ""],
        ["1.000000003", "31", "31", "", "ünnamed", "ü"],
    ]
