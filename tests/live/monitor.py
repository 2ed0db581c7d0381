"""The monitor in a pseudo-terminal inside a namespace, as a person has it, and what can be read of its process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyte

from tests.live.child import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
KEPT = 4 << 20
"""Bytes of what was written that are kept."""


class Monitor:
    """`netwatch WORDS` in a terminal that is read whenever somebody waits for something."""

    def __init__(
        self,
        namespace: str,
        words: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        size: tuple[int, int] = (120, 30),
        folder: Path | None = None,
        python: str = sys.executable,
        module: Sequence[str] = ("netwatch",),
        before: Sequence[str] = (),
    ) -> None:
        """Start it, in no namespace when that is empty, in `folder`; `module` runs it, under a command `before` it."""
        inside = ["ip", "netns", "exec", namespace] if namespace else []
        kept = ("PATH", "LANG", "HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
        clean = {name: os.environ[name] for name in kept if name in os.environ}
        variables = {**clean, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(environment or {})}
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            if folder is not None:
                os.chdir(folder)
            command = [*inside, *before, python, "-m", *module, *words]
            os.execvpe(command[0], command, variables)
        self.resize(*size)
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._answers: list[str] = []
        self.screen.write_process_input = self._answers.append  # pyte answers by it where the cursor is
        self.written = bytearray()
        self.status: int | None = None

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size; what is on it is read as before."""
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.descriptor, keys.encode())

    def read(self, seconds: float = 0.1) -> bytes:
        """Take what is written within `seconds`, and answer as a terminal does."""
        data = self.take(seconds)
        self.send(self.see(data))
        return data

    def take(self, seconds: float, most: int = 1 << 16) -> bytes:
        """Return what is written within `seconds`, unseen."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self.descriptor, most)
        except OSError:  # EIO: nobody has the terminal any more
            return b""

    def see(self, data: bytes) -> bytes:
        """Draw `data`, and return what a terminal answers to the questions in it; one may be cut in two."""
        self.written += data
        del self.written[:-KEPT]
        self._stream.feed(data)
        answer = "".join(self._answers).encode()
        self._answers.clear()
        return answer

    def send(self, data: bytes) -> None:
        """Let the program read `data` from its terminal, if it still does."""
        with contextlib.suppress(OSError):
            os.write(self.descriptor, data)

    def text(self) -> str:
        """Return what is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, condition: Callable[[str], object], what: str) -> str:
        """Wait until the screen is as wanted, and return it."""
        end = time.monotonic() + PATIENCE
        while not condition(text := self.text()):
            assert time.monotonic() < end, f"{what} is not on the screen:\n{text}"
            self.read()
        return text

    def expect(self, words: str) -> str:
        """Wait until `words` can be read, and return the screen."""
        return self.until(lambda text: words in text, repr(words))

    def ended(self) -> int:
        """Wait until the process ends and return its exit status."""
        end = time.monotonic() + PATIENCE
        while self.status is None:
            assert time.monotonic() < end, f"it does not end:\n{self.text()}"
            self.read(0.02)
            found, status = os.waitpid(self.process, os.WNOHANG)
            if found:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def vanish(self) -> None:
        """Close the terminal, as when its window is closed or the line drops, and wait until the process ends."""
        os.close(self.descriptor)
        self.descriptor = -1
        end = time.monotonic() + PATIENCE
        while not (found := os.waitpid(self.process, os.WNOHANG))[0]:
            assert time.monotonic() < end, "it does not end without its terminal"
            time.sleep(0.02)
        self.status = os.waitstatus_to_exitcode(found[1])

    def close(self) -> None:
        """End it whatever it does."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self.status = -signal.SIGKILL
        if self.descriptor >= 0:
            os.close(self.descriptor)


def statuses(process: int) -> list[dict[str, list[str]]]:
    """Return /proc/PID/task/*/status of every thread as words by name; one may end meanwhile."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/status"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            lines = path.read_text().splitlines()
            found.append({name: value.split() for name, _, value in (line.partition(":") for line in lines)})
    return found


def descriptors(process: int) -> dict[int, str]:
    """Return what the descriptors of a process point at; one may be closed meanwhile."""
    found = {}
    for path in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found[int(path.name)] = os.readlink(path)
    return found


def children(process: int) -> list[int]:
    """Return the processes that a process started and that did not end."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            _state, parent, *_ = path.read_text().rpartition(") ")[2].split()  # proc_pid_stat(5)
            if int(parent) == process:
                found.append(int(path.parent.name))
    return found
