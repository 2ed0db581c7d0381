"""`python -m tests.benchmarks.floods [--seconds N] [--only WORDS]`: floods, one after another, each in its own network.

Of each: what was counted of what was sent, how long keys took meanwhile, the memory afterwards, and whether what came
later was counted and drawn as before. What is not as it should be is a failure. Needs root.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.flood_frames import FLOODS
from tests.benchmarks.live import PAUSE, send
from tests.benchmarks.screen import Watched, netwatch
from tests.benchmarks.synthetic import write_pcap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FRAMES: Final = 65_536
BUFFER: Final = 64
"""MiB of packets kept."""
MOST_MEMORY: Final = 1024
"""MiB resident: the buffer, the program, and every table at its cap."""
AFTERWARDS: Final = 512
"""Packets sent when the flood is over."""
SUPER_FRAMES: Final = "64 kB super-frames"
SLOWEST_KEY: Final = 2.0
"""Seconds after which Watched stops to wait for a key's answer."""
TRANSFER = """
import socket, sys, time
address, seconds = ("10.97.0.2", 5000), float(sys.argv[2])
if sys.argv[1] == "take":
    listening = socket.create_server(address)
    print("ready", flush=True)
    peer = listening.accept()[0]
    while peer.recv(1 << 20): pass
else:
    peer, end = socket.create_connection(address), time.monotonic() + seconds
    while time.monotonic() < end: peer.sendall(bytes(1 << 20))
"""


@dataclass(frozen=True, slots=True)
class Flooded:
    """What became of a monitor in a flood."""

    sent: int
    """Packets, as the generator or the interface counted them."""
    counted: int
    dropped: int
    keys: Sequence[float]
    """Seconds until keys were answered meanwhile."""
    key_after: float
    memory_mib: float
    counted_after: int
    """Of AFTERWARDS."""

    def cells(self) -> tuple[str, ...]:
        """Return what is printed of it."""
        keys = f"{statistics.median(self.keys) * 1000:.0f} ms, {max(self.keys) * 1000:.0f} ms"
        return (
            f"{self.counted:,} of {self.sent:,}, {self.dropped:,}",
            keys,
            f"{self.memory_mib:.0f} MiB",
            "; ".join(self.problems()) or f"as before, {self.key_after * 1000:.0f} ms",
        )

    def problems(self) -> list[str]:
        """Return what is not as it should be."""
        found = []
        if not self.sent <= self.counted + self.dropped <= self.sent + AFTERWARDS:
            found.append(f"{self.sent:,} were sent, {self.counted:,} counted and {self.dropped:,} dropped")
        if self.memory_mib > MOST_MEMORY:
            found.append(f"{self.memory_mib:.0f} MiB are more than {MOST_MEMORY}")
        if not self.keys or min(self.keys) > SLOWEST_KEY:
            found.append("no key was answered")
        if self.counted_after != AFTERWARDS or self.key_after > SLOWEST_KEY:
            found.append(f"afterwards {self.counted_after} of {AFTERWARDS} counted, a key took {self.key_after:.1f} s")
        return found


def main(words: Sequence[str]) -> int:
    """Return 1 when anything was not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.floods", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each lasts")
    parser.add_argument("--only", default="", help="floods whose name holds this")
    options = parser.parse_args(words)
    failed = 0
    print("| flood | counted, dropped | key to paint, median and worst | memory | afterwards |\n|---|---|---|---|---|")
    for name in (*FLOODS, SUPER_FRAMES):
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = _flood(name, Path(folder), options.seconds)
        failed += bool(found.problems())
        print(f"| {name} | {' | '.join(found.cells())} |", flush=True)
    return 1 if failed else 0


def _flood(name: str, folder: Path, seconds: float) -> Flooded:
    plain = folder / "plain.pcap"
    write_pcap(plain, FLOODS["new hosts"][0](AFTERWARDS))
    with cable() as (sender, watched):
        screen = Watched(inside(watched, *netwatch("-i", "v0", "-B", str(BUFFER))))
        screen.pump(PAUSE)
        keys: list[float] = []

        def wait(running: subprocess.Popen[str]) -> None:
            while running.poll() is None:
                keys.append(screen.key_to_paint())
                screen.pump(0.2)

        if name == SUPER_FRAMES:
            sent = _transfer(sender, watched, seconds, wait)
        else:
            make, rate, new = FLOODS[name]
            write_pcap(folder / "flood.pcap", make(FRAMES))
            flood = send(sender, folder / "flood.pcap", rate, seconds, *(["new"] if new else []))
            wait(flood)
            assert flood.stdout is not None
            sent = int(flood.stdout.read().split()[0])
        screen.pump(PAUSE)
        before = screen.status()
        key_after = screen.key_to_paint()
        # The generator sends whole bursts until the time is over: one, as slowly as can be
        send(sender, plain, 1, 0.01).wait()
        screen.pump(2)
        after, memory = screen.status(), screen.memory_mib()
        screen.quit()
    later = after["pkts"] - before["pkts"]
    return Flooded(sent, before["pkts"], max(before["drop"], 0), keys, key_after, memory, later)


def _transfer(sender: str, watched: str, seconds: float, wait: Callable[[subprocess.Popen[str]], None]) -> int:
    """Send over a connection and return how many packets passed the interface.

    Virtual cables carry what a card would cut into packets in one piece.
    """
    for number, name in enumerate((sender, watched), 1):
        subprocess.run(["ip", "-n", name, "addr", "add", f"10.97.0.{number}/24", "dev", "v0"], check=True)
    words = [sys.executable, "-c", TRANSFER]
    taking = subprocess.Popen(inside(watched, *words, "take", str(seconds)), stdout=subprocess.PIPE, text=True)
    assert taking.stdout is not None
    assert taking.stdout.readline() == "ready\n"
    wait(subprocess.Popen(inside(sender, *words, "give", str(seconds)), text=True))
    taking.wait()
    names = [f"/sys/class/net/v0/statistics/{way}_packets" for way in ("rx", "tx")]
    passed = subprocess.run(inside(watched, "cat", *names), check=True, capture_output=True, text=True).stdout
    return sum(map(int, passed.split()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
