"""The user's settings file: changed in place, made when it is missing, looked at when somebody else changes it."""

from __future__ import annotations

import stat
import tomllib
from typing import TYPE_CHECKING

import pytest

from netwatch.config.settings_edit import edited
from netwatch.config.settings_file import SettingsFile
from netwatch.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

MINE = """# my settings
theme = "nord"   # the blue one, not "dracula"

# many
interfaces = [
    "eth0",  # the wire
    "wlan0",
]
# bell = true
[keys]  # mine
pause = "P"
"""


def test_comments_stay() -> None:
    """Those behind the value too."""
    after = edited(MINE, "theme", "gruvbox")
    assert after == MINE.replace('theme = "nord"   #', 'theme = "gruvbox"  #')


def test_a_list_over_lines() -> None:
    """Becomes one line; the line with a comment of its own key takes a new value below."""
    after = edited(MINE, "interfaces", ("lo",))
    assert 'interfaces = ["lo"]\n# bell' in after
    assert "# bell = true\nbell = false\n[keys]" in edited(MINE, "bell", False)


def test_a_key_that_is_new() -> None:
    """Stands behind the last one before the tables."""
    after = edited(MINE, "buffer", 64)
    assert "]\nbuffer = 64\n# bell" in after
    assert tomllib.loads(after)["keys"] == {"pause": "P"}


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "buffer = 64\n"),
        ("# none yet\n", "# none yet\nbuffer = 64\n"),
        ("[keys]\n", "buffer = 64\n[keys]\n"),
        ("# of the keys\n[keys]\n", "buffer = 64\n# of the keys\n[keys]\n"),
        ("bell = true\r\n", "bell = true\r\nbuffer = 64\r\n"),
    ],
    ids=["empty", "comment", "table", "table-comment", "windows"],
)
def test_where_a_key_goes(text: str, after: str) -> None:
    """In a file that has none yet."""
    assert edited(text, "buffer", 64).rstrip("\n") == after.rstrip("\n")


def test_the_default_again() -> None:
    """Takes the line out and leaves its comment."""
    assert "theme =" not in edited(MINE, "theme", None)
    assert '# the blue one, not "dracula"' in edited(MINE, "theme", None)
    assert edited(MINE, "buffer", None) == MINE


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("theme = ", "theme"),
        ("x = 1\nx = 2", "x"),
        ("keys.pause = 'P'\nkeys.save = 'S'", "keys"),
        ("[", "theme"),
        ("a = 1\n" * 3000, "a"),
    ],
    ids=["cut", "twice", "dotted", "table", "long"],
)
def test_what_cannot_be_changed(text: str, key: str) -> None:
    """Is said, and nothing is guessed."""
    with pytest.raises(UsageError):
        edited(text, key, "v")


def test_the_file_is_made(tmp_path: Path) -> None:
    """With everything explained, for its owner alone."""
    path = tmp_path / "new" / "config.toml"
    file = SettingsFile(path, {"snaplen": 96})
    assert file.write("buffer", 64).buffer == 64
    text = path.read_text()
    assert "\nbuffer = 64\n" in text
    assert text.count("\n# ") > 30
    assert "snaplen = 96" not in text
    assert file.settings.snaplen == 96
    assert file.overridden == {"snaplen"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not file.changed()
    assert file.write("buffer", None).buffer == 256


def test_a_wrong_value_changes_nothing(tmp_path: Path) -> None:
    """Nor does one of the wrong type."""
    path = tmp_path / "config.toml"
    file = SettingsFile(path, {})
    for key, value in (("buffer", 0), ("buffer", "many"), ("glyphs", "emoji"), ("no", 1)):
        with pytest.raises(UsageError):
            file.write(key, value)
    assert not path.exists()


def test_others_change_it(tmp_path: Path) -> None:
    """A mistake is said with its line, and the settings stay."""
    path = tmp_path / "config.toml"
    path.write_text("buffer = 64\n")
    file = SettingsFile(path, {})
    assert not file.changed()
    path.write_text("# more\nbuffer = 128\n")
    assert file.changed()
    assert not file.changed()
    assert file.reload().buffer == 128
    path.write_text("\n\nbuffer = 0\n")
    with pytest.raises(UsageError, match="line 3: buffer"):
        file.reload()
    assert file.settings.buffer == 128


def test_a_link_stays_one(tmp_path: Path) -> None:
    """As in a collection of such files."""
    real = tmp_path / "dotfiles.toml"
    real.write_text("# kept\n")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    SettingsFile(link, {}).write("bell", False)
    assert link.is_symlink()
    assert real.read_text() == "# kept\nbell = false\n"
