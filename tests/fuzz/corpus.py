"""What fuzzing begins with: the captures for development beside the checkout, our own files, and known messages."""

from __future__ import annotations

import json
import random
import tempfile
from collections import defaultdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.baseline.sample import KINDS
from netwatch.capture import frames as link_types
from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.decode.link import LINKTYPE_PPI
from tests.frames import (
    cooked,
    cooked2,
    ethernet,
    gre,
    ipv4,
    mpls,
    nflog,
    ppi,
    pppoe,
    radiotap,
    snap,
    udp,
    wireless,
)
from tests.fuzz.frame_targets import LINK_TYPES
from tests.fuzz.seeds import HEADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.capture.frames import Frames
    from netwatch.decode.batch import PacketBatch

ROOT: Final = Path(__file__).resolve().parents[2]
CAPTURES: Final = ROOT / ".." / "shared" / "pcaps" / "dev"
SMALL: Final = 32 << 10
"""Bytes of a capture that is changed as a whole."""
READ: Final = 1 << 20
"""Bytes of a capture whose packets are taken."""
TUNNELS: Final = (
    *((4789, b"\x08" + bytes(7)), (6081, b"\1\0\x65\x58" + bytes(8)), (2152, b"\x30\xff\0\x40\0\0\0\1")),
    *((1701, b"\0\2\0\1\0\1\0\x21"), (3544, b"\0\0" + bytes(6)), (5247, b"\0\x10\2\0" + bytes(4))),
    *((4754, b"\0\0\x65\x58"), (4790, b"\x0c\0\0\3" + bytes(4))),
)
"""Ports of tunnels over UDP, and what stands before the frame there."""
MOST_PACKETS: Final = 24
"""Packets taken from one capture, of each kind."""
PIECE: Final = 255


def captures(most: int, size: int) -> Iterator[Path]:
    """Yield `most` of the captures of at most `size` bytes, always the same ones in the same order."""
    found = [path for path in sorted(CAPTURES.glob("*/*cap*")) if path.stat().st_size <= size]
    yield from random.Random(1).sample(found, min(most, len(found)))


def blocks(most: int) -> Iterator[Frames]:
    """Yield the blocks of `most` captures."""
    for path in captures(most, READ):
        source = FileSource([str(path)])
        try:
            while True:
                block = source.read(1.0)
                if block is not None and len(block):
                    yield block
        except EOFError:
            source.close()


def files(most: int) -> list[bytes]:
    """Return small capture files."""
    return [path.read_bytes() for path in captures(most, SMALL)] + [_pcap(HEADS[0])]


