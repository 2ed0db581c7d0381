"""All real captures beside the checkout against the facts that capinfos and tshark state of them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from capture_bytes import blocks_of

from netwatch.capture.file_source import FileSource
from tests.truth import ENCAPSULATIONS

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps" / "dev"
pytestmark = pytest.mark.skipif(not (CAPTURES / "truth.json").exists(), reason=f"no captures in {CAPTURES}")

SUNATM = 123
"""tshark takes the 4 bytes of this link type's pseudo header off the lengths."""

NOT_PACKETS = {
    "gopacket__be_test202.pcapng": 116,
    "gopacket__le_test102.pcapng": 116,
    "gopacket__le_test202.pcapng": 116,
    "libtrace__traces_complex.pcapng": 116,
}
"""tshark lists blocks that hold no packet as frames; these are the bytes they add. capinfos counts as we do."""

FRACTION_OVERFLOWS = {
    "malcolm-test-a__protocols_DHCP.pcap",
    "malcolm-test-a__protocols_RADIUS.pcap",
    "ntopng__fuzz_dissect_packet_babel_update_oobr.pcap",
    "pcapplusplus__ion_samples_clusterfuzz-testcase-minimized-FuzzTarget-4829420752470016.pcap",
    "pcapplusplus__ion_samples_clusterfuzz-testcase-minimized-FuzzTarget-5421416466481152.pcap",
    "tcpdump__tests_atm-oam-loopback-print-overrun.pcap",
    "tcpflow__tests_bug8.pcap",
}
"""The microseconds field is over a second; tshark multiplies it by 1000 in 32 bits, we carry it into the seconds."""

STOPPED_BY_CAPINFOS = {
    "gopacket__be_test901.pcapng": 1,
    "gopacket__le_test901.pcapng": 1,
    "pcapplusplus__ion_samples_clusterfuzz-testcase-minimized-FuzzTarget-5723611632762880.pcap": 1,
    "pcapplusplus__regression_samples_radiuslayer.pcap": 5,
    "suricata-verif__bug-1450-04_tls_DER-incomplete-header.pcap": 6,
    "suricata-verif__bug-1450-05_tls_DER-incomplete-content.pcap": 6,
}
"""Damaged files for which capinfos states nothing: the packets before the damage, as tshark lists them."""

WIRE_CLIPPED = "pcapplusplus__ion_samples_clusterfuzz-testcase-minimized-FuzzTarget-5723611632762880.pcap"
"""States a frame of 4,280,295,456 bytes, which tshark cuts to 2,147,483,647."""


@cache
def truth():
    return json.loads((CAPTURES / "truth.json").read_text())["files"]


def folders():
    return sorted({name.split("/")[0] for name in truth()}) if (CAPTURES / "truth.json").exists() else ["none"]


def nanoseconds(text):
    seconds, _, fraction = text.partition(".")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0"))


def differences(name, facts):
    """What differs between our reading of a capture and the facts, as a list of texts."""
    short = name.split("/")[1]
    stated = facts["file"]
    source = FileSource([str(CAPTURES / name)])
    blocks = blocks_of(source)
    counters = source.counters()
    source.close()
    packets = sum(map(len, blocks))
    link_types = {int(value) for block in blocks for value in block.link_type}
    expected = {
        "packets": STOPPED_BY_CAPINFOS.get(short) or stated["packets"],
        "truncated": "cut short" in facts["tools"]["tshark"]["stderr"] or short in STOPPED_BY_CAPINFOS,
        "progress": counters.progress if counters.truncated else 1.0,
    }
    found = {"packets": packets, "truncated": counters.truncated, "progress": counters.progress}
    if short != WIRE_CLIPPED:
        found["wire"] = sum(int(block.wire_length.sum()) for block in blocks) + NOT_PACKETS.get(short, 0)
        found["captured"] = sum(int(block.captured.sum()) for block in blocks) + NOT_PACKETS.get(short, 0)
        pseudo = 4 * packets if link_types == {SUNATM} else 0
        expected["wire"] = facts["bytes_wire"] + pseudo
        expected["captured"] = facts["bytes_captured"] + pseudo
    if stated.get("first_ts") and short not in FRACTION_OVERFLOWS:
        found["times"] = (min(int(b.time_ns.min()) for b in blocks), max(int(b.time_ns.max()) for b in blocks))
        expected["times"] = (nanoseconds(stated["first_ts"]), nanoseconds(stated["last_ts"]))
    if stated.get("encapsulation") in ENCAPSULATIONS and packets:
        found["link types"] = link_types
        expected["link types"] = {ENCAPSULATIONS[stated["encapsulation"]]}
    if "dlt" in stated.get("header", {}):
        found["link type"] = source.interfaces[0].link_type
        expected["link type"] = {12: 101, 14: 101}.get(
            stated["header"]["dlt"] & 0xFFFF, stated["header"]["dlt"] & 0xFFFF
        )
    return [f"{name}: {key} {found[key]} is not {expected[key]}" for key in found if found[key] != expected[key]]


@pytest.mark.parametrize("folder", folders())
def test_files_are_read_as_capinfos_and_tshark_do(folder):
    of_folder = {name: facts for name, facts in truth().items() if name.startswith(folder + "/")}
    assert of_folder
    assert [line for name, facts in of_folder.items() for line in differences(name, facts)] == []


def test_the_exceptions_are_real():
    """Every exception above still is one: the fact that tshark states differs from what the file holds."""
    known = {name.split("/")[1]: (name, facts) for name, facts in truth().items()}
    for short in FRACTION_OVERFLOWS:
        name, facts = known[short]
        source = FileSource([str(CAPTURES / name)])
        times = [int(time) for block in blocks_of(source) for time in block.time_ns]
        source.close()
        fact = facts["file"]
        assert (fact["first_ts"], fact["last_ts"]) != (f"{min(times) / 1e9:.6f}", f"{max(times) / 1e9:.6f}")
