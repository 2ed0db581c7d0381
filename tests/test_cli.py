"""The command line as scripts see it: exit statuses, one line of words, nothing on the wrong stream."""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netwatch import __version__
from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from tests.prepared import PATIENCE, netwatch
from tests.scenes import day, frames_of

PACKETS = day()


def refused(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    """Check that a command failed with one line that says why."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("netwatch: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def _catches(status: str, number: signal.Signals) -> bool:
    """Return whether a process with this /proc/PID/status has a handler for a signal."""
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Return a capture file of the scene."""
    path = tmp_path / "scene.pcap"
    save(str(path), [(frames_of(PACKETS), None)], [FrameInterface("eth0")])
    return path


def test_report_is_the_contract(capture: Path) -> None:
    """The JSON has the sections and types of DESIGN.md section 5."""
    done = netwatch("report", "-r", capture, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["netwatch"] == __version__
    assert report["capture"] == {
        "source": "scene.pcap",
        "link_types": [1],
        "packets": len(PACKETS),
        "bytes": sum(map(len, PACKETS)),
        "first_time": 1767225600.0,
        "last_time": pytest.approx(1767225600.0 + 0.011003 * (len(PACKETS) - 1)),
        "malformed": 0,
        "truncated_file": False,
    }
    assert report["loss"] == {
        "kernel_dropped": 0,
        "evicted_packets": 0,
        "evicted_flows": 0,
        "inspection_skipped": 0,
    }
    assert {name: counts["packets"] for name, counts in report["protocols"].items()} == {
        "tcp": 64,
        "udp": 16,
        "arp": 16,
        "icmp": 16,
    }


def test_report_as_text_and_into_a_file(capture: Path, tmp_path: Path) -> None:
    """People get words, `-o` a file that is never overwritten."""
    text = netwatch("report", capture).stdout
    assert "packets     112" in text
    path = tmp_path / "report.txt"
    assert netwatch("report", capture, "-o", path).stdout == ""
    assert path.read_text() == text
    refused(netwatch("report", capture, "-o", path), 1, "report.txt")


def test_count_filter_and_pipe(capture: Path) -> None:
    """`-c` stops, `-f` narrows a file, `-r -` reads a pipe."""
    done = netwatch("report", "-r", capture, "-c", "7", "--format", "json")
    assert json.loads(done.stdout)["capture"]["packets"] == 7
    done = netwatch("report", "-r", capture, "-f", "udp port 53", "--format", "json")
    assert json.loads(done.stdout)["capture"]["packets"] == 16
    command = [sys.executable, "-m", "netwatch", "report", "-r", "-", "--format", "json"]
    piped = subprocess.run(command, input=capture.read_bytes(), capture_output=True, check=True)
    assert json.loads(piped.stdout)["capture"]["packets"] == len(PACKETS)


def test_a_cut_file_is_read_as_far_as_it_goes(capture: Path) -> None:
    """What is there is reported, and that it was cut."""
    capture.write_bytes(capture.read_bytes()[:-10])
    done = netwatch("report", "-r", capture, "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["capture"]["packets"] == len(PACKETS) - 1
    assert json.loads(done.stdout)["capture"]["truncated_file"] is True


def test_a_record_of_four_gigabytes_is_no_record(capture: Path) -> None:
    """Nothing is allocated by a length that a file claims."""
    capture.write_bytes(capture.read_bytes() + struct.pack("<IIII", 1, 1, 0xFFFFFFF0, 0xFFFFFFF0) + b"x")
    done = netwatch("report", "-r", capture, "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["capture"]["packets"] == len(PACKETS)
    assert json.loads(done.stdout)["capture"]["truncated_file"] is True


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "empty"), (b"\xd4\xc3", "two-bytes"), (b"Dear diary, " * 9, "text")]
)
def test_files_that_are_no_captures(tmp_path: Path, content: bytes, name: str) -> None:
    """Each is refused in one line with its name."""
    path = tmp_path / f"{name}.pcap"
    path.write_bytes(content)
    refused(netwatch("report", "-r", path), 1, f"{name}.pcap")
    refused(netwatch("report", "-r", tmp_path), 1)
    refused(netwatch("report", "-r", tmp_path / "absent.pcap"), 1, "absent.pcap")


def test_a_hostile_file_name_is_escaped(tmp_path: Path) -> None:
    """No escape sequence reaches the terminal."""
    path = tmp_path / "\x1b]0;owned\x07.pcap"
    path.write_bytes(b"nothing")
    done = netwatch("report", "-r", path)
    refused(done, 1, "\\x1b")
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--no-such-option",), "--no-such-option"),
        (("report",), "report needs"),
        (("report", "-r", "x", "-i", "lo"), "-i and a capture file"),
        (("report", "-r", "x", "-a", "moon:3"), "moon"),
        (("report", "-r", "x", "-c", "0"), "packets"),
        (("report", "-r", "x", "-c", "many"), "many"),
        (("report", "--format", "xml", "-r", "x"), "xml"),
        (("report", "--config", "/no/such/file", "-r", "x"), "/no/such/file"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], said: str) -> None:
    """Status 2 and the word that is wrong."""
    refused(netwatch(*words), 2, said)


