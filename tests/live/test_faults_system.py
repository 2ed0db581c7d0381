"""What the system gives a capture is less than was asked for, or wrong: memory for the ring, the clock."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from tests.live.child import wait_for
from tests.live.monitor import ROOT, Monitor
from tests.live.test_faults_disk import SEND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.live.conftest import Cable

pytestmark = pytest.mark.live

HOUR = 3600
SEND_FRAMES = f"""
import sys; sys.path[:0] = [{str(ROOT)!r}]
from netwatch.errors import NetwatchError
from netwatch.lab.rights import SendRights
from netwatch.lab.wire import SocketWire

wire, sent = SocketWire(SendRights.acquire("v0", frames=True), "v0"), 0
wire.listen(None)
try:
    for _ in range(int(sys.argv[1])): sent += wire.send(bytes(12) + b"\\x88\\xb5" + bytes(1400))
except NetwatchError as error: print(error)
print(sent)
"""
QUEUE = "burst", "1600", "latency", "1ms"
"""One frame fits; whoever sends more is told ENOBUFS."""
DROPPED = re.compile(r"dropped (\d+)")


class Faulty:
    """A monitor on a system with a fault, and packets for it."""

    def __init__(self, cable: Cable, folder: Path, fault: Sequence[str]) -> None:
        """Start it; it saves to `folder`."""
        variables = {f"XDG_{name}_HOME": str(folder / name) for name in ("STATE", "CONFIG")}
        words = ["-i", "v0", "-f", "ether proto 0x88b5"]
        module = ("tests.live.faulty", *fault)
        self.cable = cable
        self.log = folder / "STATE/netwatch/problems.log"
        self.screen = Monitor(cable.one, words, environment=variables, folder=folder, size=(240, 24), module=module)

    def send(self, count: int, total: int) -> str:
        """Send packets and wait until as many were counted in all; return the screen."""
        self.cable.run(self.cable.two, sys.executable, "-c", SEND, str(count), "60")
        return self.screen.expect(f" {total:,} pkts")

    def leave(self) -> None:
        """Press q; nothing broke."""
        self.screen.type("q")
        assert self.screen.ended() == 0
        assert b"Traceback" not in self.screen.written
        assert not self.log.exists(), self.log.read_text()


@pytest.mark.parametrize("error", ["ENOMEM", "ENOBUFS"])
def test_without_memory_the_ring_is_smaller_and_that_is_said(cable: Cable, tmp_path: Path, error: str) -> None:
    """It captures all the same; a ring of 128 MiB is asked for first, then ever smaller ones."""
    faulty = Faulty(cable, tmp_path, ("ring", f"{error}:4"))
    try:
        faulty.screen.expect("LIVE")
        said = "ring of 4 instead of 128 MiB: the kernel lacks memory"
        faulty.send(3000, 3000)
        faulty.screen.expect(said)
        faulty.leave()
    finally:
        faulty.screen.close()


def test_the_clock_is_set_forwards_and_backwards(cable: Cable, tmp_path: Path) -> None:
    """Capture and drawing go on, and packets have the times that the kernel gave them."""
    wrong = tmp_path / "wrong"
    wrong.write_text("0")
    begun = time.time_ns()
    faulty = Faulty(cable, tmp_path, ("clock", str(wrong)))
    try:
        faulty.screen.expect("LIVE")
        for total, offset in ((5, 0), (10, 2 * HOUR), (15, -2 * HOUR)):
            wrong.write_text(str(offset))
            faulty.screen.type("12")  # the overview draws a graph that ends now
            faulty.send(5, total)
        faulty.screen.type("s")
        faulty.screen.expect("saved 15 packets")
        faulty.leave()
    finally:
        faulty.screen.close()
    (saved,) = tmp_path.glob("capture_*")
    source = FileSource([str(saved)])
    frames = source.read(1.0)
    source.close()
    assert frames is not None
    assert begun < frames.time_ns.min() <= frames.time_ns.max() < time.time_ns()


def test_a_full_queue_is_waited_for_and_one_that_stays_full_is_told(cable: Cable) -> None:
    """ENOBUFS while a lab tool sends: no frame is lost, and no tool waits for ever."""
    limit = ["tc", "qdisc", "replace", "dev", "v0", "root", "tbf", *QUEUE, "rate"]
    try:
        cable.run(cable.one, *limit, "2mbit")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs tc and a kernel with tbf")
    before = received(cable)
    assert cable.run(cable.one, sys.executable, "-c", SEND_FRAMES, "30").split() == ["30"]
    assert int(DROPPED.findall(cable.run(cable.one, "tc", "-s", "qdisc", "show", "dev", "v0"))[0])
    wait_for(lambda: received(cable) - before == 30, "what was sent")
    cable.run(cable.one, *limit, "8kbit")
    said, sent = cable.run(cable.one, sys.executable, "-c", SEND_FRAMES, "30").splitlines()
    assert said == "cannot send on v0: its queue stays full"
    assert int(sent) < 30


def received(cable: Cable) -> int:
    """Return how many frames came to the other end."""
    return int(cable.run(cable.two, "cat", "/sys/class/net/v0/statistics/rx_packets"))
