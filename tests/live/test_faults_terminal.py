"""Terminals that are slow, old, without colours or without UTF-8: what is drawn suits them, and they are given back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.live.monitor import Monitor
from tests.live.slow_link import DELAY, RATE, SlowMonitor

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.live

SGR = re.compile(rb"\x1b\[([\d;]*)m")
GREYS = {30, 37, 39, 40, 47, 49, 90, 97, 100, 107}
"""Black, white, what is between them, and the terminal's own (ECMA-48 section 8.3.117, bright: aixterm)."""
MOST_AHEAD = 24_000
"""Bytes between a key and its answer, of which a third is a frame that was under way: without flow control it is all
that fits into a terminal, 64 KiB and more, after a few seconds."""


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of somebody who remembers nothing."""
    return {f"XDG_{name}_HOME": str(folder / name) for name in ("STATE", "CONFIG")}


def test_a_slow_terminal_is_not_flooded(tmp_path: Path) -> None:
    """At 20 kB/s and 200 ms: frames are left out, which is said, and what answers a key does not wait behind others.

    Bytes are counted, not seconds: a busy machine makes seconds longer, and these not more.
    """
    monitor = SlowMonitor("", ["--demo", "--quiet"], environment=environment(tmp_path), folder=tmp_path, size=(120, 30))
    try:
        monitor.expect("not drawn")
        for key, shown in (("3", "flows   by"), ("2", "No        Time Source"), ("5", "look-ups   by")):
            monitor.type(key)
            monitor.expect(shown)
            assert monitor.taken - monitor.reached < MOST_AHEAD
        monitor.type("j" * 100)  # a key that is held down for three seconds
        monitor.type("\x0f")
        monitor.expect("[terminal")
        assert monitor.taken - monitor.reached < MOST_AHEAD + RATE * DELAY
        monitor.type("q")
        assert monitor.ended() == 0
    finally:
        monitor.close()
    assert b"Traceback" not in monitor.written


@pytest.mark.parametrize(
    "variables",
    [
        {"TERM": "linux"},
        {"TERM": "xterm-16color", "NO_COLOR": "1"},
        {"TERM": "screen", "LC_ALL": "C"},
        {"TERM": "tmux-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"},
    ],
    ids=["linux", "monochrome", "screen", "tmux"],
)
def test_every_terminal_is_drawn_on_and_given_back(variables: dict[str, str], tmp_path: Path) -> None:
    """With 16 colours, without colours, without UTF-8, inside multiplexers: only what the terminal has is sent."""
    own = environment(tmp_path)
    monitor = Monitor("", ["--demo", "--quiet"], environment={**own, **variables}, folder=tmp_path, size=(80, 24))
    try:
        monitor.expect("pkts")
        monitor.expect("Proto")
        monitor.type("1")
        monitor.expect("TCP attempts")
        monitor.type("q")
        assert monitor.ended() == 0
    finally:
        monitor.close()
    written = bytes(monitor.written)
    assert b"Traceback" not in written
    parameters = {words for found in SGR.findall(written) for words in re.split(rb"(?=[34]8;)", found)}
    colours = {words[:4] for words in parameters if words.startswith((b"38;", b"48;"))}
    if variables["TERM"] == "linux":
        assert colours == set()  # 30 to 37, 40 to 47 and their bright forms are what it has
    if "NO_COLOR" in variables:
        numbers = {int(word) for words in parameters for word in words.split(b";") if word}
        colours_used = {number for number in numbers if 30 <= number <= 49 or 90 <= number <= 107}
        assert colours_used <= GREYS, colours_used
    if "LC_ALL" in variables:
        assert written.isascii()
    if "COLORTERM" in variables:
        assert b"48;2" in colours


def test_a_dumb_terminal_is_refused_in_one_line(tmp_path: Path) -> None:
    """It cannot place its cursor; what works without one is named."""
    monitor = Monitor("", ["--demo"], environment={**environment(tmp_path), "TERM": "dumb"}, folder=tmp_path)
    try:
        assert monitor.ended() == 2
    finally:
        monitor.close()
    assert b"TERM=dumb" in monitor.written
    assert b"\x1b" not in monitor.written
