"""A bounded number of random changes for every fuzz target; many more with `python -m tests.fuzz`."""

from __future__ import annotations

import pytest

from tests.fuzz.mutations import mutate
from tests.fuzz.targets import TARGETS

RUNS = {"stream": 1500, "recognition": 500, "tls": 200, "packets": 12, "info": 200}


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_raises(name: str) -> None:
    """Whatever the bytes are."""
    mutate(TARGETS[name], RUNS[name], seed=1)
    mutate(lambda data: TARGETS[name](data[1:]), RUNS[name] // 4, seed=2)
