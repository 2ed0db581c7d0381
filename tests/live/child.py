"""A program of the tests that runs inside a namespace and answers commands by lines of JSON, and patience."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from tests.prepared import PATIENCE, Running

if TYPE_CHECKING:
    from collections.abc import Callable


class Child:
    """A process that runs a module: a line of standard input is a command, a line of its output the answer."""

    def __init__(self, namespace: str, *words: str, module: str = "tests.live.ring_child") -> None:
        """Start it in a namespace, or outside all when that is empty, and wait until it is ready."""
        # Under sudo it would become the user who asked, and could do less than what the test expects
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SUDO_")}
        self._running = Running(module, *words, environment=environment, namespace=namespace)
        assert self._answer() == "ready"

    def ask(self, command: str = "state") -> Any:
        """Send a command and return its answer."""
        self._running.given.write(command + "\n")
        self._running.given.flush()
        return self._answer()

    def until(self, condition: Callable[[Any], Any], seconds: float = PATIENCE, command: str = "state") -> Any:
        """Ask until the answer is as wanted and return it."""
        end = time.monotonic() + seconds
        while not condition(answer := self.ask(command)):
            assert time.monotonic() < end, f"waited in vain: {str(answer)[:4000]}"
        return answer

    def close(self) -> None:
        """End it."""
        self._running.close()

    def _answer(self) -> Any:
        return json.loads(self._running.output.readline())


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Wait until `condition` returns something true, and return that."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return found
