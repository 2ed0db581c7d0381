"""Recording without a screen: `netwatch record`, dumpcap and `tcpdump -w` under one load, each into a ring of files."""

from __future__ import annotations

import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.live import send, touch_memory
from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATE = 500_000
"""Packets a second that are offered."""
START, END = 2, 2
"""Seconds that a recorder gets to start before the load, and to write what waits after it."""
COUNTS = {
    "netwatch record": (r"([\d,]+) packets", r"([\d,]+) dropped by the kernel"),
    "dumpcap": (r"received/dropped on interface .*?: (\d+)/", r"received/dropped on interface .*?: \d+/(\d+)"),
    "tcpdump -w": (r"(\d+) packets? captured", r"(\d+) packets? dropped by kernel"),
}
"""Where each says how many packets it has and how many the kernel dropped."""


def record_figures(folder: Path, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) for each recorder that is installed; a ring of files keeps the disk from filling."""
    touch_memory()
    file = folder / "mixed.pcap"
    write_pcap(file, mixed(65_536))
    ring = ["-b", "filesize:200000", "-b", "files:3"]
    commands = {
        "netwatch record": [sys.executable, "-m", "netwatch", "record", "-i", "v0", "-w", f"{folder}/n.pcapng", *ring],
        "dumpcap": ["dumpcap", "-q", "-i", "v0", "-B", "64", "-w", f"{folder}/d.pcapng", *ring],
        "tcpdump -w": ["tcpdump", "-i", "v0", "-B", "65536", "-Z", "root", "-w", f"{folder}/t", "-C", "200", "-W", "3"],
    }
    for name, command in commands.items():
        if shutil.which(command[0]):
            yield f"{name}, mixed sizes at {RATE:,}/s", _recorded(name, command, file, seconds)
        for path in folder.glob("[ndt]*"):
            path.unlink()


def _recorded(name: str, command: list[str], file: Path, seconds: float) -> str:
    with cable() as (sender, watched):
        recorder = subprocess.Popen(
            inside(watched, *command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        time.sleep(START)
        generator = send(sender, file, RATE, seconds)
        sent, duration = generator.communicate()[0].split()
        middle = resource.getrusage(resource.RUSAGE_CHILDREN)
        time.sleep(END)
        recorder.send_signal(signal.SIGINT)
        said = "".join(recorder.communicate())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    packets, dropped = (_number(pattern, said) for pattern in COUNTS[name])
    cost = after.ru_utime + after.ru_stime - middle.ru_utime - middle.ru_stime
    return (
        f"offered {int(sent):,} at {int(sent) / float(duration):,.0f}/s, written {packets:,}, dropped {dropped:,}; "
        f"{cost / max(packets, 1) * 1e6:.2f} us CPU a packet"
    )


def _number(pattern: str, text: str) -> int:
    found = re.findall(pattern, text)
    return int(found[-1].replace(",", "")) if found else -1
