"""A real terminal: it is given back as it was found on every way out, and drawn anew after a stop."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shlex
import signal
import struct
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from tests.scenes import day, frames_of, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
ALTERNATE_SCREEN_OFF, MOUSE_OFF, CURSOR_SHOWN = b"\x1b[?1049l", b"\x1b[?1003l", b"\x1b[?25h"
CURSOR_REQUEST, CURSOR_REPORT = b"\x1b[6n", b"\x1b[1;1R"
LAST_ROW = b" 112 "
"""Number of the last packet of the scene."""
PATIENCE = 180.0
DEADLY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT, signal.SIGUSR1, signal.SIGXCPU)
"""What ends a program that does not ask for it."""


class Terminal:
    """A shell in a pseudo-terminal of 80x24 that answers requests for its cursor."""

    def __init__(self) -> None:
        """Start the shell."""
        self.shell, self.descriptor = pty.fork()
        if self.shell == 0:
            variables = {"TERM": "xterm-256color", "PATH": os.environ["PATH"], "PS1": "$ ", "PYTHONPATH": str(ROOT)}
            variables |= {name: value for name, value in os.environ.items() if name.startswith("XDG_")}
            os.execve("/bin/sh", ["sh", "-i"], variables)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = b""
        self.gone = False

    def type(self, keys: str) -> None:
        """Type, and forget what was seen before."""
        self.seen = b""
        os.write(self.descriptor, keys.encode())

    def interrupt_until(self, wanted: bytes) -> None:
        """Press Ctrl+C until `wanted` comes: one that falls between prompt and reading is nobody's."""
        begun = pressed = time.monotonic()
        self.type("\x03")
        while wanted not in self.seen:
            assert time.monotonic() < begun + PATIENCE, self.seen[-2000:]
            if select.select([self.descriptor], [], [], 0.1)[0]:
                self.seen += os.read(self.descriptor, 1 << 16)
            elif time.monotonic() > pressed + 10:
                pressed = time.monotonic()
                os.write(self.descriptor, b"\x03")

    def expect(self, wanted: bytes) -> bytes:
        """Wait until `wanted` was written since the last keys; return everything since then."""
        end = time.monotonic() + PATIENCE
        while wanted not in self.seen:
            assert time.monotonic() < end, self.seen[-2000:]
            if not select.select([self.descriptor], [], [], 0.1)[0]:
                continue
            data = os.read(self.descriptor, 1 << 16)
            self.seen += data
            if CURSOR_REQUEST in data:
                os.write(self.descriptor, CURSOR_REPORT)
        return self.seen

    def modes(self) -> list[object]:
        """Return the settings of the line: echo, line by line or key by key, signals."""
        return termios.tcgetattr(self.descriptor)[:4]

    def foreground(self) -> int:
        """Return the process group that has the terminal."""
        return os.tcgetpgrp(self.descriptor)

    def vanish(self) -> None:
        """Take the terminal away from under its programs."""
        os.close(self.descriptor)
        self.gone = True

    def close(self) -> None:
        """End everything in it."""
        groups = {self.shell} if self.gone else {self.foreground(), self.shell}
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if not self.gone:
            os.close(self.descriptor)
        os.waitpid(self.shell, 0)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal with a prompt."""
    made = Terminal()
    try:
        made.expect(b"$ ")
        yield made
    finally:
        made.close()


@pytest.fixture
def command(tmp_path: Path) -> str:
    """The command line that shows the scene and then its exit status."""
    path = tmp_path / "scene.pcap"
    save(str(path), [(frames_of(day()), None)], [FrameInterface("eth0")])
    return f"{shlex.quote(sys.executable)} -m netwatch -r {shlex.quote(str(path))}; echo status=$?"


@pytest.mark.parametrize(("way", "status"), [("q", 0), *((number, 128 + number) for number in DEADLY)])
def test_the_terminal_is_given_back(terminal: Terminal, command: str, way: str | signal.Signals, status: int) -> None:
    """Keys and signals leave it with echo, cursor, and the screen that was there before, without the mouse."""
    before = terminal.modes()
    terminal.type(f"{command}\n")
    terminal.expect(b"pkts")
    assert terminal.modes() != before
    if isinstance(way, signal.Signals):
        terminal.seen = b""
        os.killpg(terminal.foreground(), way)
    else:
        terminal.type(way)
    shown = terminal.expect(f"status={status}".encode())
    for restored in (ALTERNATE_SCREEN_OFF, MOUSE_OFF, CURSOR_SHOWN):
        assert restored in shown
    assert b"Traceback" not in shown
    assert terminal.modes() == before


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGBUS, signal.SIGKILL])
def test_the_terminal_is_given_back_by_another_process(
    terminal: Terminal, command: str, number: signal.Signals
) -> None:
    """Where nothing of netwatch's own process is left to do it."""
    before = terminal.modes()
    terminal.type(f"{command}\n")
    terminal.expect(b"pkts")
    assert terminal.modes() != before
    terminal.seen = b""
    os.killpg(terminal.foreground(), number)
    shown = terminal.expect(MOUSE_OFF)
    for restored in (ALTERNATE_SCREEN_OFF, CURSOR_SHOWN):
        assert restored in shown
    terminal.expect(f"status={128 + number}".encode())
    wait_for(lambda: terminal.modes() == before)


