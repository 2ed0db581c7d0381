"""Settings: what a file may say, what it may not, and what the command line adds."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from netwatch.config.settings_text import settings_toml
from netwatch.errors import ExitStatus, UsageError
from netwatch.settings import Settings, config_path, folders, load, override
from tests.prepared import netwatch


def written(folder: Path, text: str | bytes) -> Path:
    """Return a settings file."""
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    """Unless the user named the file."""
    assert load(tmp_path / "absent.toml") == Settings()
    with pytest.raises(UsageError, match=r"absent\.toml"):
        load(tmp_path / "absent.toml", required=True)


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    """The rest stays as it is."""
    path = written(
        tmp_path,
        'interfaces = ["eth0", "lo"]\ncapture_filter = "not port 22"\n'
        'buffer = 64\npromiscuous = false\nglyphs = "ascii"',
    )
    settings = load(path)
    assert settings.interfaces == ("eth0", "lo")
    assert (settings.capture_filter, settings.buffer, settings.promiscuous) == ("not port 22", 64, False)
    assert settings.glyphs == "ascii"
    assert settings.theme == Settings().theme


def test_whole_numbers_are_numbers(tmp_path: Path) -> None:
    """Nobody writes 4.0."""
    assert load(written(tmp_path, "refresh = 4")).refresh == 4.0


def test_the_command_line_wins(tmp_path: Path) -> None:
    """Over the file, which wins over the defaults."""
    settings = override(load(written(tmp_path, "buffer = 64\nsnaplen = 96")), {"buffer": 16}, "command line")
    assert (settings.buffer, settings.snaplen) == (16, 96)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bufer = 3", ("bufer", "did you mean buffer")),
        ("unheard_of = 3", ("unheard_of", "known are")),
        ("buffer = 'much'", ("buffer must be a whole number", "much")),
        ("buffer = 3.5", ("whole number",)),
        ("buffer = true", ("whole number",)),
        ("promiscuous = 1", ("true or false",)),
        ("interfaces = 'eth0'", ("a list of texts",)),
        ("interfaces = [1]", ("a list of texts",)),
        ("capture_filter = []", ("a text",)),
        ("[theme]\nname = 'x'", ("a text",)),
        ("buffer = 0", ("between 1 and",)),
        ("buffer = 99999999", ("between 1 and",)),
        ("snaplen = 63", ("between 64 and",)),
        ("refresh = 100", ("refresh must be between 0.2 and 60",)),
        ("refresh = nan", ("between 0.2 and 60",)),
        ("refresh = 'often'", ("refresh must be a number",)),
        ("glyphs = 'runes'", ("braille, block, ascii", "runes")),
        ("save_format = 'zip'", ("pcap, pcapng",)),
        ("= 3", ("not valid TOML",)),
        ("buffer = 3\nbuffer = 4", ("not valid TOML",)),
        ("buffer = " + "9" * 5000, ("not valid TOML",)),
        ("buffer = " + "[" * 20000, ("not valid TOML",)),
        (b"theme = '\xff'", ("cannot read settings",)),
        ('theme = "x"\n"\\u001b[31m" = 1', (r"\x1b",)),
    ],
    ids=range(24),
)
def test_what_cannot_be_used_is_said(tmp_path: Path, text: str | bytes, said: tuple[str, ...]) -> None:
    """With the file, the key and what would be right, in one printable line."""
    with pytest.raises(UsageError) as caught:
        load(written(tmp_path, text))
    assert caught.value.status is ExitStatus.USAGE
    assert str(caught.value).isprintable()
    for words in ("config.toml", *said):
        assert words in str(caught.value)


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    """A folder cannot be read."""
    with pytest.raises(UsageError, match="cannot read settings"):
        load(tmp_path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without end")
def test_what_has_no_end_is_no_settings_file() -> None:
    """A settings file is read up to a bound."""
    with pytest.raises(UsageError, match="/dev/zero: it is larger than 1 MiB"):
        load(Path("/dev/zero"))


def test_settings_of_a_command_line_name_it() -> None:
    """So that the user knows where to mend."""
    with pytest.raises(UsageError, match="command line: buffer must be between"):
        override(Settings(), {"buffer": 0}, "command line")


def test_folders_follow_the_home_of_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under sudo HOME becomes the invoking user's, and nothing is created by asking."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config_path() == tmp_path / ".config/netwatch/config.toml"
    assert Path(folders().user_state_path).is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# mine\n\nbufer = 3", 3),
        ("buffer = 64\nsnaplen = 3", 2),
        ('glyphs = "ascii"\n"save_format"="zip"', 2),
        ("buffer = 64\n\n[theme]\nname = 1", 3),
    ],
)
def test_the_line_is_said(tmp_path: Path, text: str, line: int) -> None:
    """So that an editor finds it."""
    with pytest.raises(UsageError, match=rf"config\.toml, line {line}: "):
        load(written(tmp_path, text))


CHOSEN = Settings(
    interfaces=("eth0", 'a"b'),
    buffer=64,
    promiscuous=False,
    detect={"scan.vertical": {"ports": 20, "ignore_src": ["10.0.0.0/8"]}, "dns.dga": {"enabled": False}},
)


def test_printed_settings_are_a_settings_file(tmp_path: Path) -> None:
    """Every key is there with words of its own; reading it back gives the same."""
    text = settings_toml(CHOSEN, Path("/home/a/config.toml"))
    assert load(written(tmp_path, text)) == CHOSEN
    lines = text.splitlines()
    for item in fields(Settings):
        if item.name not in ("detect", "keys", "colors"):
            (place,) = (number for number, line in enumerate(lines) if re.match(rf"(# )?{item.name} = ", line))
            assert lines[place - 1].startswith("# "), item.name
    assert "# snaplen = 262144" in lines
    assert "buffer = 64" in lines
    assert load(written(tmp_path, settings_toml(Settings(), Path("x")))) == Settings()


def test_print_config(tmp_path: Path) -> None:
    """The verb prints what applies, and says what is wrong."""
    path = written(tmp_path, "buffer = 32")
    done = netwatch("--print-config", "--config", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nbuffer = 32\n" in done.stdout
    path.write_text("buffer = 0")
    done = netwatch("--print-config", "--config", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 1: buffer must be between" in done.stderr
