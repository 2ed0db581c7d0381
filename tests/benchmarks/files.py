"""Files: a million packets decoded and tracked, beside tcpdump and tshark, and the time to the first rows."""

from __future__ import annotations

import contextlib
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.screen import netwatch
from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netwatch.capture.file_source import FileSource

PACKETS = 1_000_000
RUNS = 3
LONGEST = 170.0
"""Seconds that tshark gets: it looks through all earlier segments of a flow for each, and one flow has 340,000."""
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
        yield from _compared(f"{name} pcap", path)
        if shutil.which("editcap"):
            other = path.with_suffix(".pcapng")
            subprocess.run(["editcap", "-F", "pcapng", str(path), str(other)], check=True, capture_output=True)
            yield from _compared(f"{name} pcapng", other)
            other.unlink()
    unequal = folder / "unequal.pcap"
    write_pcap(unequal, mixed(PACKETS, unequal=True))
    yield from _followed(unequal)
    yield "first block decoded", f"{_first_rows(synthetic) * 1000:.0f} ms after opening"


def _compared(name: str, path: Path) -> Iterator[tuple[str, str]]:
    """Yield reading and decoding alone, then everything, each beside the programs that do the like."""
    decoding = _median_of(lambda: _decode(path))
    following = _median_of(lambda: _follow(path))
    tracking = _median_of(lambda: _track(path))
    process = _median_of(lambda: _run(netwatch("report", "-r", str(path))))
    others = {}
    if shutil.which("tcpdump"):
        others["tcpdump -nr"] = _median_of(lambda: _run(["tcpdump", "-nr", str(path)]))
    if shutil.which("tshark") and path.suffix == ".pcap":
        # Minutes on many flows: once is enough
        others["tshark -q -z conv,tcp"] = _took(lambda: _run(["tshark", "-n", "-q", "-z", "conv,tcp", "-r", str(path)]))
    for what, took in (
        ("read and decoded", decoding),
        ("through the trackers of flows, handshakes, hosts and traffic", following),
        ("through all trackers and detectors", tracking),
        ("the same as a process, netwatch report", process),
    ):
        ratios = "".join(
            f"; {other} {theirs:.2f} s: {theirs / took:.1f} times as fast" for other, theirs in others.items()
        )
        yield f"{name}, {PACKETS:,} packets {what}", f"{took:.2f} s{ratios}"


def _followed(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the trackers of flows beside the others, on flows of unequal length."""
    took = _median_of(lambda: _follow(path))
    said = f"{took:.2f} s"
    if shutil.which("tcpdump"):
        theirs = _median_of(lambda: _run(["tcpdump", "-nr", str(path)]))
        said += f"; tcpdump -nr {theirs:.2f} s: {theirs / took:.1f} times as fast"
    if shutil.which("tshark"):
        theirs = _took(lambda: _run(["tshark", "-n", "-q", "-z", "conv,tcp", "-r", str(path)], LONGEST))
        more = "more than " if theirs >= LONGEST else ""
        said += f"; tshark -q -z conv,tcp {more}{theirs:.0f} s: {more}{theirs / took:.0f} times as fast"
    yield f"synthetic pcap of unequal flows, {PACKETS:,} packets through the trackers of flows and others", said


def _run(words: list[str], longest: float | None = None) -> None:
    """Run a program, for so many seconds at most."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=longest)


def _took(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _median_of(work: Callable[[], object]) -> float:
    return statistics.median(_took(work) for _ in range(RUNS))


def _opened(path: Path) -> FileSource:
    """Open a file as reports do."""
    from netwatch.capture.capture_file import LONG_BLOCK
    from netwatch.capture.file_source import FileSource

    return FileSource([str(path)], block=LONG_BLOCK)


def _decode(path: Path) -> None:
    from netwatch.decode.decoder import decode

    source, number = _opened(path), 1
    with contextlib.suppress(EOFError):
        while True:
            frames = source.read(1)
            if frames is not None:
                number += len(decode(frames, number))
    source.close()


def _follow(path: Path) -> None:
    """Find out who talks to whom and how well that works, and nothing of what they say."""
    from netwatch.decode.decoder import decode
    from netwatch.decode.forwarded import without_copies
    from netwatch.track.flow import FlowTracker
    from netwatch.track.handshakes import Handshakes
    from netwatch.track.hosts import HostTracker
    from netwatch.track.names import NameCache
    from netwatch.track.neighbours import NeighbourTracker
    from netwatch.track.traffic import Traffic
    from netwatch.track.vendors import Vendors

    source, number, vendors, names = _opened(path), 1, Vendors(), NameCache()
    traffic, flows = Traffic(), FlowTracker(seed=1, find_addresses=names.find_addresses)
    neighbours = NeighbourTracker(seed=1, vendors=vendors)
    hosts = HostTracker(seed=1, names=names, neighbours=neighbours, vendors=vendors)
    with contextlib.suppress(EOFError):
        while True:
            frames = source.read(1)
            if frames is None:
                continue
            batch = decode(frames, number)
            number += len(batch)
            traffic.feed(batch)
            whole = without_copies(batch)
            followed = flows.feed(whole)
            neighbours.feed(whole, followed)
            hosts.feed(whole, followed)
    flows.measure()
    source.close()
    Handshakes(flows).counts()
    assert traffic.packets == number - 1
    assert flows.counts().tcp
    assert hosts.machines


def _track(path: Path) -> None:
    from netwatch.run.session import Session
    from netwatch.track.buffer import PacketBuffer

    session = Session(_opened(path), PacketBuffer(0))
    while session.step(1):
        pass


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
