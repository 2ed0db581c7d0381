"""The process that gives the terminal back when the monitor dies of a fault in native code, or is killed."""

from __future__ import annotations

import contextlib
import os
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.privileges import drop_privileges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

LEAVE: Final = (
    b"\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[0m"  # the screen that was there before, cursor, wrapping, colours
    b"\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[<u"  # mouse, focus, the keyboard as it was
)
PASTE_OFF: Final = b"\x1b[?2004l"
LOCAL_FLAGS: Final = 3
"""Where termios has the flags among which ISIG is."""
DRAWN, DONE = b"+", b"."
"""What the child is told: from now on the terminal is to be given back, and that it was."""


@contextmanager
def kept_terminal(user: str = "") -> Iterator[Callable[[], None]]:
    """Let a child process wait for the end of this one; what is yielded is to be called before the screen is drawn.

    To be entered before sockets are open and before there is a second thread; the child becomes `user`, as this process
    will. Without a terminal, or on a system without fork, nobody waits.
    """
    try:
        terminal = _terminal()
        before = termios.tcgetattr(terminal)
        heard, told = os.pipe()
        child = os.fork()
    except (OSError, termios.error):
        yield lambda: None
        return
    if child == 0:
        _keep(terminal, heard, before, user)
    os.close(heard)
    os.close(terminal)
    try:
        yield lambda: _tell(told, DRAWN)
    finally:
        _tell(told, DONE)
        os.close(told)
        with contextlib.suppress(OSError):
            os.waitpid(child, 0)


def _tell(pipe: int, what: bytes) -> None:
    with contextlib.suppress(OSError):  # who listens may have been killed
        os.write(pipe, what)


def _terminal() -> int:
    """Return a descriptor of the terminal that is drawn on."""
    for descriptor in (2, 0, 1):
        if os.isatty(descriptor):
            return os.dup(descriptor)
    return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)


def _keep(terminal: int, heard: int, before: list[Any], user: str) -> NoReturn:
    """In the child: leave every other file and every right, wait, and give the terminal back if nobody else did."""
    try:
        os.setsid()  # signals of the terminal are the monitor's, and whoever has it then does not stop this process
        first, second = sorted((terminal, heard))
        os.closerange(0, first)
        os.closerange(first + 1, second)
        os.closerange(second + 1, os.sysconf("SC_OPEN_MAX"))
        os.chdir("/")
        drop_privileges(user)
        if _is_left(heard):
            _give_back(terminal, before)
    finally:
        os._exit(0)


def _is_left(heard: int) -> bool:
    """Wait, and return whether the screen was drawn and its process ended without another word."""
    said = DONE
    while word := os.read(heard, 1):
        said = word
    return said == DRAWN


def _give_back(terminal: int, before: list[Any]) -> None:
    # A shell that was faster has its own modes by now
    raw = not termios.tcgetattr(terminal)[LOCAL_FLAGS] & termios.ISIG
    os.write(terminal, LEAVE + PASTE_OFF * raw)
    if raw:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
