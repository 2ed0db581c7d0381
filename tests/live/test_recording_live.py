"""What recording without a screen leaves when it is killed while it rotates files, as we and capinfos read it."""

from __future__ import annotations

import itertools
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from tests.live.child import PATIENCE
from tests.live.tap import inside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.live.conftest import Cable

pytestmark = pytest.mark.live

PAYLOAD_AT = 42
"""Where the payload of a datagram over IPv4 and Ethernet begins."""
FILES = 4


def numbers_in(path: Path) -> list[int]:
    """Return the numbers that the datagrams of a capture file carry; the file must be whole."""
    source, found = FileSource([str(path)]), []
    try:
        while (frames := source.read(1)) is not None:
            found += [int.from_bytes(frames.data[at : at + 4]) for at in (frames.offset + PAYLOAD_AT).tolist()]
    except EOFError:
        assert not source.counters().truncated, path
    finally:
        source.close()
    return found


def packets_by_capinfos(path: Path) -> int:
    """Return how many packets capinfos counts in a file in which it finds no fault."""
    done = subprocess.run(["capinfos", "-c", "-M", "-r", "-T", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), path
    return int(done.stdout.split()[-1])


@pytest.fixture
def datagrams(cable: Cable) -> Iterator[Iterator[int]]:
    """Each step sends a datagram with the next number over the cable."""

    def steps() -> Iterator[int]:
        for number in itertools.count():
            sender.sendto(number.to_bytes(4) + bytes(400), ("10.98.0.2", 9))
            yield number

    with inside(cable.one):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender:
        yield steps()


@pytest.mark.skipif(not shutil.which("capinfos"), reason="capinfos is not installed")
@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
@pytest.mark.parametrize("ring", ["packets:25", "filesize:10"])
def test_killed_while_files_rotate(
    cable: Cable, datagrams: Iterator[int], tmp_path: Path, ring: str, suffix: str
) -> None:
    """Every file is valid, nothing is missing between two, and the last holds all that had reached it."""
    record = [sys.executable, "-m", "netwatch", "record", "-i", "v0", "-f", "udp port 9", "-b", ring]
    record += ["-b", "files:100", "-w", str(tmp_path / f"x.{suffix}")]
    with subprocess.Popen(["ip", "netns", "exec", cable.two, *record], stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + PATIENCE
            while len(list(tmp_path.glob("x_*"))) < FILES:
                assert time.monotonic() < end, "too few files"
                assert process.poll() is None
                next(datagrams)
                time.sleep(0.001)
        finally:
            process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    paths = sorted(tmp_path.glob("x_*"))
    unfinished = [path for path in tmp_path.iterdir() if path not in paths]
    assert all(path.name.endswith(".part") for path in unfinished)  # without a name yet, when it was killed just then
    found = [numbers_in(path) for path in paths]
    together = list(itertools.chain(*found))
    assert together == list(range(together[0], together[0] + len(together)))
    assert [packets_by_capinfos(path) for path in paths] == list(map(len, found))
    if ring == "packets:25":
        assert [len(numbers) for numbers in found[:-1]] == [25] * (len(found) - 1)
    else:
        assert all(9_500 < path.stat().st_size < 10_500 for path in paths[:-1])
