"""What tshark's `-z follow,tcp,raw` and `-z follow,udp,raw` say, in follow.tsv.

`python -m tests.examine.follow_tshark` writes it again; with names of captures it writes what there is of those too.

Where ours differs on purpose, the lines are taken out by hand: ours tells bytes that a short snap length left out as
missing (tcp/zeek__tcp_retransmit-fast009.pcap), and shows what came behind a gap that nobody acknowledged
(tcp/arkime__pcap_tcpseq_synthetic.pcap, packet 1).
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEV = HERE.parents[2] / "shared/pcaps/dev"
FACTS = HERE / "follow.tsv"
MOST_STREAMS = 3
"""Streams of each capture."""


def digest(data: bytes) -> str:
    """Return what stands for the bytes of one side."""
    return f"{len(data)}:{hashlib.sha256(data).hexdigest()[:16]}"


def order(pieces: list[tuple[int, bytes]]) -> str:
    """Return what stands for everything in its order, pieces of one side behind each other taken together."""
    words: list[tuple[int, int]] = []
    for side, data in pieces:
        if words and words[-1][0] == side:
            words[-1] = (side, words[-1][1] + len(data))
        elif data:
            words.append((side, len(data)))
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]


def followed(path: Path, protocol: str, stream: int) -> list[tuple[int, bytes]]:
    """Return (side, bytes) of a stream as tshark has them."""
    command = ["tshark", "-n", "-r", str(path), "-q", "-z", f"follow,{protocol},raw,{stream}"]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("Node 1")) + 1
    return [
        (1 if line.startswith("\t") else 0, bytes.fromhex(line.strip()))
        for line in lines[start:]
        if not line.startswith("=")
    ]


def streams(path: Path, protocol: str) -> dict[int, int]:
    """Return the number of the first packet with payload of each of the first streams."""
    spoken = {"tcp": "tcp.len > 0", "udp": "udp.length > 8 && !icmp && !icmpv6"}[protocol]
    command = ["tshark", "-n", "-r", str(path), "-Y", spoken, "-T", "fields", "-e", "frame.number"]
    answer = subprocess.run([*command, "-e", f"{protocol}.stream"], capture_output=True, check=True, text=True).stdout
    found: dict[int, int] = {}
    for line in answer.splitlines():
        number, _, stream = line.partition("\t")
        if stream.isdigit():
            found.setdefault(int(stream), int(number))
    return dict(list(found.items())[:MOST_STREAMS])


def main(names: list[str]) -> None:
    """Write the facts of captures."""
    known = [tuple(line.split("\t")[:2]) for line in FACTS.read_text().splitlines()]
    lines = []
    for name, protocol in dict.fromkeys([*known, *((name, kind) for name in names for kind in ("tcp", "udp"))]):
        for stream, number in streams(DEV / name, protocol).items():
            pieces = followed(DEV / name, protocol, stream)
            sides = [digest(b"".join(data for side, data in pieces if side == wanted)) for wanted in (0, 1)]
            lines.append("\t".join([name, protocol, str(number), *sides, order(pieces)]))
    FACTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
