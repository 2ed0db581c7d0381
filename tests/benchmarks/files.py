"""Files: a million packets decoded, beside tcpdump, and the time to the first rows."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.screen import netwatch
from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKETS = 1_000_000
RUNS = 3
MAKE_BIG = Path(__file__).resolve().parents[3] / "shared" / "pcaps" / "make_big.py"


def file_figures(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) for the synthetic mix and, where its sources are, for real traffic."""
    synthetic = folder / "synthetic.pcap"
    write_pcap(synthetic, mixed(PACKETS))
    files = {"synthetic": synthetic}
    if MAKE_BIG.exists():
        files["real"] = folder / "real.pcap"
        subprocess.run(["python3", str(MAKE_BIG), str(files["real"]), str(PACKETS)], check=True, capture_output=True)
    for name, path in files.items():
        yield from _compared(f"{name} pcap", path, path)
        if shutil.which("editcap"):
            other = path.with_suffix(".pcapng")
            subprocess.run(["editcap", "-F", "pcapng", str(path), str(other)], check=True, capture_output=True)
            yield from _compared(f"{name} pcapng", other, other)
            other.unlink()
    yield "first block decoded", f"{_first_rows(synthetic) * 1000:.0f} ms after opening"


def _compared(name: str, ours: Path, theirs: Path) -> Iterator[tuple[str, str]]:
    times = {"netwatch report": netwatch("report", "-r", str(ours))}
    if shutil.which("tcpdump"):
        times["tcpdump -nr"] = ["tcpdump", "-nr", str(theirs)]
    took = {what: _median(words) for what, words in times.items()}
    decoding = _decoding(ours)
    figure = f"whole process {took['netwatch report']:.2f} s, reading and decoding alone {decoding:.2f} s"
    if "tcpdump -nr" in took:
        tcpdump = took["tcpdump -nr"]
        figure += (
            f"; tcpdump -nr {tcpdump:.2f} s: {tcpdump / took['netwatch report']:.1f} times as fast, "
            f"{tcpdump / decoding:.1f} times without start-up"
        )
    yield f"{name}, {PACKETS:,} packets", figure


def _median(words: list[str]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _decoding(path: Path) -> float:
    from netwatch.capture.file_source import FileSource
    from netwatch.session import Session
    from netwatch.track.buffer import PacketBuffer

    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        session = Session(FileSource([str(path)]), PacketBuffer(0))
        while session.step(1):
            pass
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _first_rows(path: Path) -> float:
    from netwatch.capture.file_source import FileSource
    from netwatch.decode.decoder import decode
    from netwatch.decode.row import packet_row

    start = time.perf_counter()
    frames = FileSource([str(path)]).read(1)
    assert frames is not None
    batch = decode(frames, 1)
    for position in range(50):
        packet_row(batch, position, "")
    return time.perf_counter() - start
