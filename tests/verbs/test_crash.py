"""After a crash the buffer is saved if that is wanted; a bundle for a report tells nothing of packets."""

from __future__ import annotations

import stat
from pathlib import Path
from threading import Event

import pytest

from netwatch import cli
from netwatch.capture.file_source import FileSource
from netwatch.cli import main
from netwatch.settings import Settings
from netwatch.snapshot import CaptureState
from netwatch.tables.enrichment import Look
from netwatch.tui.options import ScreenOptions
from netwatch.verbs import crash, monitor
from netwatch.verbs.bundle import without_data
from netwatch.verbs.crash import save_after_crash
from tests.build import FakeEngine
from tests.live.child import wait_for
from tests.scenes import scene_engine

LOG = """\
2026-01-01T12:00:00+00:00 netwatch 0.1.0: dns is off: ValueError('secret.example')
Traceback (most recent call last):
  File "/x/netwatch/track/dns.py", line 3, in feed
    raise ValueError(name)
ValueError: secret.example
more of secret.example
    and secret.example again
  File "secret.example"

2026-01-01T12:00:01+00:00 netwatch 0.1.0: tls is off: ExceptionGroup('secret.example', [KeyError('x')])
  + Exception Group Traceback (most recent call last):
  |   File "/x/netwatch/track/tls.py", line 3, in feed
  | ExceptionGroup: secret.example

"""


@pytest.mark.parametrize(("status", "wanted", "saved"), [(129, True, True), (0, True, False), (1, False, False)])
def test_the_buffer_is_saved_after_a_crash(
    status: int, wanted: bool, saved: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not after q, and only when the setting says so."""
    engine, _ = scene_engine()
    try:
        wait_for(lambda: engine.snapshot().packets, "packets")
        settings = Settings(save_folder=str(tmp_path), save_on_crash=wanted, save_format="pcapng")
        save_after_crash(engine, settings, status)
        said = capsys.readouterr().err
        found = list(tmp_path.glob("crash_*.pcapng"))
        assert len(found) == saved
        assert ("packets of the buffer are in" in said) == saved
        if saved:
            assert stat.S_IMODE(found[0].stat().st_mode) == 0o600
            source = FileSource([str(found[0])])
            frames = source.read(1.0)
            source.close()
            assert frames is not None
            assert len(frames) > 10
    finally:
        engine.close()


def test_a_capture_that_broke_is_saved_when_the_screen_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An internal error of the capture thread leaves the screen; what it had is saved, or it is said why not."""
    engine, _ = scene_engine()
    try:
        wait_for(lambda: engine.snapshot().packets, "packets")
        engine._loaded().session.end(CaptureState.FAILED, "internal error: ValueError()")
        wait_for(lambda: engine.snapshot().state is CaptureState.FAILED, "the end")
        save_after_crash(engine, Settings(save_folder=str(tmp_path), save_on_crash=True), 0)
        assert list(tmp_path.glob("crash_*.pcap"))
        save_after_crash(engine, Settings(save_folder=str(tmp_path / "none"), save_on_crash=True), 0)
        assert "could not be saved" in capsys.readouterr().err
    finally:
        engine.close()


@pytest.mark.parametrize("logged", [True, False], ids=["user", "sudo"])
def test_what_nobody_foresaw_is_one_line(
    logged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log tells where it broke; as long as it would be root's it is left alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(crash, "invoking_user", lambda _environment: None if logged else object())
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)

    words = "\x1b[2Jof a packet"

    def broken(_words: list[str]) -> int:
        raise ValueError(words)

    monkeypatch.setitem(cli._VERBS, "report", broken)
    assert main(["report"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("netwatch: internal error: ValueError(")
    assert said.endswith("\n")
    assert said[:-1].isprintable()
    log = tmp_path / "netwatch" / "problems.log"
    assert log.exists() == logged == ("problems.log" in said)
    if logged:
        lines = log.read_text().splitlines()
        assert [line for line in lines if not line.isprintable()] == []
        assert any("in broken" in line for line in lines)
        assert "of a packet" not in "".join(without_data(log.read_text()))


def test_the_buffer_is_saved_when_the_screen_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only when it ends with a status."""
    saved: list[int] = []
    monkeypatch.setattr(monitor, "save_after_crash", lambda _engine, _settings, status: saved.append(status))

    def broken(*_: object, **__: object) -> int:
        raise ValueError("a theme")

    monkeypatch.setattr("netwatch.tui.run", broken)
    with pytest.raises(ValueError, match="a theme"):
        monitor._run(FakeEngine(), Settings(), ScreenOptions(Path()), Event(), None, Look())
    assert saved == [1]


def test_a_bundle_has_versions_settings_and_the_log_without_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mode 0600, and never over a file that is there."""
    for name in ("STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
        (tmp_path / name / "netwatch").mkdir(parents=True)
    monkeypatch.setattr("netwatch.verbs.bundle.drop_privileges", tuple)
    (tmp_path / "STATE/netwatch/problems.log").write_text(LOG)
    (tmp_path / "CONFIG/netwatch/config.toml").write_text("buffer = 77\n")
    path = tmp_path / "bundle.txt"
    assert main(["doctor", "--bundle", str(path)]) == 0
    assert str(path) in capsys.readouterr().err
    text = path.read_text()
    for part in ("numpy", "\nbuffer = 77\n", "dns is off: ValueError(...)", "dns.py", "no packets".capitalize()):
        assert part in text
    assert "secret" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert main(["doctor", "--bundle", str(path)]) == 1
    (tmp_path / "CONFIG/netwatch/config.toml").write_text("buffer = 'x'\n")
    assert main(["doctor", "--bundle", str(tmp_path / "other.txt")]) == 0
    assert "cannot be used" in (tmp_path / "other.txt").read_text()


def test_what_may_be_of_packets_is_left_out() -> None:
    """Words of errors; the places in the code stay."""
    lines = list(without_data(LOG))
    assert lines[0].endswith("dns is off: ValueError(...)")
    assert lines[2:8] == ['  File "/x/netwatch/track/dns.py", line 3, in feed', "    raise ValueError(name)",
                          "ValueError: ...", "...", "...", "..."]  # fmt: skip
    assert not [line for line in lines if "secret" in line]
