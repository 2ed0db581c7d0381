"""What every test needs: signals as a terminal's shell would have them."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def _heeded_signals() -> None:
    """Heed interrupts: behind nohup or an `&` they are ignored, and so by every program that a test starts."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
