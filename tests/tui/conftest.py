"""A clean environment for every screen, and keys that do not wait longer than needed."""

from __future__ import annotations

import gc
import os
import time
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from textual.css.stylesheet import Stylesheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.css.model import RuleSet
    from textual.theme import Theme

# As netwatch.tui.run sets them; Textual reads them when it is imported
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


@pytest.fixture(scope="session", autouse=True)
def _parsed_once() -> Iterator[None]:
    """Read our themes, and parse each style sheet with the colours of a theme, once and not in each of the apps."""
    from netwatch.tui import theme

    folders, read, parse = theme.own_folders(), theme.load_theme, Stylesheet._parse_rules
    ours = cache(read)
    rules: dict[object, list[RuleSet]] = {}

    def load_theme(path: Path) -> Theme:
        return ours(path) if path.parent in folders else read(path)

    def parse_rules(self: Stylesheet, css: str, read_from: object, **more: Any) -> list[RuleSet]:
        key = (css, read_from, *sorted(more.items()), frozenset(self._variables.items()))
        if key not in rules:
            rules[key] = parse(self, css, read_from, **more)
        return rules[key]

    with pytest.MonkeyPatch.context() as whole:
        whole.setattr(theme, "load_theme", load_theme)
        whole.setattr(Stylesheet, "_parse_rules", parse_rules)
        yield


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


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Show the same time of day everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
