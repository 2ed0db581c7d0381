"""Asks tshark which packets every expression matches: `python -m tests.filter.tshark_facts` writes tshark_facts.json.

Facts are compact: `1-4 9` names packets, a long list becomes `count sha1`. What is known already is not asked again.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tests.filter.expressions import pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent
FACTS = HERE / "tshark_facts.json"
CAPTURES = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
LONGEST = 60


def compact(numbers: Iterable[int]) -> str:
    """Return packet numbers, ascending, as the facts have them."""
    found = list(numbers)
    runs = []
    for _, group in groupby(enumerate(found), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        runs.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    text = " ".join(runs)
    if len(text) <= LONGEST:
        return text
    return f"{len(found)} packets {hashlib.sha1(text.encode()).hexdigest()[:12]}"


def ask(capture: str, expression: str) -> list[int]:
    """Return the packets that tshark's -Y keeps."""
    command = ["tshark", "-n", "-r", str(CAPTURES / capture), "-Y", expression, "-T", "fields", "-e", "frame.number"]
    if "checksum.status" in expression:  # tshark verifies them only when it is asked to
        command += [word for protocol in ("ip", "tcp", "udp") for word in ("-o", f"{protocol}.check_checksum:TRUE")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2) or "isn't a valid" in done.stderr:
        raise SystemExit(f"{expression}: {done.stderr}")
    if "tshark:" in done.stderr and not done.stdout:
        print(f"{capture}: {expression}: {done.stderr}")
        return [0]
    return [int(line) for line in done.stdout.split()]


def main() -> None:
    """Write the facts."""
    facts: dict[str, dict[str, str]] = json.loads(FACTS.read_text()) if FACTS.exists() else {}
    wanted: dict[str, dict[str, str]] = {}
    for count, (capture, expression) in enumerate(pairs()):
        known = facts.get(capture, {}).get(expression)
        answer = compact(ask(capture, expression)) if known is None else known
        wanted.setdefault(capture, {})[expression] = answer
        if count % 50 == 49:
            FACTS.write_text(json.dumps({**facts, **wanted}, indent=0) + "\n")
    FACTS.write_text(json.dumps(wanted, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
