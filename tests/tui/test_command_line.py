"""The command line: its words, what they become, and what the monitor does."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from netwatch.errors import UsageError
from netwatch.tui.command_line import completions, understood, words
from netwatch.tui.commands import COMMANDS
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path

WORDS = words(("netwatch-dark", "netwatch-light", "nord"))


def test_every_command_of_the_monitor_is_a_word() -> None:
    """By its id, and so are those of its panes, and the line's own words."""
    names = [word.name for word in WORDS]
    assert len(names) == len(set(names))
    assert {each.id for each in COMMANDS if each.place != "follow" and each.action} <= set(names)
    assert {"w", "w!", "q", "q!", "packet"} <= set(names)


def test_lines_are_completed() -> None:
    """Words first, then what stands behind them."""
    assert completions(WORDS, "th") == ["theme"]
    assert completions(WORDS, "theme n") == ["theme netwatch-dark", "theme netwatch-light", "theme nord"]
    assert completions(WORDS, "nothing") == []


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("77", "packet", "77"),
        (" w /tmp/a b.pcap ", "w", "/tmp/a b.pcap"),
        ("theme nord", "theme", "nord"),
        ("colorscheme nord", "theme", "nord"),
        ("the nord", "theme", "nord"),
        ("h", "help", ""),
        ("$", "last", ""),
        ("set", "settings", ""),
        ("write! a.pcap", "w!", "a.pcap"),
        ("qa!", "q!", ""),
        ("/GET /", "find", "GET /"),
        ("find-b", "find-before", ""),
        ("int eth0", "interface", "eth0"),
    ],
)
def test_lines_are_understood(text: str, name: str, rest: str) -> None:
    """A number alone goes to a packet; spaces belong to names of files."""
    line = understood(WORDS, text)
    assert (line.word.name, line.text) == (name, rest)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thme nord", "no command thme; did you mean theme?"),
        ("theme nowhere", "no theme nowhere; there are"),
        ("wq", "no command wq: w saves, and q quits once that is done"),
        ("pa", "no command pa; did you mean packet or packets or pause or page-down?"),
        ("", "no command"),
        ("pause now", "pause takes nothing behind it"),
        ("w!", "w! needs FILE"),
        ("packet x", "x is not the number of a packet"),
        ("1234567890123456", "is not the number of a packet"),
    ],
)
def test_lines_that_make_no_sense(text: str, said: str) -> None:
    """Are answered in one line."""
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        understood(WORDS, text)


@given(st.text())
def test_any_line_is_understood_or_refused(text: str) -> None:
    """Nothing else can happen."""
    with suppress(UsageError):
        understood(WORDS, text)


async def test_the_monitor_does_what_lines_say(tmp_path: Path) -> None:
    """Themes, filters, files, packets, and the actions of keys."""
    async with monitor() as (app, pilot):
        await pilot.press("colon", *"theme no", "tab")
        await settle(app, pilot, lambda: "theme nord" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: app.theme == "nord")
        await pilot.press("g", "3", "colon", *"/example", "enter")
        await settle(app, pilot, lambda: "example: packet " in text_of(app) and app._monitor._current == "packets")
        await pilot.press("colon", *"display-filter icmp", "enter")
        await settle(app, pilot, lambda: app._monitor._snapshot.view is not None)
        await pilot.press("colon", *"pane", "enter")
        await settle(app, pilot, lambda: "no command pane" in text_of(app))
        await pilot.press("colon", *"flows", "enter")
        await settle(app, pilot, lambda: app._monitor._current == "flows")
        await pilot.press("colon", *"12", "enter")
        await settle(app, pilot, lambda: app._monitor._current == "packets")
        target = tmp_path / "mine.pcapng"
        await pilot.press("colon")
        app.screen.query_one("CommandPrompt Input", Input).value = f"w {target}"
        await pilot.press("enter")
        await settle(app, pilot, target.exists)
        await pilot.press("colon", "up")
        await settle(app, pilot, lambda: app.screen.query_one("CommandPrompt Input", Input).value == f"w {target}")
        await pilot.press("enter")
        await settle(app, pilot, lambda: "cannot write" in text_of(app))


async def test_commands_of_a_pane() -> None:
    """They act in it, and say so where they mean nothing."""
    async with monitor((120, 30)) as (app, pilot):
        await pilot.press("3", "colon", *"reverse", "enter")
        await settle(app, pilot, lambda: "rising" in text_of(app))
        await pilot.press("colon", *"last", "enter")
        await settle(app, pilot, lambda: app._monitor.pane.list.cursor == app._monitor.pane.list.last > 0)
        await pilot.press("colon", *"mute", "enter")
        await settle(app, pilot, lambda: "mute means nothing in Flows" in text_of(app))


async def test_tab_goes_through_what_a_line_may_become() -> None:
    """When it cannot be made longer otherwise; and round."""
    async with monitor((120, 30)) as (app, pilot):
        await pilot.press("colon", *"theme n")
        line = app.screen.query_one("CommandPrompt Input", Input)
        seen = []
        for _ in range(4):
            await pilot.press("tab")
            seen.append(line.value.removeprefix("theme "))
        assert seen == ["netwatch-dark", "netwatch-light", "nord", "netwatch-dark"]
        line.value = "th"
        await pilot.press("tab")
        assert line.value == "theme"
