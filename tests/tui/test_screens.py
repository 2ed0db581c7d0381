"""Every screen at 120x36, in a dark and in a light theme: what it reads, and that it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.screen import check_frame, monitor, settle, text_of
from tests.tui.test_theme import LEAST_CONTRAST, contrast

if TYPE_CHECKING:
    from netwatch.tui.app import NetwatchApp

SCREENS = {
    "overview": ("1", "Connections"),
    "packets": ("2", "Proto"),
    "flows": ("3", "flows   by"),
    "handshakes": ("4", "by "),
    "dns": ("5", "by "),
    "alerts": ("6", "alerts"),
    "hosts": ("7", "hosts"),
    "web": ("8", "by "),
    "help": ("question_mark", "closes this help"),
}
"""The key that opens each, and what it says when it is there."""


def contrasts(app: NetwatchApp) -> dict[tuple[str, str], float]:
    """Return the contrast of each pair of colours that text on the screen has."""
    found = {}
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            if style is None or not segment.text.strip(" |▁▂▃▄▅▆▇█") or style.color is None or style.bgcolor is None:
                continue
            pair = (style.color.name, style.bgcolor.name)
            if pair not in found and style.color.triplet and style.bgcolor.triplet:
                found[pair] = contrast(style.color.triplet.hex, style.bgcolor.triplet.hex)
    return found


async def test_every_screen_in_two_themes() -> None:
    """The words are the same; every text stands out from what is behind it."""
    async with monitor((120, 36), theme="netwatch-dark") as (app, pilot):
        for theme in ("netwatch-dark", "netwatch-light"):
            app.theme = theme
            for name, (key, there) in SCREENS.items():
                await pilot.press(key)
                await settle(app, pilot, lambda there=there: there in text_of(app))
                await check_frame(app, pilot, f"{name}-120x36")
                faint = {pair: ratio for pair, ratio in contrasts(app).items() if ratio < LEAST_CONTRAST}
                assert not faint, (name, theme)
                await pilot.press("escape")
