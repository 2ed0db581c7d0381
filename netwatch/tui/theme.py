"""Themes: one TOML file each, validated when loaded, and the prebuilt styles that tables draw with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

from netwatch.capture import small_file
from netwatch.settings import COLORS, KINDS
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App

LARGEST_FILE: Final = 1 << 16
LONGEST_NAME: Final = 40
VARIABLE_DEFAULTS: Final = {
    "dim": "#8a8a8a",
    "row-cursor-background": "#2f4a63",
    "row-cursor-text": "#ffffff",
    "protocol-tcp": "#9ecbff",
    "protocol-udp": "#56b4e9",
    "protocol-dns": "#e69f00",
    "protocol-http": "#2fbf8f",
    "protocol-tls": "#d98ab8",
    "protocol-icmp": "#f0e442",
    "protocol-arp": "#b8a888",
    "protocol-routing": "#b0b0e0",
    "protocol-other": "#b0b0b0",
    "protocol-syn": "#c8f0c8",
    "protocol-reset": "#ff8a5c",
    "protocol-malformed": "#ff7a7a",
    "severity-info": "#9ecbff",
    "severity-low": "#8fd0a8",
    "severity-medium": "#f0e442",
    "severity-high": "#ff9a4c",
    "severity-critical": "#ff7a7a",
}
"""Colours of ours that a theme may define under [variables], for themes that do not."""


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of Line-API widgets, made once a theme."""

    normal: Style
    dim: Style
    accent: Style
    header: Style
    error: Style
    cursor: Style
    scrollbar: Style
    """Foreground and background alike, between the background and `dim`."""
    kinds: Mapping[str, Style]
    """Text of a row by PacketRow.kind, or by one of settings.COLORS."""


def load_themes(user_folder: Path | None) -> tuple[list[Theme], list[str]]:
    """Return our themes and the user's, which win by name, and a line for each file that is not a theme.

    The colours of ours are checked by a test and not at each start, where that takes as long as the first drawing.
    """
    themes: dict[str, Theme] = {}
    failures = []
    for folder in (*own_folders(), *filter(None, [user_folder])):
        for path in sorted(folder.glob("*.toml")):
            try:
                theme = load_theme(path)
                if folder == user_folder:
                    check_colors(theme)
            except (OSError, ValueError, TypeError, RecursionError, ColorParseError) as error:
                failures.append(f"theme {printable(path.name)}: {printable(str(error), 200)}")
            else:
                themes[theme.name] = theme
    return list(themes.values()), failures


def styles(app: App[object]) -> Styles:
    """Return the styles of the app's current theme."""
    variables = {**VARIABLE_DEFAULTS, **app.theme_variables}
    background = variables["background"]

    def style(color: str, *, bold: bool = False) -> Style:
        return Style(color=_hex(color), bgcolor=_hex(background), bold=bold)

    bar = _hex(Color.parse(background).blend(Color.parse(variables["dim"]), 0.5).hex)
    return Styles(
        normal=style(variables["foreground"]),
        dim=style(variables["dim"]),
        accent=style(variables["accent"]),
        header=style(variables["dim"], bold=True),
        error=style(variables["error"]),
        cursor=Style(color=_hex(variables["row-cursor-text"]), bgcolor=_hex(variables["row-cursor-background"])),
        scrollbar=Style(color=bar, bgcolor=bar),
        kinds={name: style(variables[f"protocol-{name}" if name in KINDS else name]) for name in COLORS},
    )


def own_folders() -> list[Path]:
    """Return where our themes lie, in the wheel or in the checkout."""
    package = Path(__file__).resolve().parent.parent
    return [folder for folder in (package / "themes", package.parent / "themes") if folder.is_dir()][:1]


def load_theme(path: Path) -> Theme:
    """Read a theme, whose colours are not checked yet.

    Raises:
        OSError, ValueError, TypeError, RecursionError: the file cannot be read, or is not a theme.
    """
    data = small_file.read(path, LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ValueError(f"it is larger than {LARGEST_FILE >> 10} KiB")
    table = tomllib.loads(data.decode())
    texts = {**table, **table.get("variables", {})} if isinstance(table.get("variables", {}), dict) else table
    for key, value in texts.items():
        if not isinstance(value, _TYPES.get(key, str)):
            raise TypeError(f"{key} cannot be {value!r}")
    theme = Theme(**table)
    if not theme.name or printable(theme.name, LONGEST_NAME) != theme.name:
        raise ValueError(f"name must be 1 to {LONGEST_NAME} printable characters")
    unknown = set(theme.variables) - set(VARIABLE_DEFAULTS)
    if unknown:
        raise ValueError(f"unknown variables {', '.join(sorted(unknown))}")
    return theme


def check_colors(theme: Theme) -> None:
    """Try every colour, because Textual would notice a wrong one only when it is drawn.

    Raises:
        ColorParseError: one is no colour.
    """
    theme.to_color_system().generate()
    for name, value in theme.variables.items():
        if name in VARIABLE_DEFAULTS:
            _hex(value)


_TYPES: Final = {"dark": bool, "ansi": bool, "luminosity_spread": float, "text_alpha": float, "variables": dict}
"""What the values of a theme are where they are not text."""


def _hex(color: str) -> str:
    return Color.parse(color).hex6.lower()
