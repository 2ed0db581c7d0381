"""`netwatch events` as scripts use it: lines while things happen, clean ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from tests.prepared import PATIENCE, netwatch
from tests.scenes import day, frames_of
from tests.test_cli import refused

if TYPE_CHECKING:
    from pathlib import Path

root = pytest.mark.skipif(os.geteuid() != 0, reason="capturing needs root")


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Return a capture file of the scene."""
    path = tmp_path / "scene.pcapng"
    save(str(path), [(frames_of(day()), None)], [FrameInterface("eth0")])
    return path


def test_files_and_formats(capture: Path, tmp_path: Path) -> None:
    """To standard output, or to a new file."""
    done = netwatch("events", capture, "--types", "dns,arp")
    assert (done.returncode, done.stderr) == (0, "")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert {record["event_type"] for record in records} == {"dns", "arp"}
    assert {record["in_iface"] for record in records if record["event_type"] == "arp"} == {"eth0"}
    done = netwatch("events", capture, "--format", "zeek", "--to", tmp_path / "conn.log")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len((tmp_path / "conn.log").read_text().splitlines()) == 33
    refused(netwatch("events", capture, "--to", tmp_path / "conn.log"), 1, "exists already")


def test_a_detector_that_was_not_loaded_is_said(capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To who wants alerts: as root none is loaded, else not one that cannot be read."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "netwatch" / "detectors"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text("not python")
    done = netwatch("events", capture, "--types", "alert")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 0
    assert line.startswith("netwatch: ")
    assert "detector" in line
    assert netwatch("events", capture, "--types", "dns").stderr == ""


def test_wrong_usage(capture: Path) -> None:
    """Status 2 and the word that is wrong."""
    refused(netwatch("events"), 2, "-i INTERFACE")
    refused(netwatch("events", capture, "--types", "dns,moon"), 2, "moon", "packet")
    refused(netwatch("events", capture, "--types", "dns", "--format", "csv"), 2, "csv")
    refused(netwatch("events", capture, "--to", "tcp:203.0.113.5:9"), 2, "another machine")


def test_a_reader_that_has_enough(capture: Path) -> None:
    """`| head -1` is no failure."""
    command = [sys.executable, "-m", "netwatch", "events", str(capture), "--types", "all"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


@root
def test_a_live_capture_tells_at_once_and_ends_with_its_flows() -> None:
    """A look-up appears while the capture runs; SIGTERM brings the open flows and the totals."""
    # Resolvers of this machine may use loopback too
    address = f"127.53.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
    command = [sys.executable, "-m", "netwatch", "events", "-i", "lo", "-f", f"udp port 53 and dst host {address}"]
    command += ["--types", "dns,flow,stats"]
    query = bytes.fromhex("123401000001000000000000 086e65747761746368 0474657374 00 0001 0001")
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        ExitStack() as stack,
    ):
        stack.callback(process.kill)  # nobody waits for it if it fails
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        end, line = time.monotonic() + PATIENCE, ""
        while not line:
            assert time.monotonic() < end
            assert process.poll() is None
            sender.sendto(query, (address, 53))
            time.sleep(0.05)
            line = process.stdout.readline()
        assert json.loads(line)["dns"]["queries"] == [{"rrname": "netwatch.test", "rrtype": "A"}]
        os.set_blocking(process.stdout.fileno(), True)
        process.send_signal(signal.SIGTERM)
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait(PATIENCE) == 0
    assert [record["flow"]["reason"] for record in rest if record["event_type"] == "flow"] == ["shutdown"]
    assert rest[-1]["event_type"] == "stats"
