"""What the system gives a capture is less than was asked for, or wrong: memory for the ring, the clock."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from tests.live.monitor import Monitor
from tests.live.test_faults_disk import SEND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.live.conftest import Cable

pytestmark = pytest.mark.live

HOUR = 3600


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
    """It captures all the same; a ring of 64 MiB is asked for first, then ever smaller ones."""
    faulty = Faulty(cable, tmp_path, ("ring", f"{error}:4"))
    try:
        faulty.screen.expect("LIVE")
        said = "ring of 4 instead of 64 MiB: the kernel lacks memory"
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
