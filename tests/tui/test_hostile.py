"""Text from the network, from files and from the system never reaches the terminal as anything but text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from netwatch.dissection import Dissection, Layer, LayerField, PacketRow
from netwatch.snapshot import Interface
from netwatch.text import printable
from tests.scenes import scene_engine
from tests.tui.screen import CannedLive, monitor, settle, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.tui.app import NetwatchApp

HOSTILE = (
    "\x1b]0;owned\x07",
    "\x1b[31mred",
    "\x9b2J",
    "[/nope][bold]",
    "[@click=app.quit]click[/]",
    "\u202eleft",
    "a\u200bb\ufeff",
    "z\u0336\u0336\u0336a",
    "\ud800",
    "tab\tnew\nline\rreturn",
    "\x7f\x00",
    "漢字" * 40,
    "x" * 10_000,
)
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def check(app: NetwatchApp) -> None:
    """No control character is on the screen, and no line is wider than it."""
    text = text_of(app)
    assert not CONTROL.search(text), repr(CONTROL.search(text))
    for strip in app.screen._compositor.render_strips():
        assert strip.cell_length == app.size.width


class NamedLive(CannedLive):
    """Interfaces and a session of one's own that are called so."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.own_session = printable(text)

    def interfaces(self) -> tuple[Interface, ...]:
        """Return one."""
        name = printable(self.text, 64)
        return (Interface(name, self.text, (name,), name, up=True),)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_rows_details_and_names(text: str) -> None:
    """A packet that says it, in every column, layer and title; an interface called so; a filter that reads so."""

    engine, _ = scene_engine(NamedLive(text))
    rows_of = engine.rows_of
    shown = printable(text)

    def hostile_rows(numbers: Sequence[int]) -> list[PacketRow]:
        return [
            replace(row, source=shown, destination=shown, protocol=shown[:40], info=shown, vlan=shown, interface=shown)
            for row in rows_of(numbers)
        ]

    def hostile_dissection(number: int) -> object:
        (row,) = hostile_rows([number])
        fields = (LayerField(shown, shown, (LayerField(shown, shown),)),)
        found = Dissection(row, (Layer(shown, shown, fields, 0, 14),), text.encode("utf-8", "replace"), shown)
        return engine._errands.put(lambda _: found)

    engine.rows_of = hostile_rows
    engine.dissect = hostile_dissection
    async with monitor((120, 30), engine=engine) as (app, pilot):

        async def seen(*also: str) -> None:
            """Wait until it can be read, and `also` this; then nothing else of it is there."""
            await settle(app, pilot, lambda: all(words in text_of(app) for words in (shown[:5], *also)))
            check(app)

        app._monitor.action_redraw()
        await settle(app, pilot, lambda: text_of(app).count(shown[:5]) > 3 * 20)
        check(app)
        await pilot.press("c", "k", "enter")
        await seen("#111")
        await pilot.press("escape", "O")
        await seen("your own session")
        await pilot.press("i")
        await seen("Enter starts")
        await pilot.press("escape")
        app._monitor.query_one("Notice").say(text, seconds=0)
        await pilot.pause()
        check(app)
