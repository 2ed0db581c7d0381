"""What every test needs: compiled modules that are kept, a user who remembers nothing, and signals as of a shell."""

from __future__ import annotations

import gc
import os
import signal
import sys
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.prepared import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Otherwise each of some hundred programs that tests start compiles all of netwatch, and pytest all tests, in every run
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The same few examples in every run, none too slow for a busy machine; `python -m tests.fuzz` looks for new ones
settings.register_profile(
    "suite",
    max_examples=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("suite")

USUAL_THRESHOLDS = gc.get_threshold()


HURRIED = (
    "netwatch.baseline.days.ANSWER_TIMEOUT",
    "netwatch.capture.host.START_TIMEOUT",
    "netwatch.decode.dissect.SECONDS",
    "netwatch.decode.dissect_command.SECONDS",
    "netwatch.examine.tshark.SECONDS",
    "netwatch.threads.capture_threads.STOP_TIMEOUT",
    "netwatch.view.seen_values.ENOUGH_SECONDS",
    "netwatch.view.view.STOP_TIMEOUT",
    "netwatch.view.views.ANSWER_TIMEOUT",
)
"""Seconds after which a person is told that something takes too long, or nobody waits for a thread any more; a busy
machine takes them for anything."""


@pytest.fixture(scope="session", autouse=True)
def _unhurried() -> Iterator[None]:
    """Give up nothing for lack of time, unless that is what a test is about."""
    with pytest.MonkeyPatch.context() as whole:
        for name in HURRIED:
            whole.setattr(name, PATIENCE)
        yield


def pytest_collection_finish() -> None:
    """Keep the tests themselves, some 300,000 objects, from being looked at for garbage now and then."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _nothing_frozen() -> Iterator[None]:
    """Let no engine freeze what the tests before it left behind, which would be there for ever, or have that undone."""
    with pytest.MonkeyPatch.context() as whole:
        whole.setattr(gc, "freeze", lambda: None)
        whole.setattr(gc, "unfreeze", lambda: None)  # the tests themselves stay so
        yield


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Let Python look at old objects as ever: an engine that a test left open kept it from it in all later tests."""
    yield
    gc.set_threshold(*USUAL_THRESHOLDS)


@pytest.fixture(scope="session", autouse=True)
def _heeded_signals() -> None:
    """Heed interrupts: behind nohup or an `&` they are ignored, and so by every program that a test starts."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[pytest.MonkeyPatch], None]]:
    """Keep the user's own settings and memory out of everything; give what begins anew with others."""
    base, numbers = tmp_path_factory.mktemp("homes"), count()

    def begin(environment: pytest.MonkeyPatch) -> None:
        home = base / str(next(numbers))
        for name in ("CONFIG", "STATE"):
            environment.setenv(f"XDG_{name}_HOME", str(home / name))

    with pytest.MonkeyPatch.context() as whole:
        begin(whole)
        yield begin


@pytest.fixture(autouse=True)
def _nothing_remembered(_homes: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test settings and a memory of its own: the next run begins at the pane where the last one ended."""
    _homes(monkeypatch)
