"""`netwatch console` from the monitor: what is seen is handed over in a file, and the screen comes back behind it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.app import SuspendNotSupported

from netwatch.tui.deliver import deliver
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.screen import Screen

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import Saved
    from netwatch.tables.selection import PacketFilter

COMMAND: Final = (sys.executable, "-P", "-m", "netwatch", "console", "-r")
"""-P: nothing in the current folder is taken for a part of netwatch."""


class PythonConsole:
    """Serves a screen that has a Notice; one console at a time."""

    def __init__(self, screen: Screen[None], engine: Engine) -> None:
        self._screen = screen
        self._engine = engine
        self._request: Request[Saved] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self, source: str, only: PacketFilter | None) -> None:
        """Open it on the packets of the view, or on what of them passes `only`."""
        if self._request is not None:
            return
        # removed with the object, also when the monitor ends before
        self._folder = tempfile.TemporaryDirectory(prefix="netwatch-", ignore_cleanup_errors=True)
        name = "".join(one if one.isalnum() or one in "-." else "_" for one in source)[:40].lstrip("-.") or "packets"
        path = Path(self._folder.name) / f"{name}.pcapng"
        self._request = self._engine.save(path, only=only, lasting=False)
        self._screen.query_one(Notice).say("handing packets to netwatch console; leave it with Ctrl+D", seconds=0)
        deliver(self._screen, self._request, lambda _: self._run(path), self._failed)

    def _run(self, path: Path) -> None:
        notice = self._screen.query_one(Notice)
        notice.forget()
        try:
            with self._screen.app.suspend(), _keys_for_the_console():
                # Reading the packets and all of Scapy takes seconds, in which the terminal would be empty
                sys.stdout.write("netwatch console starts; Ctrl+D comes back from it\n")
                sys.stdout.flush()
                subprocess.run([*COMMAND, str(path)], check=False)
        except SuspendNotSupported:
            notice.say("this terminal cannot be lent to a console", "error")
        except OSError as error:
            notice.say(f"the console did not start: {error.strerror}", "error")
        finally:
            self._end()

    def _failed(self, error: BaseException) -> None:
        self._end()
        self._screen.query_one(Notice).say(str(error), "error", seconds=15)

    def _end(self) -> None:
        self._request = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


@contextlib.contextmanager
def _keys_for_the_console() -> Iterator[None]:
    """Let Ctrl+C reach the console only, and Ctrl+Z stop both; what is ignored would be so in the console, too."""
    before = [(signal.SIGINT, signal.signal(signal.SIGINT, lambda *_: None))]
    if sys.platform != "win32":
        before.append((signal.SIGTSTP, signal.signal(signal.SIGTSTP, signal.SIG_DFL)))
    try:
        yield
    finally:
        for number, meaning in before:
            signal.signal(number, meaning)
