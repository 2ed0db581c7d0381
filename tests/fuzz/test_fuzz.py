"""A bounded number of random changes for every fuzz target; many more with `python -m tests.fuzz`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.campaign import Campaign
from tests.fuzz.mutations import mutate
from tests.fuzz.targets import TARGETS, Target

if TYPE_CHECKING:
    from pathlib import Path

RUNS = {
    "stream": 1000,
    "recognition": 300,
    "tls": 200,
    "dissection": 20,
    "filter": 30,
    "patterns": 30,
    "settings": 20,
    "keys": 2,
}


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_raises(name: str) -> None:
    """Whatever the bytes are."""
    target = TARGETS[name]
    mutate(target.run, target.seeds(0), RUNS.get(name, 50), seed=1)
    target.run(b"")


def test_a_campaign_keeps_what_breaks_and_counts_over_runs(tmp_path: Path) -> None:
    """The first input of each place is written down, with its traceback."""

    def broken(data: bytes) -> None:
        if b"x" in data:
            raise ValueError("an x")

    for _ in range(2):
        Campaign("demo", Target(broken, lambda _captures: [b"abxab"]), tmp_path, seed=1).run(runs=50)
    known = json.loads((tmp_path / "counts.json").read_text())["demo"]
    assert (known["inputs"], known["findings"]) == (100, 2)
    (found,) = tmp_path.glob("demo-*.input")
    assert b"x" in found.read_bytes()
    assert "an x" in found.with_suffix(".txt").read_text()
