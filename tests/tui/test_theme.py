"""Themes: every text can be read on every background, wrong files are said, NO_COLOR is obeyed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color

from netwatch.settings import COLORS
from netwatch.tui.memory import PaneMemory
from netwatch.tui.theme import LARGEST_FILE, VARIABLE_DEFAULTS, check_colors, load_themes, styles
from netwatch.tui.widgets.packets import PacketTable
from tests.build import FakeEngine
from tests.tui.screen import monitor

if TYPE_CHECKING:
    from textual.theme import Theme

OURS, FAILURES = load_themes(None)
FOLDER = Path(__file__).resolve().parent.parent.parent / "themes"
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
TEXTS = (*VARIABLE_DEFAULTS, "foreground", "accent", "warning", "error", "success")
BACKGROUNDS = ("background", "surface", "panel")


def colors(theme: Theme) -> dict[str, str]:
    """Return all colours of a theme as #rrggbb."""
    generated = {**theme.to_color_system().generate(), **theme.variables}
    return {name: Color.parse(generated[name]).hex6.lower() for name in {*TEXTS, *BACKGROUNDS}}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as WCAG defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_our_themes_load() -> None:
    """One a file, called like it, each with every variable."""
    assert FAILURES == []
    assert {theme.name for theme in OURS} == {path.stem for path in FOLDER.glob("*.toml")}
    for theme in OURS:
        assert set(theme.variables) == set(VARIABLE_DEFAULTS)


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_every_text_can_be_read(theme: Theme) -> None:
    """On whatever background it may stand."""
    found = colors(theme)
    for text in TEXTS:
        if text.startswith("row-cursor"):
            continue
        for background in BACKGROUNDS:
            assert contrast(found[text], found[background]) >= LEAST_CONTRAST, (text, background)
    assert contrast(found["row-cursor-text"], found["row-cursor-background"]) >= LEAST_CONTRAST


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
@pytest.mark.parametrize("system", [ColorSystem.STANDARD, ColorSystem.EIGHT_BIT])
def test_nothing_vanishes_with_few_colors(theme: Theme, system: ColorSystem) -> None:
    """With 16 or 256 colours no text falls together with its background, and the cursor's row can be seen."""
    found = {name: RichColor.parse(color).downgrade(system).number for name, color in colors(theme).items()}
    for text in TEXTS:
        if not text.startswith("row-cursor"):
            assert found[text] not in {found[background] for background in BACKGROUNDS}, text
    assert found["row-cursor-background"] not in {found["background"], found["row-cursor-text"]}


def write(folder: Path, name: str, text: str) -> None:
    """Write a theme file."""
    (folder / f"{name}.toml").write_text(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "Invalid value"),
        ('name = "x"', "primary"),
        ('name = "x"\nprimary = "#zzz"', "#zzz"),
        ('name = "x"\nprimary = "red"\nsecundary = "red"', "secundary"),
        ('name = "x"\nprimary = "red"\n[variables]\ndim = "no colour"', "no colour"),
        ('name = "x"\nprimary = "red"\n[variables]\nprotocol-tpc = "red"', "protocol-tpc"),
        ('name = "x"\nprimary = "red"\n[variables]\ndim = 5', "dim"),
        ("name = 3\nprimary = 4", "name"),
        ('name = "x"\nprimary = "red"\nvariables = "red"', "variables"),
        ("name = " + "[" * 20_000, "recursion"),
        ("name = " + "9" * 5000, "integer"),
        ("#" * (LARGEST_FILE + 1), "larger than 64 KiB"),
        ('name = "x\\u001b]0;title\\u0007"\nprimary = "red"', "printable"),
        ('name = ""\nprimary = "red"', "printable"),
        (f'name = "{"x" * 41}"\nprimary = "red"', "1 to 40"),
    ],
    ids=range(15),
)
def test_wrong_files_are_said_and_the_others_load(tmp_path: Path, text: str, words: str) -> None:
    """One line for each, naming the file and what is wrong."""
    write(tmp_path, "wrong\x1b", text)
    write(tmp_path, "good", 'name = "good"\nprimary = "#336699"')
    themes, failures = load_themes(tmp_path)
    assert {theme.name for theme in themes} == {*(theme.name for theme in OURS), "good"}
    (failure,) = failures
    assert words in failure
    assert "wrong\\x1b.toml" in failure
    assert "\n" not in failure


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_nobody_waits_for_a_pipe_in_the_folder(tmp_path: Path) -> None:
    """It is said to be no theme."""
    os.mkfifo(tmp_path / "pipe.toml")
    _, (failure,) = load_themes(tmp_path)
    assert "no ordinary file" in failure


def test_the_users_theme_wins_by_name(tmp_path: Path) -> None:
    """A file of the same name of theme replaces ours."""
    write(tmp_path, "mine", 'name = "netwatch-dark"\nprimary = "#010203"')
    themes, failures = load_themes(tmp_path)
    assert failures == []
    assert next(theme.primary for theme in themes if theme.name == "netwatch-dark") == "#010203"
    assert len(load_themes(tmp_path / "absent")[0]) == len(OURS)


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_every_colour_of_ours_is_one(theme: Theme) -> None:
    """They are not checked when netwatch starts."""
    check_colors(theme)


async def test_styles_follow_the_theme() -> None:
    """`t` goes round our themes only, each drawn as soon as it is under the cursor; Esc brings the first one back."""
    async with monitor(engine=FakeEngine()) as (app, pilot):
        table = app._monitor.query_one(PacketTable)
        before, first = table.styles_now, app.theme
        assert set(before.kinds) == set(COLORS)
        seen = []
        await pilot.press("t")
        for _ in OURS:
            await pilot.press("t")
            seen.append(app.theme)
            assert table.styles_now == styles(app)
        assert table.styles_now == before
        assert sorted(seen) == sorted(theme.name for theme in OURS)
        await pilot.press("j", "escape")
        assert app.theme == first


async def test_the_chosen_theme_is_remembered(tmp_path: Path) -> None:
    """Until another one is asked for by name; a file that makes no sense changes nothing."""
    memory = PaneMemory(tmp_path / "tables.json")
    async with monitor(engine=FakeEngine(), memory_file=tmp_path / "tables.json") as (app, pilot):
        await pilot.press("t", "k", "enter")
        chosen = app.theme
        assert chosen != "netwatch-dark"
    assert memory.theme == ""
    assert PaneMemory(tmp_path / "tables.json").theme == chosen
    async with monitor(engine=FakeEngine(), memory_file=tmp_path / "tables.json") as (app, _pilot):
        assert app.theme == chosen
    async with monitor(engine=FakeEngine(), memory_file=tmp_path / "tables.json", theme="nord") as (app, _pilot):
        assert app.theme == "nord"
    (tmp_path / "tables.json").write_text('{"theme": ["\\u001b"]}')
    async with monitor(engine=FakeEngine(), memory_file=tmp_path / "tables.json") as (app, _pilot):
        assert app.theme == "netwatch-dark"


async def test_no_color_leaves_greys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Widgets that draw their own lines obey too, and the cursor's row is still marked."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with monitor(engine=FakeEngine()) as (app, _pilot):
        table = app._monitor.query_one(PacketTable)
        lines = table.render_lines(table.size.region)
        for segment in (segment for line in lines for segment in line):
            for color in (segment.style.color, segment.style.bgcolor):
                assert color.triplet.red == color.triplet.green == color.triplet.blue
        assert sum(line.text.startswith(">") for line in lines) == 1
