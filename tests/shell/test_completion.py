"""Completion scripts and the manual page: current, accepted by the shells that are here, and they complete."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.autostop import parse_autostop, parse_ring
from netwatch.cli import parsers
from netwatch.export.event_stream import TYPES as EVENT_TYPES
from netwatch.lab.dns import TYPES as RECORD_TYPES
from netwatch.lab.make import ALL, LIST
from netwatch.lab.scenarios.catalogue import SCENARIOS
from netwatch.settings import SEVERITIES
from netwatch.shell.command_line import SUGGESTED, commands_of
from netwatch.tui.theme import own_folders
from tests.docs import SHELL, shell_files
from tests.prepared import netwatch
from tests.test_cli import refused

if TYPE_CHECKING:
    from pathlib import Path


def test_the_files_that_are_installed_are_current() -> None:
    """`python -m tests.docs` writes them; the verb prints the same."""
    for name, text in shell_files().items():
        assert (SHELL / name).read_text() == text, name
    assert netwatch("completion", "bash").stdout == shell_files()["netwatch.bash"]
    refused(netwatch("completion", "cmd"), 2, "cmd")


def test_words_that_are_suggested_are_those_that_are_known() -> None:
    """Completion names what themes, events, severities, records and scenarios there are, without loading them."""
    assert SUGGESTED["theme"] == tuple(sorted(path.stem for folder in own_folders() for path in folder.glob("*.toml")))
    assert SUGGESTED["types"] == (*EVENT_TYPES, "all")
    assert SUGGESTED["record_alerts"] == SEVERITIES
    assert SUGGESTED["type"] == RECORD_TYPES
    assert SUGGESTED["scenario"] == (LIST, ALL, *SCENARIOS)
    for word in SUGGESTED["autostop"][:-1]:
        assert parse_autostop([f"{word}5"])
    assert parse_ring([f"{word}5" for word in SUGGESTED["ring"]])


def test_every_option_of_every_command_is_in_all_of_them() -> None:
    """Nothing is forgotten."""
    files = shell_files()
    for command in commands_of(parsers()):
        for option in command.options:
            assert option.help, (command.words, option.names)
            for name in option.names:
                assert name in files["netwatch.bash"]
                assert name in files["_netwatch"]
                assert f"{'-l' if name.startswith('--') else '-s'} {name.lstrip('-')} " in files["netwatch.fish"]
                assert name.replace("-", "\\-") in files["netwatch.1"]


@pytest.mark.parametrize(
    ("line", "wanted", "not_wanted"),
    [
        ("netwatch rep", {"report"}, set()),
        ("netwatch report --form", {"--format"}, set()),
        ("netwatch report --format ", {"text", "json", "csv", "html"}, {"eve"}),
        ("netwatch events --format ", {"eve", "zeek", "csv"}, {"html"}),
        ("netwatch record --ri", {"--ring"}, set()),
        ("netwatch report --ri", set(), {"--ring"}),
        ("netwatch lab pi", {"ping"}, set()),
        ("netwatch completion ", {"bash", "zsh", "fish", "man"}, {"report", "a capture.pcap"}),
        ("netwatch lab ", {"ping", "scan"}, {"a capture.pcap"}),
        ("netwatch ", {"report", "a capture.pcap", "folder"}, set()),
        ("netwatch report -r ", {"a capture.pcap"}, {"report"}),
        ("netwatch report --tables ", {"folder"}, {"a capture.pcap"}),
        ("netwatch -i ", {"any", "lo"}, set()),
        ("netwatch --theme ", {"nord", "netwatch-dark"}, {"a capture.pcap"}),
        ("netwatch --record-alerts ", {"low", "critical"}, set()),
        ("netwatch -w x -b ", {"files:", "packets:"}, set()),
        ("netwatch record --autostop d", {"duration:"}, {"packets:"}),
        ("netwatch events --types ", {"alert", "dns", "all"}, set()),
        ("netwatch lab dns --type ", {"AAAA", "TXT"}, set()),
        ("netwatch lab make scan-", {"scan-syn"}, {"dns-exfil", "a capture.pcap"}),
    ],
)
@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes(line: str, wanted: set[str], not_wanted: set[str], tmp_path: Path) -> None:
    """Verbs, options of the verb, their values, and files where they are wanted, with blanks in their names."""
    (tmp_path / "a capture.pcap").touch()
    (tmp_path / "folder").mkdir()
    script = (
        f"source {SHELL / 'netwatch.bash'}; line='{line}'; read -ra COMP_WORDS <<< \"$line\"; "
        '[[ "$line" == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _netwatch; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stderr == ""
    found = set(done.stdout.splitlines())
    assert wanted <= found
    assert not found & not_wanted


@pytest.mark.parametrize(
    ("shell", "name"), [("zsh", "_netwatch"), ("fish", "netwatch.fish"), ("bash", "netwatch.bash")]
)
def test_shells_accept_their_script(shell: str, name: str) -> None:
    """As far as they are installed."""
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    done = subprocess.run([shell, "-n", str(SHELL / name)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_fish_completes(tmp_path: Path) -> None:
    """Verbs at their place, options with their values, and files where they are wanted."""
    (tmp_path / "capture.pcap").touch()
    for line, wanted in (
        ("netwatch rep", "report"),
        ("netwatch report --format ", "html"),
        ("netwatch lab pi", "ping"),
        ("netwatch report ", "capture.pcap"),
        ("netwatch lab ", "ping"),
    ):
        script = f"source {SHELL / 'netwatch.fish'}; complete -C '{line}'"
        done = subprocess.run(["fish", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
        found = [word.split("\t")[0] for word in done.stdout.splitlines()]
        assert wanted in found, line
        assert ("capture.pcap" in found) is (line == "netwatch report "), line


@pytest.mark.parametrize(
    ("line", "left", "known"),
    [
        ("netwatch --form", ["netwatch", "--form"], "--replay"),
        ("netwatch report --format html", ["netwatch", "--format", "html"], "--indicators"),
        ("netwatch lab pi", ["netwatch", "pi"], "namespace"),
        ("netwatch lab ping --co", ["netwatch", "--co"], "--count"),
    ],
    ids=["monitor", "verb", "lab", "lab-verb"],
)
@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
def test_zsh_completes_behind_the_verb(line: str, left: list[str], known: str) -> None:
    """What zsh is asked to complete: the line without the words of the verb, by what that verb takes."""
    script = (
        f"words=({line}); CURRENT=${{#words}}; "
        '_arguments() { print -r -- $CURRENT "${words[@]}"; print -rl -- "$@"; }; '
        f"source {SHELL / '_netwatch'}"
    )
    done = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, check=True)
    first, *takes = done.stdout.splitlines()
    assert first.split() == [str(len(left)), *left]
    assert any(known in each for each in takes)
    assert done.stderr == ""


@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
def test_the_manual_page_is_well_formed() -> None:
    """groff has nothing to complain about."""
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", str(SHELL / "netwatch.1")], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    shown = re.sub(".\x08", "", done.stdout)  # a terminal's bold type is a letter over itself
    assert "EXIT STATUS" in shown
    assert "defang" in shown
