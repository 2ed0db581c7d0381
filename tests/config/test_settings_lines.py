"""Mistakes of a settings file are told by their line, wherever they are found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.config.settings_file import SettingsFile
from netwatch.config.settings_lines import lines_of
from netwatch.errors import NetwatchError
from netwatch.tui.keymap import Keymap
from netwatch.verbs.detecting import detection_settings

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """# of mine
theme = "nord"
detect."scan.udp".ports = 4

[detect."scan.vertical"]
ports = 20  # more

[ keys ]
pause = ["P",
  "F2"]

[colors]
"tcp.flags.reset == 1" = "error"
'ip.src == "a\\b"' = "dim"
"http.host == \\"x\\"" = "accent"
"""


def test_lines() -> None:
    """Of keys, dotted keys, tables, and keys in quotes of both kinds."""
    lines = lines_of(TEXT)
    assert lines["theme",] == 2
    assert lines["detect", "scan.udp", "ports"] == lines["detect",] == 3
    assert lines["detect", "scan.vertical"] == 5
    assert lines["detect", "scan.vertical", "ports"] == 6
    assert (lines["keys",], lines["keys", "pause"]) == (8, 9)
    assert lines["colors", "tcp.flags.reset == 1"] == 13
    assert lines["colors", 'ip.src == "a\\b"'] == 14
    assert lines["colors", 'http.host == "x"'] == 15


def settings_of(folder: Path, text: str) -> SettingsFile:
    """Return settings with a file of that text."""
    path = folder / "config.toml"
    path.write_text(text)
    return SettingsFile(path, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('\n[detect."scan.vertical"]\nwindow_s = 9\nports = "x"', "line 4: detect.scan.vertical.ports must be"),
        ('\n[detect."scan.vertical"]\nprots = 3', "line 3: detect.scan.vertical has no prots"),
        ('\n[detect."scan.vertcal"]\nports = 3', "line 3: there is no detector scan.vertcal"),
        ("[detect]\nfoo = 4", "line 2: detect.foo must be a table"),
        ('\n\nrule_variables = ["HOME_NET"]', "line 3: HOME_NET is not NAME=VALUE"),
        ('\nrules = ["/nowhere/a.rules"]', "line 2: cannot read rules"),
    ],
    ids=("type", "name", "rule", "table", "variable", "rules"),
)
def test_detection(tmp_path: Path, text: str, said: str) -> None:
    """One wrong threshold is found among others."""
    file = settings_of(tmp_path, text)
    with pytest.raises(NetwatchError) as raised:
        detection_settings(file.settings, file)
    assert f"config.toml, {said}" in raised.value.message


def test_keys(tmp_path: Path) -> None:
    """Of commands that there are not, and of two on one key; a key that the file does not give has no line."""
    file = settings_of(tmp_path, '[keys]\npausse = "P"\nsave = "i"\n')
    problems = Keymap().take(file.settings.keys, lambda name: file.place("keys", name))
    place = f"{file.path}, line"
    assert problems == [
        f"{place} 2: keys: no command pausse; did you mean pause?",
        f"{place} 3: keys: i would be for interface and for save",
    ]
    assert file.place("theme") == ""
    file.path.unlink()
    assert file.place("keys", "save") == ""


def test_colors(tmp_path: Path) -> None:
    """The rule that is wrong, not the first."""
    with pytest.raises(NetwatchError) as raised:
        settings_of(tmp_path, '[colors]\n"tcp" = "error"\n"udp" = "pinkk"\n')
    assert "line 3: colors must give" in raised.value.message


def test_the_end_of_a_broken_file(tmp_path: Path) -> None:
    """It has a line too."""
    with pytest.raises(NetwatchError) as raised:
        settings_of(tmp_path, "\n\nrules = [\n")
    assert "at line 3, the last" in raised.value.message
