"""What the doctor found, for its tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.capture.check import Check

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux")


def put(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def texts(checks, status=None):
    return [check.text for check in checks if status is None or check.status is status]


def the(checks, words) -> Check:
    found = [check for check in checks if words in check.text]
    assert found, (words, texts(checks))
    return found[0]
