"""Server names and fingerprints of real captures beside those that tshark 4.0.17 shows.

Names stand in truth.json; data/ja3.tsv has tls.handshake.ja3 and ja3s, out-of-order reassembly on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.tables.query import TableQuery
from netwatch.track.analysis import Analysis
from netwatch.track.vendors import Vendors

DEV = Path(__file__).resolve().parents[3] / "shared" / "pcaps" / "dev"
TRUTH = DEV / "truth.json"
FINGERPRINTS = Path(__file__).with_name("data") / "ja3.tsv"
LARGEST = 60_000
"""Bytes of the captures that are read; all 846 were compared once, and four differ in names."""

pytestmark = pytest.mark.skipif(not TRUTH.exists(), reason=f"no {TRUTH}")

TUNNEL = "inside a tunnel that is not looked into: EAP, OpenVPN"
DATAGRAMS = "DTLS, or TLS over UDP in RDP"
STARTTLS = "TLS that begins inside a protocol that is not read"
DRAFT = "a ServerHello of a draft of TLS 1.3, which had other fields"
QUIC_ANSWER = "tshark opens the server's Initial packets of QUIC as well"
EXPLAINED = {
    "fuzz/ndpi__pcap_tls_invalid_reads.pcap": TUNNEL,
    "linktype/arkime__pcap_arkime_synthetic.pcap": DRAFT,
    "tls/libtrace__traces_radius.pcap": TUNNEL,
    "tls/ndpi__pcap_nomachine.pcapng": STARTTLS,
    "tls/ndpi__pcap_quic-34.pcap": QUIC_ANSWER,
    "tls/ndpi__pcap_rdp2.pcap": DATAGRAMS,
    "tls/nfstream__pcaps_quic_t50.pcap": QUIC_ANSWER,
    "tls/suricata-verif__tls13-draft18_tls13_draft18.pcap": DRAFT,
    "tunnel/mercury__pcaps_openvpn_tcp_multi.pcap": TUNNEL,
    "tunnel/ndpi__pcap_openvpn_nohmac_tcp.pcapng": TUNNEL,
    "tunnel/nfstream__pcaps_443-opvn.pcap": TUNNEL,
}


def test_names_and_fingerprints_are_those_of_tshark() -> None:
    """Of every small capture, but for those that are explained."""
    wanted, vendors = _wanted(), Vendors()
    assert len(wanted) > 60
    different = {name for name, facts in wanted.items() if _found(DEV / name, vendors) != facts}
    assert different == {name for name in EXPLAINED if name in wanted}


def _wanted() -> dict[str, tuple[Any, ...]]:
    """Return (names over TLS, names over QUIC, JA3, JA3S) of each capture that has any, each sorted."""
    files = json.loads(TRUTH.read_text())["files"]
    lines = (line.split("\t") for line in FINGERPRINTS.read_text().splitlines()[1:])
    fingerprints = {name: (client.split(), server.split()) for name, client, server in lines}
    wanted = {}
    for name, facts in sorted(files.items()):
        pairs = (facts.get("tls") or {}).get("sni_by_transport", [])
        names = [sorted({one.lower() for over, one, _ in pairs if over == wish}) for wish in ("tcp", "quic")]
        if (any(names) or name in fingerprints) and (DEV / name).stat().st_size <= LARGEST:
            wanted[name] = (*names, *fingerprints.get(name, ([], [])))
    return wanted


def _found(path: Path, vendors: Vendors) -> tuple[list[str], ...]:
    analysis, source, number = Analysis(vendors), FileSource([str(path)]), 1
    try:
        while True:
            frames = source.read(0)
            if frames is not None and len(frames):
                analysis.feed(decode(frames, number))
                number += len(frames)
    except EOFError:
        source.close()
    analysis.settle()
    table = analysis.contents.web.page(TableQuery("serial", count=100_000)).table
    kinds = list(zip(table.kind, table.name, strict=True))
    names = [sorted({name for kind, name in kinds if kind == wish} - {""}) for wish in ("TLS", "QUIC")]
    return (*names, sorted({*table.ja3} - {""}), sorted({*table.ja3s} - {""}))
