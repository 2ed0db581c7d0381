"""A terminal for benchmarks: runs netwatch in a pseudo-terminal, answers it, presses keys and takes the time."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    import resource
    from collections.abc import Mapping

COLUMNS, LINES = 120, 40
CURSOR_REQUEST, CURSOR_REPORT = b"\x1b[6n", b"\x1b[1;1R"


@dataclass
class Watched:
    """A running netwatch."""

    words: list[str]
    size: tuple[int, int] = (COLUMNS, LINES)
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that it gets besides."""
    frames: int = 0
    """Live repaints: each asks the terminal for its cursor."""
    exact: bool = False
    """Say where the cursor really is, which costs the time of a terminal; otherwise always the same place."""
    first_paint: float = 0.0
    """Seconds from start to the first row or status line."""
    usage: resource.struct_rusage | None = None

    def __post_init__(self) -> None:
        """Start it."""
        columns, lines = self.size
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        answers: list[str] = []
        self.screen.write_process_input = answers.append
        self.answers = answers
        self.tail = b""
        started = time.perf_counter()
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            # What an earlier run remembered would be another beginning
            fresh = tempfile.mkdtemp(prefix="netwatch-benchmark-")
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", XDG_STATE_HOME=fresh, XDG_CONFIG_HOME=fresh)
            os.environ.update(self.environment)
            os.execvp(self.words[0], self.words)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        if self.until(b"pkts", 20) == float("inf"):
            raise AssertionError("netwatch did not start")
        self.first_paint = time.perf_counter() - started

    def pump(self, seconds: float, *, parse: bool = False) -> bytes:
        """Read for so long, answering requests; return what came. Parsing it costs the time of a terminal."""
        end = time.perf_counter() + seconds
        read = b""
        while (left := end - time.perf_counter()) > 0:
            read += self._read(left, parse=parse)
        return read

    def until(self, words: bytes, seconds: float) -> float:
        """Read until `words` come and return how long that took; infinity when they do not."""
        start = time.perf_counter()
        read = b""
        while time.perf_counter() - start < seconds:
            read = read[-200:] + self._read(seconds, parse=False)
            if words in read:
                return time.perf_counter() - start
        return float("inf")

    def key(self, keys: str) -> None:
        """Press keys."""
        os.write(self.terminal, keys.encode())

    def key_to_paint(self, key: str = "c", words: bytes = b"TTL") -> float:
        """Press `key` and return how long it takes until `words` are drawn, in seconds; then press it once more.

        `c` shows more columns of the packets, with their titles; `r` turns a table round, which its title says.
        """
        self.key(key)
        took = self.until(words, 2)
        self.key(key)
        self.pump(0.12)
        return took

    def status(self) -> dict[str, int]:
        """Draw everything anew and return the numbers of the status line."""
        self.key("\x0c")
        self.pump(0.7, parse=True)
        text = "\n".join(self.screen.display[:2])
        numbers = {"pkts": r"([\d,]+) pkts", "drop": r"drop (\S+)", "evicted": r"(?:evicted|out) (\S+)"}
        numbers["not-inspected"] = r"(?:not-inspected|skip) (\S+)"  # short where there is no room
        return {
            name: _number(match.group(1)) if (match := re.search(pattern, text)) else -1
            for name, pattern in numbers.items()
        }

    def quit(self) -> str:
        """Press q, wait, and return what was drawn since, the farewell at its end; afterwards `usage` is known."""
        self.key("q")
        end = time.perf_counter() + 10
        read = b""
        while time.perf_counter() < end:
            process, _, usage = os.wait4(self.process, os.WNOHANG)
            read += self._read(0.05, parse=False)
            if process:
                self.usage = usage
                return read.decode(errors="replace")
        raise AssertionError("netwatch did not end")

    @property
    def cpu_seconds(self) -> float:
        """User and system time of the ended process."""
        assert self.usage is not None
        return self.usage.ru_utime + self.usage.ru_stime

    def cpu_now(self) -> float:
        """User and system time so far."""
        with open(f"/proc/{self.process}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self, what: str = "Rss") -> float:
        """Resident memory now, without the mapped ring, whose pages are the kernel's and counted as this process's.

        With "Anonymous" what the process made itself: without the pages of programs, libraries and other files, which
        the kernel drops and reads again as it likes.
        """
        total, ring = 0, False
        with open(f"/proc/{self.process}/smaps") as file:
            for line in file:
                name, _, value = line.partition(" ")
                if not name.endswith(":"):
                    ring = "socket:[" in value
                elif name == f"{what}:" and not ring:
                    total += int(value.split()[0])
        return total / 1024

    def _read(self, timeout: float, *, parse: bool) -> bytes:
        ready, _, _ = select.select([self.terminal], [], [], timeout)
        if not ready:
            return b""
        try:
            data = os.read(self.terminal, 1 << 16)
        except OSError:
            time.sleep(0.01)
            return b""
        asked = (self.tail + data).count(CURSOR_REQUEST)
        self.tail = data[-len(CURSOR_REQUEST) + 1 :]
        self.frames += asked
        if parse or self.exact:
            self.stream.feed(data)
        if asked:
            os.write(self.terminal, "".join(self.answers).encode() if self.exact else CURSOR_REPORT * asked)
        self.answers.clear()
        return data


def netwatch(*words: str) -> list[str]:
    """Return the command that runs this checkout's netwatch."""
    return [sys.executable, "-m", "netwatch", *words]


def _number(text: str) -> int:
    scale = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1], 1)
    return int(float(text.rstrip("kMG").replace(",", "")) * scale)
