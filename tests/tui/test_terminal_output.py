"""A terminal that stops reading or vanishes keeps neither the writing thread nor the drawing one."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from textual.drivers._writer_thread import WriterThread

from netwatch.tui.terminal_output import TerminalOutput
from netwatch.tui.thin import MOST_UNDER_WAY, CountingDriver

if TYPE_CHECKING:
    import pytest


class Terminal:
    """Takes nothing until it is let go, then keeps what it took."""

    def __init__(self) -> None:
        self.reads = threading.Event()
        self.taken: list[str] = []

    def write(self, text: str) -> None:
        """Wait like a terminal that does not read."""
        self.reads.wait(60)
        self.taken.append(text)

    def flush(self) -> None:
        """Nothing is buffered."""


def test_a_terminal_that_is_gone() -> None:
    """Swallows everything."""

    class Gone(Terminal):
        def write(self, text: str) -> None:
            raise OSError(5, "Input/output error", text)

        def flush(self) -> None:
            raise OSError(5, "Input/output error")

    output = TerminalOutput(Gone())  # type: ignore[arg-type]  # as far as it is used
    assert output.write("text") == len("text")
    output.flush()
    assert output.writes == 1


async def test_drawings_are_left_out_while_the_terminal_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """And all is drawn anew when it reads again."""
    terminal, timers, drawn = Terminal(), list[Any](), list[str]()
    monkeypatch.setattr(sys, "__stderr__", terminal)
    app = SimpleNamespace(
        set_timer=lambda _seconds, call: timers.append(call),
        screen=SimpleNamespace(refresh=lambda: drawn.append("all")),
    )
    driver = CountingDriver(app, mouse=False)
    assert driver._file is not None
    writer = driver._writer_thread = WriterThread(driver._file)
    writer.start()
    for number in range(100):
        driver.write(f"{number:03}")
    assert len(timers) == 1
    assert driver.sent == 3 * MOST_UNDER_WAY
    timers.pop()()
    assert len(timers) == 1
    assert not drawn
    terminal.reads.set()
    writer.stop()
    assert terminal.taken == [f"{number:03}" for number in range(MOST_UNDER_WAY)]
    timers.pop()()
    assert drawn == ["all"]
    assert not timers
