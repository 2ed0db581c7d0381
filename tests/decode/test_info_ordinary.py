"""Lines of ordinary packets: made for a batch at once, they are what each packet is said to be by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netwatch.capture.file_source import FileSource
from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.decoder import decode
from netwatch.decode.info.describe import describe
from netwatch.decode.info.ordinary import ordinary
from tests.scenes import START_NS, day, frames_of

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
CAPTURES = (
    "dns/ipfixprobe__inputs_smtp.pcap",
    "tls/zeek__quic_chromium-115.0.5790.110-api-cirrus-com.pcap",
    "attack/curated-pcaps__nmap_nmap_80_all.pcap",
    "frag/zeek__Traces_ipv6-http-atomic-frag.pcap",
    "fuzz/ndpi__pcap_tls_invalid_reads.pcap",
    "linktype/pcapflowlab__showcase_pcap_flow_lab_showcase.pcap",
    "tls/malcolm-test-a__protocols_RADIUS.pcap",
)


def test_a_day_of_traffic() -> None:
    """All of it is ordinary, and said alike."""
    batch = decode(frames_of(day(), START_NS), 1)
    found = ordinary(batch)
    assert found.rows.tolist() == np.flatnonzero(np.isin(batch.protocol, (PROTOCOL_TCP, PROTOCOL_UDP))).tolist()
    for at, protocol, text in zip(found.rows.tolist(), found.protocols, found.texts, strict=True):
        assert describe(batch, at)[:2] == (protocol, text)


@pytest.mark.skipif(not DEV.is_dir(), reason="the captures are not beside this checkout")
@pytest.mark.parametrize("name", CAPTURES, ids=range(len(CAPTURES)))
def test_real_captures(name: str) -> None:
    """Whatever options, ports and payloads there are."""
    frames = FileSource([str(DEV / name)]).read(1)
    assert frames is not None
    batch = decode(frames, 1)
    found = ordinary(batch)
    for place in range(min(len(found.rows), 500)):
        assert describe(batch, found.rows.item(place))[:2] == (found.protocols[place], found.texts[place])
