"""`netwatch console`: what is in reach at its prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from netwatch.decode.dissect_packets import packet_list
from tests.prepared import netwatch
from tests.scenes import CLIENT, START_NS, day, frames_of
from tests.test_cli import refused

if TYPE_CHECKING:
    from pathlib import Path

PACKETS = day()


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Return a capture file of the scene."""
    path = tmp_path / "scene.pcap"
    save(str(path), [(frames_of(PACKETS), None)], [FrameInterface("eth0")])
    return path


def test_packets_flows_and_scapy(capture: Path) -> None:
    """The packets are Scapy's, byte for byte; the rest stands beside."""
    lines = [
        "print(len(packets), pkts is packets, packets[2][DNS].qd.qname)",
        "print(flows[0]['src'], flows[0]['community_id'][:2], alerts)",
        "print(bytes(IP(dst='10.0.0.1'))[:1], packets[0].time)",
    ]
    done = netwatch("console", capture, typed="\n".join([*lines, "exit()", ""]))
    assert done.returncode == 0, done.stderr
    shown = done.stdout.replace(">>> ", "")
    assert "112 True b'www.example.com.'" in shown
    assert f"{CLIENT} 1: []" in shown
    assert "b'E' 1767225600" in shown
    assert "112 packets in `packets`" in done.stderr


def test_what_is_wanted_only(capture: Path) -> None:
    """`-Y` and `-c` narrow it."""
    done = netwatch("console", capture, "-Y", "dns", typed="print(len(packets), len(flows))\n")
    assert "16 8" in done.stdout
    done = netwatch("console", capture, "-c", "5", typed="print(len(packets))\n")
    assert "5\n" in done.stdout


def test_what_the_user_does_wrong_is_all_that_is_told(capture: Path) -> None:
    """Not how the prompt came to be."""
    done = netwatch("console", capture, typed="1 / 0\n")
    assert "ZeroDivisionError" in done.stderr
    assert "another exception" not in done.stderr
    assert "IPython" not in done.stderr


def test_wrong_usage(capture: Path) -> None:
    """Status 2 and what to do."""
    refused(netwatch("console"), 2, "-i INTERFACE")
    refused(netwatch("console", "-r", "-"), 2, "standard input")


def test_hostile_bytes_are_raw() -> None:
    """A dissector that fails costs nothing but its layers."""
    found = packet_list([(b"\xff" * 5, 1, START_NS, 60), (b"x", 9999, START_NS, 1), (PACKETS[0], 1, START_NS, 42)], "x")
    assert [bytes(packet) for packet in found][:2] == [b"\xff" * 5, b"x"]
    assert bytes(found[2]) == PACKETS[0]
    assert float(found[0].time) == START_NS / 1e9
