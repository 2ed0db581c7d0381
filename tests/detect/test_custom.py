"""Detectors of the user's own: loaded only when nobody else could have written them, never a danger to a capture."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import netwatch.detect.example_detector as example
from netwatch.detect.custom import CustomDetectors
from netwatch.detect.settings import DetectionSettings
from netwatch.errors import UsageError
from netwatch.settings import Settings, folders
from netwatch.verbs.detecting import detection_settings
from tests.detect.names_traffic import LookUps
from tests.detect.traffic import LAN, detect

USER = os.geteuid() or 4711
"""Whoever owns the files; not root."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of the user's."""
    path = tmp_path / "detectors"
    path.mkdir(mode=0o755)
    own(path)
    return path


def own(path: Path) -> None:
    """Let the user own a file or folder, where we may do so."""
    if os.geteuid() == 0:
        os.chown(path, USER, -1)


def put(folder: Path, text: str, name: str = "mine.py", mode: int = 0o644) -> None:
    """Put a file of the user's into a folder."""
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    own(path)


def loaded(folder: Path, user: int = USER) -> CustomDetectors:
    """Return what the folder holds."""
    found = CustomDetectors()
    found.load(folder, user)
    return found


def test_the_example_works(folder: Path) -> None:
    """Copied into the folder it is a detector like ours, with thresholds of its own."""
    shutil.copy(example.__file__, folder / "mine.py")
    own(folder / "mine.py")
    found = loaded(folder)
    assert found.problems == []
    traffic = LookUps()
    for number in range(4):
        traffic.look_up(f"www{number}.example.com", "93.184.216.34")
        traffic.wait(1)
    chosen = {"my.domain": {"domains": ["example.com"]}}
    detection = detect(traffic, settings=DetectionSettings(chosen=chosen, custom=tuple(found.kinds)))
    (alert,) = detection.episodes.alerts()
    assert (alert.rule, alert.source, alert.value) == ("my.domain", LAN, 4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def (", "line 1: SyntaxError"),
        ("x = 1\nraise ValueError('no')", "line 2: ValueError: no"),
        ("import sys\nsys.exit(3)", "line 2: SystemExit: 3"),
        ("import nothing_like_this", "line 1: ModuleNotFoundError"),
        ("x = 1", "it holds no detector"),
        ("a" * (2 << 20), "larger than 1 MiB"),
        ("\0", "null bytes"),  # as SyntaxError or, in older patches of 3.11, as ValueError
        (
            Path(example.__file__).read_text().replace("super().__init__(config)", "1 / 0"),
            "cannot be made: ZeroDivisionError",
        ),
    ],
    ids=range(8),
)
def test_errors_are_one_line(folder: Path, text: str, words: str) -> None:
    """And nothing is loaded."""
    put(folder, text)
    found = loaded(folder)
    assert found.kinds == []
    (problem,) = found.problems
    assert problem.startswith("detector mine.py is not loaded: ")
    assert words in problem
    assert "\n" not in problem


def test_one_bad_file_does_not_keep_out_the_others(folder: Path) -> None:
    """In the order of their names."""
    put(folder, "1 / 0", "a.py")
    put(folder, Path(example.__file__).read_text(), "b.py")
    put(folder, Path(example.__file__).read_text(), "c.py")
    found = loaded(folder)
    assert [kind.rule.id for kind in found.kinds] == ["my.domain"]
    assert ["a.py" in found.problems[0], "there is a detector my.domain already" in found.problems[1]] == [True, True]


def test_files_that_somebody_else_could_have_written(folder: Path, tmp_path: Path) -> None:
    """Nobody's code runs but the user's own."""
    marker = tmp_path / "ran"
    code = f"open({str(marker)!r}, 'w')"
    put(folder, code, mode=0o664)
    assert "others may write" in loaded(folder).problems[0]
    put(folder, code)
    assert "belongs to somebody else" in loaded(folder, USER + 1).problems[0]
    assert loaded(folder, 0).problems == ["your own detectors are not loaded as root"]
    folder.chmod(0o777)
    assert "others may write" in loaded(folder).problems[0]
    folder.chmod(0o755)
    (folder / "mine.py").unlink()
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text(code)
    own(elsewhere)
    (folder / "link.py").symlink_to(elsewhere)
    assert loaded(folder).problems
    os.mkfifo(folder / "pipe.py")
    own(folder / "pipe.py")
    assert len(loaded(folder).problems) == 2
    assert not marker.exists()


def test_no_folder_is_no_problem(tmp_path: Path) -> None:
    """Most users have none."""
    assert loaded(tmp_path / "none").problems == []
    assert loaded(tmp_path).problems == []


def test_one_that_breaks_later_is_switched_off(folder: Path) -> None:
    """The capture goes on without it."""
    put(folder, Path(example.__file__).read_text().replace("for event in seen.of(DnsEvent):", "for event in 1 / 0:"))
    found = loaded(folder)
    traffic = LookUps()
    traffic.look_up("www.example.com", "93.184.216.34")
    with pytest.raises(AssertionError):  # what `detect` says of a detector that was switched off
        detect(traffic, settings=DetectionSettings(custom=tuple(found.kinds)))


def test_thresholds_of_what_was_not_loaded_keep_nobody_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are told of; those of our own detectors are checked as always. As root nothing is loaded anyway."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = folders().user_config_path / "detectors"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text("not python")
    wanted = Settings(detect={"my.domain": {"domains": ["example.com"]}, "scan.vertical": {"ports": 9}})
    found = detection_settings(wanted)
    assert found.chosen == {"scan.vertical": {"ports": 9}}
    assert len(found.problems) == 2
    # The last one stands on the status line: why nothing was loaded, not what follows of it
    assert found.problems[0] == '[detect."my.domain"] is for no detector that is loaded'
    with pytest.raises(UsageError):
        detection_settings(Settings(detect={"scan.vertical": {"prots": 9}}))
