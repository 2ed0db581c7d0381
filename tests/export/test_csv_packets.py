"""The CSV log: what is written for a batch at once is what the csv module writes of each row of the packet table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.decode.decoder import decode
from netwatch.decode.info.tcp import FLAGS
from netwatch.decode.row import packet_row
from netwatch.export.csv_packets import PacketTable, harmless
from netwatch.export.eve import timestamp
from netwatch.track.flow import FlowTracker

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
CAPTURES = (
    "dns/ipfixprobe__inputs_smtp.pcap",
    "dns/zeek__smb_smb_v2_only_non_zero_reserved1.pcap",
    "attack/malcolm-test-a__zeek-httpattacks_http.trace",
    "linktype/pcapflowlab__showcase_pcap_flow_lab_showcase.pcap",
    "tunnel/arkime__pcap_stun.pcap",
    "format/arkime__pcap_ipv6-gtp6.pcap",
)
MOST = 400


@pytest.mark.skipif(not DEV.is_dir(), reason="the captures are not beside this checkout")
@pytest.mark.parametrize("name", CAPTURES, ids=range(len(CAPTURES)))
def test_real_captures(name: str) -> None:
    """Ordinary packets and all others, byte for byte."""
    frames = FileSource([str(DEV / name)]).read(1)
    assert frames is not None
    batch = decode(frames, 1)
    flows = FlowTracker(seed=1)
    lines = PacketTable(flows.columns).lines(batch, flows.feed(batch))
    assert len(lines) == len(batch)
    for at, line in enumerate(lines[:MOST]):
        row, text = packet_row(batch, at, ""), io.StringIO()
        tcp = batch.protocol.item(at) == PROTOCOL_TCP
        numbers = [number if number >= 0 else "" for number in (row.source_port, row.destination_port)]
        flags = FLAGS[batch.tcp_flags.item(at)] if tcp else ""
        fields = (row.protocol, flags, row.ttl if row.ttl >= 0 else "", row.length, harmless(row.info))
        csv.writer(text, lineterminator="").writerow(
            (timestamp(row.time_ns), row.source, row.destination, *numbers, *fields)
        )
        assert line == text.getvalue()
