"""Every answer of the engine is either redacted or known to name nobody."""

from __future__ import annotations

from netwatch.engine import Engine
from netwatch.redact.redacting import RedactingEngine

NAMES_NOBODY = {
    *("start", "close", "stop", "resume", "open", "replay", "include_own_session", "saved"),
    *("annotations", "keep", "hold", "release", "select", "matches", "related", "work", "export"),
    *("check_filter", "check_display_filter", "check_facts"),
    *("finish_alert", "unmute", "save_bytes", "report"),
}
"""Orders; packet numbers; what the user typed; words of filters; `work`, which asks through this handle."""


def test_no_answer_is_forgotten() -> None:
    """What a new method of the engine tells has to be thought about."""
    asked = {name for name in dir(Engine) if not name.startswith("_") and callable(getattr(Engine, name))}
    redacted = {name for name in asked if getattr(Engine, name) is not getattr(RedactingEngine, name)}
    # What is saved is changed by what _leaving returns
    assert asked - redacted - NAMES_NOBODY == {"save"}
    assert RedactingEngine._leaving is not Engine._leaving
    assert NAMES_NOBODY.isdisjoint(redacted)
