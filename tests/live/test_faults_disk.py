"""What a capture writes to fails while it runs: the disk is full or read-only, a link takes the file's place."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from tests.capture.full_disk import small_disk
from tests.live.child import PATIENCE, wait_for
from tests.live.monitor import ROOT, Monitor

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.conftest import Cable

pytestmark = pytest.mark.live

SEND = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("v0", 0))
for _ in range(int(sys.argv[1])): s.send(bytes.fromhex("0200000000aa0200000000bb88b5") + bytes(int(sys.argv[2])))
"""

SAVING_FAILED = re.compile(r"cannot write [^:\n]*capture_[^:\n]*: no space is left on the device")
"""As against the recording, of which the same is said."""


def test_the_disk_is_full_then_read_only_then_well_again(cable: Cable, tmp_path: Path) -> None:
    """The recording ends and says why, saving does too, the capture goes on, and saves as soon as it can."""
    with small_disk(tmp_path, "512k") as disk:
        variables = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CONFIG")}
        words = ["-i", "v0", "-f", "ether proto 0x88b5", "-w", "rec.pcapng"]
        monitor = Monitor(cable.one, words, environment=variables, folder=disk, size=(240, 24))

        def send(count: int, size: int) -> None:
            cable.run(cable.two, sys.executable, "-c", SEND, str(count), str(size))

        try:
            monitor.expect("LIVE")
            send(700, 1400)
            monitor.expect("REC FAILED: cannot write")
            monitor.expect(" 700 pkts")
            monitor.type("s")
            monitor.until(SAVING_FAILED.search, "that saving failed")
            (disk / "rec.pcapng").unlink(missing_ok=True)
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            monitor.type("s")
            monitor.expect("the file system is read-only")
            subprocess.run(["mount", "-o", "remount,rw,size=4m", str(disk)], check=True)
            monitor.type("s")
            monitor.expect("saved 700 packets")
            send(5, 60)
            monitor.expect(" 705 pkts")
            monitor.expect("LIVE")
            monitor.type("q")
            assert monitor.ended() == 1  # not all was recorded
        finally:
            monitor.close()
        (saved,) = disk.glob("*")
        source = FileSource([str(saved)])
        frames = source.read(1.0)
        source.close()
        assert frames is not None
        assert (len(frames), saved.stat().st_mode & 0o777) == (700, 0o600)
    assert b"Traceback" not in monitor.written
    log = tmp_path / "STATE/netwatch/problems.log"
    assert not log.exists(), log.read_text()


def test_a_link_takes_the_place_of_the_recording(cable: Cable, tmp_path: Path) -> None:
    """Nothing is written through it, and that the recording has no name any more is an error."""
    victim, path = tmp_path / "victim", tmp_path / "rec.pcapng"
    victim.write_text("mine")
    command = [
        "ip",
        "netns",
        "exec",
        cable.one,
        sys.executable,
        "-m",
        "netwatch",
        "record",
        "-i",
        "v0",
        "-w",
        str(path),
    ]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=variables)
    try:
        wait_for(path.exists, "the recording")
        path.unlink()
        path.symlink_to(victim)
        cable.run(cable.two, sys.executable, "-c", SEND, "5", "60")
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=PATIENCE)
    finally:
        child.kill()
    assert (child.returncode, "cannot write" in said, "Traceback" in said) == (1, True, False), said
    assert (path.is_symlink(), victim.read_text()) == (True, "mine")
