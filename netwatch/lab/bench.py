"""What every tool works with: one place through which packets leave, paced, logged and stoppable."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwatch.lab.pace import Pacer
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netwatch.lab.sent_log import SentLog
    from netwatch.lab.wire import Heard, Wire


@dataclass(slots=True)
class Stop:
    """Set by Ctrl-C or SIGTERM; tools look at it before each packet."""

    wanted: bool = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let the first SIGINT or SIGTERM ask for the end; a second one ends at once as usual."""

        def ask(number: int, _frame: object) -> None:
            self.wanted = True
            signal.signal(number, before[signal.Signals(number)])

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Progress:
    """One line on standard error that is rewritten, where that is a terminal."""

    def __init__(self, *, shown: bool | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._clock = clock
        self._next = 0.0
        self._width = 0

    def show(self, text: str) -> None:
        """Show `text`, at most five times a second."""
        if self._shown and self._clock() >= self._next:
            self._next = self._clock() + 0.2
            sys.stderr.write(f"\r{text:<{self._width}}")
            sys.stderr.flush()
            self._width = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


@dataclass(slots=True)
class Bench:
    """The wire and what guards it."""

    wire: Wire
    log: SentLog | None
    """None in a dry run."""
    pacer: Pacer = field(default_factory=Pacer)
    stop: Stop = field(default_factory=Stop)
    progress: Progress = field(default_factory=Progress)
    say: Callable[[str], None] = print
    """Takes lines that appear while a tool runs: answers as they come, in a dry run what would be sent."""
    packets: int = 0
    octets: int = 0
    clock: Callable[[], float] = time.monotonic

    @property
    def dry(self) -> bool:
        """True when nothing is sent."""
        return self.log is None

    def transmit(self, packet: bytes, summary: str) -> bool:
        """Send one packet now; the caller has waited for the pacer. False when it cannot reach its destination.

        Raises:
            NetwatchError: it cannot be logged or sent.
        """
        self.pacer.went()
        self.packets += 1
        self.octets += len(packet)
        if self.log is None:
            self.say(f"would send {printable(summary)} ({len(packet)} bytes)")
            return True
        self.log.sent(summary, len(packet))
        return self.wire.send(packet)

    def pause(self, seconds: float, hear: Callable[[Heard], Any] | None = None) -> None:
        """Let time pass, and give what is heard to `hear`; not in a dry run, and no longer once a stop is asked for."""
        end = self.clock() + (0 if self.dry else seconds)
        while not self.stop.wanted and (left := end - self.clock()) > 0:
            heard = self.wire.receive(min(left, 0.1))
            if heard is not None and hear is not None:
                hear(heard)
