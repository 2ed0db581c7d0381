"""Flow control of the terminal link: who is waited for, for how long, and what is counted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from netwatch.tui.link import AHEAD, CURSOR_POSITION_REQUEST, GIVE_UP, KEY_WINDOW, RATE_WINDOW, SLOW, TerminalLink
from tests.tui.screen import monitor, settle


class Terminal:
    """What was sent to it, and a clock that stands still."""

    def __init__(self) -> None:
        """Start at some moment."""
        self.now = 100.0
        self.sent: list[str] = []
        self.link = TerminalLink(self.sent.append, lambda: self.now)


@pytest.fixture
def terminal() -> Terminal:
    """Return a terminal that has answered nothing yet."""
    return Terminal()


def _frame(link: TerminalLink) -> None:
    link.frame_due()
    link.written()


def test_only_a_frame_is_asked_behind(terminal: Terminal) -> None:
    """An echo of a key is not waited for."""
    terminal.link.written()
    assert terminal.sent == []
    assert terminal.link.ready()


def test_a_frame_waits_for_the_answer_to_the_last(terminal: Terminal) -> None:
    """What is left out meanwhile is counted."""
    link = terminal.link
    assert link.ready()
    _frame(link)
    assert terminal.sent == [CURSOR_POSITION_REQUEST]
    assert not link.ready()
    assert not link.ready()
    assert link.skipped == 2
    link.answered()
    assert link.ready()
    assert link.skipped == 2


def test_a_key_is_answered_ahead_of_the_terminal_and_no_further(terminal: Terminal) -> None:
    """What it does at once and the rows it asks for are drawn; keys that are held down make no backlog."""
    link = terminal.link
    _frame(link)
    assert not link.has_room()
    link.pressed()
    drawn = 0
    for _ in range(100):
        if link.has_room():
            drawn += 1
            _frame(link)
        terminal.now += 0.001
        link.pressed()
    assert drawn == AHEAD - 1
    for left in reversed(range(AHEAD)):
        link.answered()
        assert link.ready() == (left == 0)
    _frame(link)
    link.pressed()
    terminal.now += 2 * KEY_WINDOW
    assert not link.has_room()


def test_a_terminal_that_never_answers_is_asked_once(terminal: Terminal) -> None:
    """After that it gets every frame; an answer that comes very late brings flow control back."""
    link = terminal.link
    _frame(link)
    terminal.now += GIVE_UP
    assert link.ready()
    for _ in range(5):
        _frame(link)
        assert link.ready()
    assert len(terminal.sent) == 1
    link.answered()
    _frame(link)
    assert len(terminal.sent) == 2
    assert not link.ready()


def test_the_real_rate_is_told_while_the_terminal_is_slow(terminal: Terminal) -> None:
    """None as long as it keeps up, and again some seconds after it was slow."""
    link = terminal.link
    assert link.slow_rate() is None
    for _ in range(6):
        _frame(link)
        assert not link.ready()
        terminal.now += 0.5
        link.answered()
    assert link.slow_rate() == pytest.approx(6 / RATE_WINDOW, abs=0.4)
    terminal.now += RATE_WINDOW
    assert link.slow_rate() is None


def test_without_a_terminal_nobody_is_asked() -> None:
    """As in tests, where nothing would answer."""
    link = TerminalLink(None)
    _frame(link)
    assert link.ready()


def test_a_slow_terminal_gets_only_what_differs() -> None:
    """From the time on when it was found to be slow; frames that are late now and then say nothing."""
    begun: list[str] = []
    now = 0.0
    link = TerminalLink(None, lambda: now)
    link.connect(lambda _: None, SimpleNamespace(begin=lambda: begun.append("begun"), cursor=lambda: None))
    for _ in range(SLOW):  # one every third of a second
        now += RATE_WINDOW / 9
        _frame(link)
        link.ready()
        link.answered()
    assert begun == []
    now += RATE_WINDOW
    _frame(link)
    for _ in range(SLOW - 1):
        link.ready()
    assert begun == []
    for _ in range(SLOW):
        link.ready()
    assert begun


async def test_the_request_follows_the_frame() -> None:
    """Sent before it, the answer would tell nothing of the frame."""
    async with monitor() as (app, pilot):
        screen, link = app._monitor, app._monitor._link
        order: list[str] = []
        display = app._display

        def shown(*words: object) -> None:
            order.append("frame")
            display(*words)

        app._display = shown
        link.connect(order.append)
        screen._snapshot = type(screen._snapshot)()
        screen._packets._shown = None
        await settle(app, pilot, lambda: CURSOR_POSITION_REQUEST in order)
        assert "frame" in order[: order.index(CURSOR_POSITION_REQUEST)]
        assert not link.ready()


def test_traffic() -> None:
    """Bytes of the last seconds, and how many were spared since the start."""
    now = [0.0]
    link = TerminalLink(None, lambda: now[0])
    driver = SimpleNamespace(sent=0, meant=0, forget=lambda: None)
    link.connect(lambda _: None, driver)
    assert link.traffic() == "terminal 0.0 kB/s, 0.00 MB, 100% spared"
    now[0], driver.sent, driver.meant = 2.0, 20_000, 40_000
    assert link.traffic() == "terminal 10.0 kB/s, 0.02 MB, 50% spared"
    now[0] = 9.0
    link.traffic()
    assert link.traffic().startswith("terminal 0.0 kB/s")
