"""`netwatch record` as scripts use it: what is in the files, what is said, how it ends."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from netwatch.plural import counted
from netwatch.verbs.progress import INTERVAL, ProgressLine
from tests.capture.full_disk import small_disk
from tests.prepared import PATIENCE, netwatch
from tests.scenes import day, frames_of
from tests.test_cli import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKETS = day()
root = pytest.mark.skipif(os.geteuid() != 0, reason="capturing needs root")


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Return a capture file of the scene."""
    path = tmp_path / "scene.pcap"
    save(str(path), [(frames_of(PACKETS), None)], [FrameInterface("eth0")])
    return path


def packets_in(path: Path) -> list[bytes]:
    """Return the packets of a whole capture file."""
    source = FileSource([str(path)])
    found = []
    try:
        while (frames := source.read(1)) is not None:
            places = zip(frames.offset.tolist(), frames.captured.tolist(), strict=True)
            found += [bytes(frames.data[begin : begin + size]) for begin, size in places]
    except EOFError:
        assert not source.counters().truncated
    finally:
        source.close()
    return found


def test_a_file_becomes_a_ring_of_files(capture: Path, tmp_path: Path) -> None:
    """Packets stay what they are; the oldest files leave."""
    done = netwatch("record", "-r", capture, "-w", tmp_path / "part.pcapng", "-b", "packets:50", "-b", "files:2")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("netwatch: 112 packets, 0.0 MB written to ")
    assert "file 3" in done.stderr
    names = sorted(tmp_path.glob("part_*.pcapng"))
    assert [name.name[:10] for name in names] == ["part_00002", "part_00003"]
    assert [packet for name in names for packet in packets_in(name)] == PACKETS[50:]
    assert {name.stat().st_mode & 0o777 for name in names} == {0o600}


def test_filter_count_and_standard_output(capture: Path, tmp_path: Path) -> None:
    """`-f` chooses, `-c` ends, `-w -` writes nothing but packets."""
    words = [sys.executable, "-m", "netwatch", "record", "-r", capture, "-f", "udp port 53", "-c", "5", "-w", "-"]
    done = subprocess.run(words, capture_output=True, check=True)
    (tmp_path / "out").write_bytes(done.stdout)
    assert packets_in(tmp_path / "out") == [packet for packet in PACKETS if packet[23] == 17][:5]
    assert b"5 packets" in done.stderr


def test_wrong_usage(capture: Path, tmp_path: Path) -> None:
    """Each says what is missing; a file that is there stays."""
    refused(netwatch("record", "-r", capture), 2, "-w FILE")
    refused(netwatch("record", "-w", tmp_path / "x"), 2, "-i INTERFACE")
    refused(netwatch("record", "-r", capture, "-w", tmp_path / "x", "-b", "files:3"), 2, "-b")
    refused(netwatch("record", "-r", capture, "-w", tmp_path / "x", "-c", "-1"), 2, "-c -1")
    assert not (tmp_path / "x").exists()
    before = capture.read_bytes()
    refused(netwatch("record", "-r", capture, "-w", capture), 1, "exists already")
    assert capture.read_bytes() == before


