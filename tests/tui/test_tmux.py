"""A person at a terminal: tmux runs netwatch, keys are typed, and what stands in the window is read."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from netwatch.decode.decoder import decode
from tests.scenes import address, day, frames_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
PANES = {
    "3": "8 flows",
    "4": "8 attempts",
    "5": "0 look-ups",
    "6": "0 alerts",
    "7": "2 hosts",
    "8": "8 web transactions",
    "1": "TCP attempts 8: 8 complete",
    "2": "32 of 112",
}
"""What stands in each pane, by its key, when only TLS of the scene is seen."""


class Window:
    """One window of a tmux server of its own."""

    def __init__(self, socket: Path, command: str, size: tuple[int, int] = (160, 45)) -> None:
        """Run `command` in a window of so many columns and lines."""
        self._tmux = ["tmux", "-S", str(socket), "-f", os.devnull]
        home = {"HOME": str(socket.parent), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        start = [*self._tmux, "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), command]
        subprocess.run(start, env=home, check=True)

    def type(self, *keys: str) -> None:
        """Press keys, by tmux's names; a text is typed letter by letter."""
        for key in keys:
            named = key in ("Enter", "Escape")
            subprocess.run([*self._tmux, "send-keys", *(() if named else ("-l",)), key], check=True)

    def expect(self, *wanted: str) -> str:
        """Wait until all of these texts are in the window at once; return what is there."""
        return self.until(lambda shown: all(text in shown for text in wanted))

    def until(self, condition: Callable[[str], object]) -> str:
        """Wait until the window is as wanted; return what is there."""
        end = time.monotonic() + PATIENCE
        while True:
            command = [*self._tmux, "capture-pane", "-p"]
            shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            if condition(shown):
                return shown
            assert time.monotonic() < end, shown
            time.sleep(0.05)

    def close(self) -> None:
        """End the server and what runs in it."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Window]:
    """Return a small window with the demo; what is saved goes to `saved` in the folder of the test."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    folder = tmp_path / "saved"
    folder.mkdir()
    command = f"cd {shlex.quote(str(folder))} && exec {shlex.quote(sys.executable)} -m netwatch --demo"
    made = Window(tmp_path / "tmux", command, (80, 24))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """Return a window with the scene."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    path = tmp_path / "scene.pcap"
    save(str(path), [(frames_of(day()), None)], [FrameInterface("eth0")])
    command = f"{shlex.quote(sys.executable)} -m netwatch -r {shlex.quote(str(path))}"
    made = Window(tmp_path / "tmux", command)
    try:
        yield made
    finally:
        made.close()


def test_a_filter_that_is_typed_narrows_every_pane(window: Window) -> None:
    """The filter is typed and applied, every pane is of what matches, and Esc brings all back."""
    window.expect("112 pkts")
    window.type("/")
    window.expect("Tab completes")
    window.type("tcp.port == 443")
    window.expect(" ok")
    window.type("Enter")
    window.expect("32 of 112")
    for key, shown in PANES.items():
        window.type(key)
        window.expect(shown)
    window.type("Escape")
    window.until(lambda shown: "of 112" not in shown and "ARP" in shown)


def footer(shown: str) -> str:
    """Return the last line of a window, which names the keys."""
    return shown.splitlines()[-1]


def packet_rows(shown: str) -> list[str]:
    """Return the lines of a window that are packets: a number and a time."""
    return [line for line in shown.splitlines() if re.match(r">?[ !*]+\d+ +[\d.:]+ ", line)]


def test_the_first_minute_of_a_newcomer(newcomer: Window, tmp_path: Path) -> None:
    """Traffic is seen, the busiest talker found, narrowed to and saved, by nothing but keys that the screen names."""
    newcomer.expect("DEMO LIVE FOLLOW", " ARP ", " 1Overview ")
    newcomer.type("1")
    newcomer.expect("Top talkers (sent)   7 shows all", " 7Hosts ")
    newcomer.type("7")
    newcomer.until(
        lambda shown: "\n> 192.0.2.17 " in shown and "by Bytes, falling" in shown and " Enter Packets " in footer(shown)
    )
    newcomer.type("Enter")
    newcomer.until(
        lambda shown: (
            "[only 192" in shown
            and len(rows := packet_rows(shown)) > 10
            and all("192.0.2.17 " in line for line in rows)
            and " s Save " in footer(shown)
        )
    )
    newcomer.type("s")
    newcomer.expect("(only 192.0.2.17)")
    (path,) = (tmp_path / "saved").glob("capture_*.pcap")
    source = FileSource([str(path)])
    frames = source.read(0)
    source.close()
    batch = decode(frames, 1)
    ends = np.stack([batch.src_low, batch.dst_low]) & np.uint64(0xFFFFFFFF)
    assert len(batch) > 10
    assert (ends == address("192.0.2.17")).any(axis=0).all()
