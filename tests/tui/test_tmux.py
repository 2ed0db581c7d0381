"""A person at a terminal: tmux runs netwatch, keys are typed, and what stands in the window is read."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from tests.scenes import day, frames_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def __init__(self, socket: Path, command: str) -> None:
        """Run `command` in 160x45."""
        self._tmux = ["tmux", "-S", str(socket), "-f", os.devnull]
        home = {"HOME": str(socket.parent), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        start = [*self._tmux, "new-session", "-d", "-x", "160", "-y", "45", command]
        subprocess.run(start, env=home, check=True)

    def type(self, *keys: str) -> None:
        """Press keys, by tmux's names; a text is typed letter by letter."""
        for key in keys:
            named = key in ("Enter", "Escape")
            subprocess.run([*self._tmux, "send-keys", *(() if named else ("-l",)), key], check=True)

    def expect(self, wanted: str, *, gone: bool = False) -> str:
        """Wait until a text is in the window, or is not any more; return what is there."""
        end = time.monotonic() + PATIENCE
        while True:
            command = [*self._tmux, "capture-pane", "-p"]
            shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            if (wanted in shown) is not gone:
                return shown
            assert time.monotonic() < end, shown
            time.sleep(0.05)

    def close(self) -> None:
        """End the server and what runs in it."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


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
    assert "ARP" in window.expect("of 112", gone=True)
