"""What is kept beyond the end of a monitor, and what is left out of one that shows replaced addresses."""

from __future__ import annotations

import errno
import sys
from io import StringIO
from typing import TYPE_CHECKING

from netwatch.settings import Settings
from netwatch.verbs.keeping import Keeping, unrecorded

if TYPE_CHECKING:
    import pytest


def test_what_records_as_it_is_is_left_out() -> None:
    """And said, where the settings asked for it."""
    assert unrecorded(Settings()) == (Settings(), "")
    wanted = Settings(events="/tmp/e.json", record_alerts="high", theme="nord")
    left, said = unrecorded(wanted)
    assert left == Settings(theme="nord")
    assert said == "--redact leaves out events, record_alerts, which would keep real addresses"


class Gone(StringIO):
    """A terminal that was closed."""

    def write(self, _text: str) -> int:
        """Fail as the kernel does."""
        raise OSError(errno.EIO, "Input/output error")


def test_a_closed_terminal_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is there to read it, which is no internal error."""
    monkeypatch.setattr(sys, "stderr", Gone())
    Keeping(Settings()).say()
