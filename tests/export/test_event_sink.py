"""Where lines of events go: files, pipes, collectors that are late, go away, or are not of this machine."""

from __future__ import annotations

import os
import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from netwatch.errors import FileError, UsageError
from netwatch.export import event_sink
from netwatch.export.event_sink import CollectorSink, FileSink, OutputSink, open_sink
from tests.capture.full_disk import small_disk
from tests.prepared import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collectors are tried again at once."""
    monkeypatch.setattr(event_sink, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(event_sink, "LONGEST_PAUSE", 0.002)


def lines_from(connection: socket.socket, count: int) -> list[str]:
    """Return the next lines of a connection."""
    with connection, connection.makefile() as file:
        return [file.readline().rstrip("\n") for _ in range(count)]


def test_a_file_grows_and_is_not_overwritten(tmp_path: Path) -> None:
    """It can be read at every moment."""
    path = tmp_path / "eve.json"
    sink = open_sink(str(path))
    assert isinstance(sink, FileSink)
    sink.write(["one", "two"])
    assert path.read_text() == "one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600
    sink.close()
    with pytest.raises(FileError, match="exists already"):
        open_sink(str(path))


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    """As many as fitted are there, and none of them is half a line."""
    lines = [f"{number:07d}" for number in range(10_000)]
    with small_disk(tmp_path, "64k") as disk:
        sink = open_sink(str(disk / "eve.json"))
        sink.write(lines[:10])
        with pytest.raises(FileError, match="no space"):
            sink.write([f"{line} and more" for line in lines[10:]])
        sink.close()
        written = (disk / "eve.json").read_text()
    assert written.endswith(" and more\n")
    found = written.splitlines()
    assert [line[:7] for line in found] == lines[: len(found)]
    assert {len(line) for line in found[10:]} == {16}


def test_a_reader_that_has_gone() -> None:
    """The pipe breaks at the next line."""
    read_end, write_end = os.pipe()
    sink = OutputSink(write_end)
    sink.write(["one"])
    assert os.read(read_end, 99) == b"one\n"
    os.close(read_end)
    with pytest.raises(BrokenPipeError):
        sink.write(["two"])
    os.close(write_end)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a pipe grow")
def test_a_pipe_takes_a_mebibyte_before_anybody_reads() -> None:
    """A batch of packets fits, and is not handed over in sixteen steps."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    OutputSink(write_end).write(["x" * 999_999])
    assert len(os.read(read_end, 1 << 20)) == 1_000_000
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_a_collector_that_comes_late_and_goes_away(kind: str, tmp_path: Path) -> None:
    """What was written before it listened arrives, and after it closed it is connected to again."""
    with socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET) as listener:
        # Its address is its own from here on, although nobody listens yet
        listener.bind(f"{tmp_path}/s" if kind == "unix" else ("127.0.0.1", 0))
        sink = open_sink(f"unix:{tmp_path}/s" if kind == "unix" else f"tcp:127.0.0.1:{listener.getsockname()[1]}")
        sink.write(["one", "two"])
        listener.listen()
        listener.settimeout(PATIENCE)
        assert lines_from(listener.accept()[0], 2) == ["one", "two"]
        received: list[str] = []
        stop = threading.Event()

        def collect() -> None:
            connection = listener.accept()[0]
            received.extend(lines_from(connection, 1))
            stop.set()

        thread = threading.Thread(target=collect)
        thread.start()
        while not stop.wait(0.005):  # a line or two may go into the connection that is already gone
            sink.write(["again"])
        thread.join()
        assert received == ["again"]
        sink.close()


def test_datagrams_carry_a_line_each() -> None:
    """One too large for a datagram is counted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(PATIENCE)
        sink = open_sink(f"udp:127.0.0.1:{collector.getsockname()[1]}")
        sink.write(["one", "x" * 70_000, "two"])
        assert [collector.recv(100) for _ in range(2)] == [b"one\n", b"two\n"]
        sink.close()
        assert sink.dropped == 1


def test_without_a_collector_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is no room for, and what waits at the end, is counted."""
    monkeypatch.setattr(event_sink, "MOST_WAITING", 1000)
    monkeypatch.setattr(event_sink, "FAREWELL", 0.01)

    def refuse() -> socket.socket:
        raise ConnectionRefusedError

    sink = CollectorSink(refuse)
    for _ in range(300):
        sink.write(["123456789"])
    assert sink.dropped == 200
    sink.close()
    assert sink.dropped == 300


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("tcp:192.0.2.1:5170", "another machine"),
        ("udp:8.8.8.8:53", "another machine"),
        ("tcp:collector:5170", "no address"),
        ("tcp:127.0.0.1:x", "no address"),
        ("tcp:127.0.0.1:0", "no port"),
        ("tcp:127.0.0.1:70000", "no port"),
    ],
)
def test_only_this_machine(target: str, why: str) -> None:
    """netwatch sends nothing away."""
    with pytest.raises(UsageError, match=why):
        open_sink(target)
