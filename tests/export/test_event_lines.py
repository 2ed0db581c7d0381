"""Lines of packets and of flows, which are written in pieces: each is what a JSON encoder makes of its record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from netwatch.decode.decoder import decode
from netwatch.export.eve import endpoints, identity, number_pieces
from netwatch.export.event_packets import packet_ends
from netwatch.export.event_stream import Wanted
from tests.export.test_events import told
from tests.frames import arp, ethernet, ethernet_llc, extension, frames, icmp, ipv4, ipv6, sctp, tcp, udp

if TYPE_CHECKING:
    from collections.abc import Sequence

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
NAME = 'so-called "eth0" \\ \u00e9'
FRAMES = (
    ethernet(0x0800, ipv4(6, tcp(flags=0x12))),
    ethernet(0x0800, ipv4(17, udp(b"x" * 70))),
    ethernet(0x86DD, ipv6(6, tcp(flags=0)), tags=((0x88A8, 7), (0x8100, 9))),
    ethernet(0x86DD, ipv6(17, udp(), source="::", destination="ff02::1")),
    ethernet(0x0800, ipv4(17, udp(sport=68, dport=67), source="0.0.0.0", destination="255.255.255.255")),
    ethernet(0x0800, ipv4(1, icmp(8, 0)), tags=((0x8100, 5),)),
    ethernet(0x0800, ipv4(1, icmp(3, 1))),
    ethernet(0x86DD, ipv6(58, icmp(128, 0))),
    ethernet(0x0800, ipv4(132, sctp())),
    ethernet(0x0800, ipv4(89, bytes(24))),
    ethernet(0x86DD, ipv6(0, extension(59, b""))),
    ethernet(0x0800, b"\x45"),
    ethernet(0x0806, arp(1)),
    ethernet(0x88CC, bytes(20)),
    ethernet_llc(bytes(40)),
)


def encoded(record: dict[str, object]) -> str:
    """Return a record as a JSON encoder writes it."""
    return json.dumps(record, separators=(",", ":"))


def lines_of(path: Path, *types: str) -> list[str]:
    """Return what is told of a capture file."""
    return told(FileSource([str(path)]), Wanted("eve", frozenset(types))).lines


def capture_of(path: Path, packets: Sequence[bytes]) -> Path:
    """Write packets to a file whose interface has a name that JSON has to escape."""
    save(str(path), [(frames(packets), None)], [FrameInterface(NAME)])
    return path


def test_packets_of_every_kind(tmp_path: Path) -> None:
    """Written at once or not, their lines tell what other records of the same ends tell."""
    path = capture_of(tmp_path / "x.pcapng", FRAMES)
    lines = lines_of(path, "packet")
    assert len(lines) == len(FRAMES)
    batch = decode(frames(FRAMES), 1)
    for at, (line, ends) in enumerate(zip(lines, packet_ends(batch, np.arange(len(FRAMES))), strict=True)):
        record = json.loads(line)
        assert line == encoded(record)
        shared = identity(ends) | {"event_type": "packet"} | endpoints(ends)
        assert {name: record.get(name) for name in shared} == shared
        assert (record["pcap_cnt"], record["length"]) == (at + 1, len(FRAMES[at]))
        assert record["in_iface"] == NAME
        assert ("flags" in record) == (batch.protocol.item(at) == 6)
    assert [json.loads(line).get("vlan") for line in lines[1:6]] == [None, [7, 9], None, None, [5]]
    assert json.loads(lines[3])["src_ip"] == "::"
    assert json.loads(lines[0])["flags"] == "SA"


def test_flows_of_every_kind(tmp_path: Path) -> None:
    """Each line is one object as an encoder writes it, with the members of its protocol."""
    lines = lines_of(capture_of(tmp_path / "x.pcapng", FRAMES), "flow")
    records = [json.loads(line) for line in lines]
    assert lines == [encoded(record) for record in records]
    assert {record["proto"] for record in records} >= {"TCP", "UDP", "ICMP", "IPv6-ICMP", "SCTP", "OSPF", "ARP", "LLDP"}
    for record in records:
        assert ("tcp" in record) == (record["proto"] == "TCP")
        assert ("icmp_type" in record) == ("ICMP" in record["proto"])
        assert ("community_id" in record) == ("ip_v" in record)
    opened = next(record for record in records if record.get("tcp", {}).get("tcp_flags") == "12")
    assert opened["tcp"] == {
        "tcp_flags": "12", "tcp_flags_ts": "00", "tcp_flags_tc": "12", "syn": True, "ack": True, "state": "syn_recv",
    }  # fmt: skip
    assert sum(record["flow"]["pkts_toserver"] + record["flow"]["pkts_toclient"] for record in records) == len(FRAMES)


def test_lengths_of_any_size(tmp_path: Path) -> None:
    """A packet may say that it was larger than any is."""
    block = frames(FRAMES, wire=[65_535, 65_536, 4_294_967_295, *map(len, FRAMES[3:])])
    path = tmp_path / "x.pcap"
    save(str(path), [(block, None)], [FrameInterface("")])
    lengths = [json.loads(line)["length"] for line in lines_of(path, "packet")]
    assert lengths == block.wire_length.tolist()


def test_numbers_in_pieces() -> None:
    """They are what str makes of them, at every border of the thousands."""
    numbers = [0, 7, 42, 999, 1000, 1001, 1099, 10_000, 999_999, 1_000_000, 123_456_789_012, 5]
    assert ["".join(pair) for pair in zip(*number_pieces(np.array(numbers)), strict=True)] == list(map(str, numbers))


@pytest.mark.skipif(not DEV.is_dir(), reason="the captures are not beside this checkout")
@pytest.mark.parametrize("folder", ["format", "linktype", "tunnel", "fuzz"])
def test_lines_of_real_captures(folder: str) -> None:
    """Whatever was captured, the lines are what an encoder makes of their records, and ASCII."""
    paths = sorted(path for path in (DEV / folder).iterdir() if path.is_file() and path.stat().st_size < 60_000)
    for path in paths[:: max(len(paths) // 5, 1)]:
        for line in lines_of(path, "packet", "flow"):
            assert line.isascii()
            assert line == encoded(json.loads(line)), path