def test_stopping_gives_the_terminal_back_and_going_on_draws_everything(terminal: Terminal, command: str) -> None:
    """Ctrl+Z shows the shell, fg the packets again; Ctrl+C leaves."""
    before = terminal.modes()
    terminal.type(f"{command}\n")
    terminal.expect(b"pkts")
    terminal.type("G")
    terminal.expect(LAST_ROW)
    terminal.type("\x1a")
    assert ALTERNATE_SCREEN_OFF in terminal.expect(b"$ ")
    assert terminal.modes() == before
    terminal.type("fg\n")
    for drawn in (LAST_ROW, b"pkts", b"Help"):
        terminal.expect(drawn)
    terminal.type("\x03")
    assert ALTERNATE_SCREEN_OFF in terminal.expect(b"$ ")
    assert terminal.modes() == before


@pytest.mark.parametrize("after", [b"pkts", LAST_ROW])
def test_a_terminal_that_vanishes_takes_the_program_along(terminal: Terminal, command: str, after: bytes) -> None:
    """As when a window is closed or a line drops: nothing is left behind."""
    terminal.type(f"{command}\n")
    terminal.expect(b"pkts")
    if after == LAST_ROW:
        terminal.type("G")
        terminal.expect(LAST_ROW)
    group = terminal.foreground()
    assert group != terminal.shell
    terminal.vanish()
    end = time.monotonic() + PATIENCE
    while _alive(group):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_console_gets_the_packets_and_the_screen_comes_back(terminal: Terminal, command: str) -> None:
    """`!` lends the terminal; Ctrl+C stays in the console, Ctrl+D goes back, and no file is left."""
    before = terminal.modes()
    terminal.type(f"{command}\n")
    terminal.expect(b"STOPPED")
    terminal.type("G")
    terminal.expect(LAST_ROW)
    terminal.type("m")
    terminal.expect(b"is marked")
    terminal.type("!")
    shown = terminal.expect(b">>> ")
    assert ALTERNATE_SCREEN_OFF in shown
    assert b"netwatch console starts; Ctrl+D comes back from it" in shown
    assert b"netwatch console: 112 packets in `packets`" in shown
    terminal.interrupt_until(b"KeyboardInterrupt\r\n>>> ")
    terminal.type("print(len(packets), 'at', packets.listname, len(marked))\n")
    terminal.expect(b"112 at scene.pcap.pcapng 1\r\n>>> ")  # before the prompt Ctrl+D would be nobody's
    terminal.type("\x04")
    terminal.expect(LAST_ROW)
    terminal.type("m")
    terminal.expect(b"not marked")
    terminal.type("q")
    terminal.expect(b"status=0")
    assert terminal.modes() == before


def _alive(group: int) -> bool:
    """Return whether a process of the group runs; one that waits to be buried does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, found = stat.read_text().rpartition(")")[2].split()[:3]
            if int(found) == group and state != "Z":
                return True
    return False
