"""What every test needs: compiled modules that are kept, and signals as a terminal's shell would have them."""

from __future__ import annotations

import os
import signal
import sys

import pytest

# Otherwise each of some hundred programs that tests start compiles all of netwatch, and pytest all tests, in every run
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session", autouse=True)
def _heeded_signals() -> None:
    """Heed interrupts: behind nohup or an `&` they are ignored, and so by every program that a test starts."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
