"""`netwatch doctor`: what can be seen from here, what not, and the command that mends it."""

from __future__ import annotations

import sys

from netwatch.capture.doctor import examine, render
from netwatch.errors import ExitStatus


def doctor() -> int:
    """Write the examination to standard output; always done, whatever it finds."""
    sys.stdout.write(render(examine()) + "\n")
    return ExitStatus.DONE
