"""A program of the tests that runs inside a namespace and answers commands by lines of JSON, and patience."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 180.0
"""Seconds that anything may take on a busy machine before a test gives up."""


class Child:
    """A process that runs a module: a line of standard input is a command, a line of its output the answer."""

    def __init__(self, namespace: str, *words: str, module: str = "tests.live.ring_child") -> None:
        """Start it in a namespace, or outside all when that is empty, and wait until it is ready."""
        inside = ["ip", "netns", "exec", namespace] if namespace else []
        command = [*inside, sys.executable, "-m", module, *words]
        # Under sudo it would become the user who asked, and could do less than what the test expects
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SUDO_")}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self._answer() == "ready"

    def ask(self, command: str = "state") -> Any:
        """Send a command and return its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._answer()

    def until(self, condition: Callable[[Any], Any], seconds: float = PATIENCE, command: str = "state") -> Any:
        """Ask until the answer is as wanted and return it."""
        end = time.monotonic() + seconds
        while not condition(answer := self.ask(command)):
            assert time.monotonic() < end, f"waited in vain: {str(answer)[:4000]}"
        return answer

    def close(self) -> None:
        """End it."""
        try:
            self.process.communicate("stop\n", timeout=PATIENCE)
        finally:
            self.process.kill()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Wait until `condition` returns something true, and return that."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return found