def test_a_filter_with_an_error(capture: Path) -> None:
    """libpcap's own words, status 2."""
    refused(netwatch("report", "-r", capture, "-f", "tcp port"), 2, "syntax error")
    refused(netwatch("report", "-r", capture, "-n", "-f", "host gateway.invalid"), 2, "gateway.invalid")


def test_wrong_settings(tmp_path: Path, capture: Path) -> None:
    """The file, the key and what is near it."""
    path = tmp_path / "config.toml"
    for text, words in (
        ("bufer = 3", ("bufer", "buffer")),
        ("buffer = 'x'", ("buffer", "whole number")),
        ("buffer = 0", ("between",)),
        ("glyphs = 'runes'", ("braille",)),
        ("= 3", ("TOML",)),
    ):
        path.write_text(text)
        refused(netwatch("report", "--config", path, "-r", capture), 2, *words)


def test_the_monitor_needs_a_terminal(capture: Path) -> None:
    """Standard output is a pipe here."""
    refused(netwatch(capture), 2, "terminal")


def test_list_interfaces() -> None:
    """No rights are needed; loopback is never the first choice where there is another."""
    interfaces = json.loads(netwatch("-D", "--json").stdout)
    assert "lo" in {interface["name"] for interface in interfaces}
    if len(interfaces) > 1:
        assert interfaces[0]["name"] != "lo"
    text = netwatch("-D").stdout
    assert all(interface["name"] in text for interface in interfaces)
    assert "any" in text


def test_help_and_version() -> None:
    """Both go to standard output."""
    assert netwatch("--version").stdout == f"netwatch {__version__}\n"
    assert "--capture-filter" in netwatch("--help").stdout
    assert "--format" in netwatch("report", "--help").stdout


def test_doctor_always_answers() -> None:
    """Whatever it finds, it is done."""
    done = netwatch("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert "interfaces" in done.stdout


root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give rights up or use them")


@root
def test_without_rights_the_command_that_works_is_said() -> None:
    """Status 77 and sudo with an absolute path."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("needs setpriv (util-linux)")
    bare = [setpriv, "--bounding-set=-all", "--inh-caps=-all"]
    for words in (("report", "-i", "lo"), ()):
        command = [*bare, sys.executable, "-m", "netwatch", *words]
        if words:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
            refused(done, 77, "CAP_NET_RAW")


@root
def test_an_unknown_interface_names_those_there_are() -> None:
    """Status 1 and a hint."""
    refused(netwatch("report", "-i", "lo0", "-a", "duration:1"), 1, "lo0", "lo")


@root
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_report_is_a_report(number: signal.Signals) -> None:
    """What was seen until then is said."""
    command = [sys.executable, "-m", "netwatch", "report", "-i", "lo", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        status = Path(f"/proc/{process.pid}/status")
        end = time.monotonic() + PATIENCE
        while not _catches(status.read_text(), signal.SIGTERM) and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(number)
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert json.loads(output)["capture"]["source"] == "lo"
