"""`python -m tests.fuzz.guided TARGET COUNT [libFuzzer's words]`: one target, guided by coverage."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import atheris

from tests.fuzz.resident import GROWN, LOOKS, ROOM, resident


def main() -> None:
    """Fuzz until libFuzzer ends the process, or it has grown; then COUNT says how many inputs it had."""
    with atheris.instrument_imports(include=["netwatch"]):
        from tests.fuzz.targets import TARGETS

        target = TARGETS[sys.argv[1]].run
        target(b"")
    inputs = 0

    def bounded(data: bytes) -> None:
        nonlocal inputs
        target(data)
        inputs += 1
        if inputs % LOOKS == 0 and resident() > ROOM:
            Path(sys.argv[2]).write_text(f"{inputs}")
            os._exit(GROWN)  # what libFuzzer found is in its folder already, and no exit handler takes this for a crash

    atheris.Setup([sys.argv[0], *sys.argv[3:]], bounded)
    atheris.Fuzz()


main()