def test_a_full_disk_ends_it_with_a_valid_file(tmp_path: Path) -> None:
    """What fitted is there, in whole packets, and the error is said."""
    big = tmp_path / "big.pcap"
    save(str(big), [(frames_of([packet * 12 for packet in PACKETS]), None)] * 30, [FrameInterface("eth0")])
    with small_disk(tmp_path, "2500k") as disk:
        done = netwatch("record", "-r", big, "-w", disk / "a.pcapng")
        assert done.returncode == 1
        assert "no space is left" in done.stderr
        assert "Traceback" not in done.stderr
        whole = packets_in(disk / "a.pcapng")
    assert 0 < len(whole) < 30 * len(PACKETS)
    assert whole == [packet * 12 for packet in PACKETS * 30][: len(whole)]


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Record loopback to `live.pcapng` until a marked datagram is in it."""
    path = tmp_path / "live.pcapng"
    words = [sys.executable, "-m", "netwatch", "record", "-i", "lo", "-f", "udp port 9", "-w", str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + PATIENCE
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not path.exists() or b"netwatch-test" not in path.read_bytes():
                assert time.monotonic() < end, "nothing was recorded"
                assert process.poll() is None, process.communicate()
                sender.sendto(b"netwatch-test", ("127.0.0.1", 9))
                time.sleep(0.02)
        yield process
        process.kill()


@root
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_signals_leave_a_valid_file(number: signal.Signals, recording: subprocess.Popen[str], tmp_path: Path) -> None:
    """Asked to end it completes the file; killed it leaves whole packets."""
    recording.send_signal(number)
    _, errors = recording.communicate(timeout=PATIENCE)
    packets = packets_in(tmp_path / "live.pcapng")
    assert packets
    assert all(b"netwatch-test" in packet for packet in packets)
    assert [path.name for path in tmp_path.iterdir()] == ["live.pcapng"]
    if number is signal.SIGKILL:
        assert recording.returncode == -signal.SIGKILL
    else:
        assert recording.returncode == 0
        assert errors.startswith(f"netwatch: {counted(len(packets), 'packets')}, ")
        assert "0 dropped by the kernel" in errors


@root
def test_what_was_sent_before_the_signal_is_in_the_file(recording: subprocess.Popen[str], tmp_path: Path) -> None:
    """To the last packet; netwatch stands still meanwhile, so that more waits than is read at once."""
    count = 12_000
    recording.send_signal(signal.SIGSTOP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(count):
            sender.sendto(b"last %d." % number + bytes(1000), ("127.0.0.1", 9))
    recording.send_signal(signal.SIGINT)
    recording.send_signal(signal.SIGCONT)
    _, errors = recording.communicate(timeout=PATIENCE)
    recorded = [packet[42:].rstrip(b"\0") for packet in packets_in(tmp_path / "live.pcapng") if b"last" in packet]
    assert recorded == [b"last %d." % number for number in range(count)]
    assert (recording.returncode, "0 dropped by the kernel" in errors) == (0, True)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_progress_line_draws_over_itself() -> None:
    """At most every INTERVAL, only on a terminal, and nothing stays."""
    now = [0.0]
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        line = ProgressLine(stream, lambda: now[0])
        for now[0] in (0.0, INTERVAL / 2, INTERVAL, 2 * INTERVAL):
            line.show(lambda: f"at {now[0]}")
        line.clear()
        line.clear()
    assert terminal.getvalue() == "\r\x1b[Kat 0.0\r\x1b[Kat 0.5\r\x1b[Kat 1.0\r\x1b[K"
    assert pipe.getvalue() == ""


def test_display_filters_choose_and_end(capture: Path, tmp_path: Path) -> None:
    """`-Y` records what passes, `-a match:` ends with the first packet that does, in every verb."""
    tls = next(number for number, packet in enumerate(PACKETS, 1) if b"\x16\x03\x01" in packet[54:57])
    done = netwatch("record", "-r", capture, "-w", tmp_path / "a.pcap", "-a", "match:tls", "-a", "packets:100")
    assert done.returncode == 0, done.stderr
    assert packets_in(tmp_path / "a.pcap") == PACKETS[:tls]
    assert netwatch("record", "-r", capture, "-w", tmp_path / "b.pcap", "-Y", "arp").returncode == 0
    assert packets_in(tmp_path / "b.pcap") == [packet for packet in PACKETS if packet[12:14] == b"\x08\x06"]
    assert f"packets     {tls}\n" in netwatch("report", capture, "-a", "match:tls").stdout
    done = netwatch("events", capture, "-a", "match:tls", "-Y", "arp", "--types", "packet,arp")
    assert len(done.stdout.splitlines()) == 4
    for wrong, said in (("match:tls ===", "character"), ("match:", "has no filter"), ("match: ", "has no filter")):
        refused(netwatch("record", "-r", capture, "-w", tmp_path / "c", "-a", wrong), 2, said)
