"""A clean environment for every screen, and keys that do not wait longer than needed."""

from __future__ import annotations

import gc
import os
from importlib import import_module
from types import SimpleNamespace

import pytest
import textual._wait

# As netwatch.tui.run sets them; Textual reads them when it is imported
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    # Every test's app would look at all objects of all tests once it has drawn its first screen
    monkeypatch.setattr("netwatch.tui.app.gc", SimpleNamespace(collect=int, freeze=int, enable=gc.enable))
    # On a busy machine a second may pass, or a message be gone, before a test looks
    monkeypatch.setattr("netwatch.tui.screens.picker.ASK_SECONDS", 3600.0)
    say = import_module("netwatch.tui.widgets.notice").Notice.say
    monkeypatch.setattr(
        "netwatch.tui.widgets.notice.Notice.say",
        lambda self, text, severity="information", seconds=6: say(self, text, severity, seconds * 20),
    )
    # The pilot looks every 20 ms, twice a key, whether the app is idle
    monkeypatch.setattr(textual._wait, "SLEEP_GRANULARITY", 0.002)
