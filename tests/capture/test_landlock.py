"""The sandbox as the kernel enforces it, with the interface of this kernel and as older ones would have it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from netwatch.capture import landlock
from netwatch.capture.doctor_rights import examine_rights
from netwatch.capture.landlock import Allowed, Restriction, landlock_version, restrict
from netwatch.capture.standing import standing
from netwatch.errors import NetwatchError
from netwatch.settings import Settings
from netwatch.verbs import sandbox

ROOT = Path(__file__).resolve().parents[2]
TRY = """
import json, os, socket, sys
sys.path.insert(0, sys.argv[1])
from netwatch.capture.landlock import Allowed, restrict
here, there, version = sys.argv[2], sys.argv[3], int(sys.argv[4])
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
allowed, other = (listener.getsockname()[1] for listener in listeners)
restriction = restrict(Allowed(read=(there + "/read",), write=(here, "/no such"), ports=(allowed,)), version)
def tried(what):
    try:
        what()
    except PermissionError:
        return False
    return True
def reach(port):
    return lambda: socket.socket().connect(("127.0.0.1", port))
print(json.dumps({
    "words": restriction.words,
    "read": tried(lambda: open(there + "/read")), "secret": tried(lambda: open(there + "/x")),
    "change": tried(lambda: open(there + "/read", "a")), "make": tried(lambda: open(here + "/made", "w")),
    "rename": tried(lambda: os.rename(here + "/made", here + "/named")), "away": tried(lambda: open(there + "/y", "w")),
    "list": tried(lambda: os.listdir(there)), "port": tried(reach(allowed)), "other": tried(reach(other)),
    "run": tried(lambda: os.execv("/bin/true", ["true"])) }))
"""


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
@pytest.mark.parametrize("version", [1, 3, 4, 6])
def test_only_what_is_allowed_works(tmp_path: Path, version: int) -> None:
    """Reading, writing, listing and running by path; TCP from version 4 on."""
    if version > landlock_version():
        pytest.skip(f"this kernel has version {landlock_version()}")
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    (there / "read").write_text("r")
    (there / "x").write_text("secret")
    child = subprocess.run(
        [sys.executable, "-c", TRY, str(ROOT), str(here), str(there), str(version)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    assert ("no TCP" in found.pop("words")) == (version >= 4)
    assert found.pop("other") == (version < 4)
    assert found == {
        "read": True, "secret": False, "change": False, "make": True, "rename": True, "away": False, "list": False,
        "port": True, "run": False,
    }  # fmt: skip


def test_without_landlock_it_is_said_and_nothing_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The note, the status line and the doctor say it."""
    monkeypatch.setattr(landlock, "landlock_version", lambda: 0)
    monkeypatch.setattr("netwatch.capture.doctor_rights.landlock_version", lambda: 0)
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    found = sandbox.enter_sandbox(SimpleNamespace(config=None), Settings(), [])
    assert (found.files, found.tcp) == (False, False)
    assert "no Landlock" in capsys.readouterr().err
    assert "NO SANDBOX" in standing(found).words
    assert not standing(found).sound
    assert any("changes nothing" in check.text for check in examine_rights(tmp_path, {}))


def test_words_of_every_version() -> None:
    """What is not enforced is not promised."""
    assert "no Landlock" in Restriction(0).words
    assert "TCP is not denied" in Restriction(3).words
    assert "no TCP connections" in Restriction(4).words


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
def test_other_threads_forbid_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would keep what this one gives up."""
    monkeypatch.setattr("netwatch.capture.invoking_user.os.listdir", lambda _path: ["1", "2"])
    with pytest.raises(NetwatchError, match="2 threads"):
        restrict(Allowed())


def test_folders_of_everything_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files to be made name their folder; those that are read are only read; a collector's port is the only one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made").mkdir()
    options = SimpleNamespace(
        config="c.toml", baseline=None, write="made/x.pcap", events=None, output="-", to="tcp:127.0.0.1:5000",
        tables="made/new/deeper", split_to=None, streams=None, save_baseline=None,
    )  # fmt: skip
    settings = Settings(save_folder="made", rules=("r.rules",), events="e.json")
    assert set(sandbox._written(options, settings)) == {"made", ".", str(tmp_path / "made")}
    assert sandbox._read(options, settings, ["-", "in.pcap"]) == ["c.toml", "in.pcap", "r.rules"]
    assert sandbox._ports(options.to) == (5000,)
    assert sandbox._ports("udp:127.0.0.1:5000") == sandbox._ports("tcp:x:99999") == ()
    assert str(tmp_path) not in sandbox._own_files()