def frames(most: int) -> list[bytes]:
    """Return a few frames of each capture, and of carriers of our own, as frame_targets.frame wants them."""
    found = [*_carriers()]
    for batch in _batches(most):
        kinds = batch.frames.link_type.tolist()
        found += [(kinds[row], _bytes(batch, row)) for row in range(min(len(batch), MOST_PACKETS // 4))]
    return [
        len(data).to_bytes(2, "big") + bytes([LINK_TYPES.index(kind)]) + data
        for kind, data in found
        if kind in LINK_TYPES and len(data) < 1 << 16
    ]


def payloads(most: int) -> list[bytes]:
    """Return payloads with their port before them, as payload_targets.packets and info want them."""
    found = [b"\0\x50" + head for head in HEADS]
    for batch in _batches(most):
        rows = islice((batch.payload_captured > 0).nonzero()[0].tolist(), MOST_PACKETS)
        found += [batch.dport.item(row).to_bytes(2, "big") + _payload(batch, row) for row in rows]
    return found


def streams(most: int) -> list[bytes]:
    """Return conversations as payload_targets.stream wants them, the first byte left for the reader."""
    found = [b"\0" + b"".join(_pieces(head, forth=True)) for head in HEADS]
    for batch in _batches(most):
        flows: dict[frozenset[int], list[int]] = defaultdict(list)
        for row in ((batch.protocol == 6) & (batch.payload_captured > 0)).nonzero()[0].tolist():
            flows[frozenset((batch.sport.item(row), batch.dport.item(row)))].append(row)
        for rows in islice(flows.values(), 6):
            client = batch.sport.item(rows[0])
            pieces = (
                piece
                for row in rows[:8]
                for piece in _pieces(_payload(batch, row)[:800], forth=batch.sport.item(row) == client)
            )
            found.append(b"\0" + b"".join(pieces))
    return found


def secrets(most: int) -> list[bytes]:
    """Return conversations of TLS."""
    return [data for data in streams(most) if data[3:5] == b"\x16\x03"]


def expressions() -> list[bytes]:
    """Return display filters."""
    from tests.filter.expressions import EXPRESSIONS

    return [line.encode() for group in EXPRESSIONS.values() for line in group.splitlines() if line]


def rules() -> list[bytes]:
    """Return rules of ours, each alone."""
    return [line for line in (ROOT / "netwatch/detect/rules/netwatch.rules").read_bytes().splitlines() if line]


def patterns() -> list[bytes]:
    """Return lines of patterns."""
    ours = (ROOT / "netwatch/detect/rules/signatures.txt").read_bytes().splitlines()
    return [*ours, b"uri:hex:41 42", b"resp:re:^(a|b)+c{2,5}$", b"re:(?i)a.*?b[^c]{0,20}", b"plain text"]


def settings() -> list[bytes]:
    """Return settings files."""
    from netwatch.config.settings_text import settings_toml
    from netwatch.settings import Settings

    chosen = Settings(interfaces=("eth0",), detect={"scan.vertical": {"ports": 20, "ignore_src": ["10.0.0.0/8"]}})
    own = b'[detect."dns.tunnel"]\nseverity = "high"\nenabled = false\nports = 1e400\nx = 1979-05-27T07:32:00Z\n'
    return [settings_toml(chosen, Path("config.toml")).encode(), own, b"buffer = 1\nglyphs = 'ascii'\n"]


def themes() -> list[bytes]:
    """Return our themes."""
    return [path.read_bytes() for path in sorted((ROOT / "themes").glob("*.toml"))]


def documents() -> list[bytes]:
    """Return small JSON files of every kind that is read."""
    return [
        b'{"netwatch_labels": 1, "labels": [{"name": "scan", "hosts": ["10.0.0.1"], "also": [], "begin": 1.5}]}',
        b'{"id": "scan.vertical", "src": "10.0.0.1", "dst": "10.0.0.2", "summary": "x", "time": 1.5}',
        b'[{"rule": "scan.*", "host": "10.0.0.0/8", "port": 22}]',
        b'{"a": "tcp and @b", "b": "@a @a"}',
        json.dumps({"netwatch_baseline": 1, "samples": [{kind: {"10.0.0.1": 1} for kind in KINDS}]}).encode(),
        b'{"flows": {"sort": "bytes", "descending": true, "columns": ["src"]}, "theme": "nord", "pane": "dns", '
        b'"interfaces": ["lo"], "times": "date", "packets": {"columns": ["time"], "times": "utc", "names": true}, '
        b'"terminal": {"size": [80, 24]}}',
    ]


def lines() -> list[bytes]:
    """Return files of filters, of names, and of problems."""
    trace = b'Traceback (most recent call last):\n  File "/x/a.py", line 3, in feed\n    raise ValueError(name)\n'
    return [
        b"tcp port 80\nhost 10.0.0.1\n",
        b"a.example\nxn--a.example\n",
        b"2026-01-01T12:00:00+00:00 netwatch 0.1.0: dns is off: ValueError('x')\n" + trace + b"ValueError: x\n\n",
    ]


def histories() -> list[bytes]:
    """Return histories of days."""
    from netwatch.baseline.day_file import DayFile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "days.db"
        for date in ("2026-01-01", "2026-01-02"):
            sample = {kind: {f"10.0.0.{number}": number for number in range(20)} for kind in KINDS}
            DayFile(path).add(date, "eth0", 60, sample)
        return [path.read_bytes()]


def words() -> list[bytes]:
    """Return what is typed into prompts and said on the command line."""
    return [
        *(b"+30", b"-1.5m", b"12:00:05.25", b"#12", b":theme dark", b"w! /tmp/x.pcap", b"packet 7", b"filter tcp"),
        *(b"de ad be ef", b"(a|b)+c", b"22,80,8000-8010", b"10.0.0.0/30", b"fe80::1%eth0", b"duration:5", b"files:3"),
        *(b"host www.example.com and port 80", b'ip.addr == 10.0.0.1 and dns.name == "a.example"', b"ctrl+shift+p"),
    ]


def engines() -> list[bytes]:
    """Return lines of EVE JSON and of Zeek's notices."""
    return [
        b'{"event_type": "alert", "timestamp": "2026-01-01T00:00:00.000000+0000", "src_ip": "10.0.0.1", '
        b'"dest_ip": "10.0.0.2", "alert": {"signature_id": 1901001}}\n',
        b'{"ts": 1700000000.5, "note": "Scan::Port_Scan", "src": "10.0.0.1", "dst": "10.0.0.2"}\n',
    ]


def _carriers() -> Iterator[tuple[int, bytes]]:
    """Yield (link type, frame) of what captures rarely have: a query inside of each carrier that is looked into."""
    query = ipv4(17, udp(HEADS[19], dport=53))
    inside = ethernet(0x0800, query)
    for kind, frame in (
        (link_types.LINKTYPE_NFLOG, nflog(query)),
        (link_types.LINKTYPE_NFLOG, nflog(query, order=">")),
        (LINKTYPE_PPI, ppi(1, inside)),
        (link_types.LINKTYPE_IEEE802_11, wireless(snap(0x0800, query))),
        (link_types.LINKTYPE_IEEE802_11_RADIOTAP, radiotap(wireless(snap(0x0800, query)))),
        (link_types.LINKTYPE_LINUX_SLL, cooked(0x0800, query)),
        (link_types.LINKTYPE_LINUX_SLL2, cooked2(0x0800, query)),
        (link_types.LINKTYPE_RAW, query),
    ):
        yield kind, frame
    for frame in (
        inside,
        ethernet(0x0800, query, tags=[(0x88A8, 100), (0x8100, 200)]),
        ethernet(0x8847, mpls(2, query)),
        ethernet(0x8864, pppoe(b"\0\x21" + query)),
        ethernet(0x894F, b"\0\2\1\1" + bytes(4) + query),
        ethernet(0x0800, ipv4(47, gre(0x0800, query))),
        *(ethernet(0x0800, ipv4(17, udp(head + inside, dport=port))) for port, head in TUNNELS),
    ):
        yield link_types.LINKTYPE_ETHERNET, frame


def _batches(most: int) -> Iterator[PacketBatch]:
    for block in blocks(most):
        yield decode(block, 1)


def _bytes(batch: PacketBatch, row: int) -> bytes:
    begin = batch.frames.offset.item(row)
    return batch.frames.data[begin : begin + batch.frames.captured.item(row)].tobytes()


def _payload(batch: PacketBatch, row: int) -> bytes:
    begin = batch.payload_offset.item(row)
    return batch.frames.data[begin : begin + batch.payload_captured.item(row)].tobytes()


def _pieces(data: bytes, *, forth: bool) -> Iterator[bytes]:
    for at in range(0, len(data), PIECE):
        piece = data[at : at + PIECE]
        yield bytes((len(piece), forth)) + piece


def _pcap(frame: bytes) -> bytes:
    head = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    return head + bytes(8) + len(frame).to_bytes(4, "little") * 2 + frame
