"""Redaction on the screen: begun and ended, and every pane drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.tui.panes.pane import Pane
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from textual.screen import Screen

    from netwatch.engine import Engine
    from netwatch.redact.redacting import RedactingEngine
    from netwatch.tui.finding import Finding


class Redacting:
    """Serves a screen that has a Notice and panes."""

    def __init__(self, screen: Screen[None], engine: Engine, finding: Finding) -> None:
        """Ask `engine`, which need not be one that can redact."""
        self._finding = finding
        self._screen = screen
        self._engine = engine

    @property
    def on(self) -> bool:
        """True while addresses and names are replaced."""
        engine = self._able()
        return engine is not None and engine.redacts

    def switch(self) -> None:
        """Replace addresses and names from now on, or no more."""
        notice = self._screen.query_one(Notice)
        engine = self._able()
        if engine is None:
            notice.say("nothing can be redacted here", "error")
            return
        on = not engine.redacts
        engine.redact(on=on)
        snapshot = engine.snapshot()
        self._forget_typed()  # what was typed before has real names, what is typed while it lasts the others
        for child in self._screen.children:
            if isinstance(child, Pane):
                child.show_anew(snapshot)
        notice.say(
            _said([*(["the recording"] if snapshot.recording is not None else []), *engine.keeps])
            if on
            else "addresses and names are shown as they are"
        )

    def _forget_typed(self) -> None:
        self._finding.forget()
        for prompt in self._screen.query(Prompt):
            prompt.forget_typed()
        for child in self._screen.children:
            if isinstance(child, Pane):
                child.forget_typed()

    def _able(self) -> RedactingEngine | None:
        """Return the engine if it is one that can redact."""
        from netwatch.redact.redacting import (
            RedactingEngine,  # with all that captures: who has such an engine has it loaded
        )

        return self._engine if isinstance(self._engine, RedactingEngine) else None


def _said(kept: list[str]) -> str:
    """Return what is told when redaction begins; `kept` names what keeps the real addresses."""
    if not kept:
        return "addresses and names are replaced, here and in what is saved or copied: :redact ends it"
    return f"addresses and names are replaced, but {' and '.join(kept)} still get{'s' * (len(kept) == 1)} the real ones"
