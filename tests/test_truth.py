"""Whole sessions over real captures: a report says what tshark and capinfos say (tests/truth.py).

A sample of them, or all with NETWATCH_ALL_CAPTURES=1, which takes minutes.

Packets of all captures are compared in tests/capture/test_file_source_dev.py, flows and handshakes in
tests/track/test_flow_truth.py, DNS in tests/track/test_dns_dev.py.
"""

from __future__ import annotations

import os

import pytest

from tests.truth import DEV, TRUTH, compared, facts, report_of
from tests.truth_differences import reasons

ALL = bool(os.environ.get("NETWATCH_ALL_CAPTURES"))
LARGEST = 60_000
EVERY = 30
"""Of the captures that are no larger one in so many is in the sample: a session makes a hundred tables first."""

pytestmark = pytest.mark.skipif(not TRUTH.exists(), reason=f"no {TRUTH}")


def sample() -> list[str]:
    """Return the captures that are read."""
    if not TRUTH.exists():
        return []
    names = sorted(facts())
    return names if ALL else [name for name in names if (DEV / name).stat().st_size <= LARGEST][::EVERY]


@pytest.mark.parametrize("name", sample())
def test_a_report_says_what_is_in_the_capture(name: str) -> None:
    """Every fact, but where it is known why conversations are others."""
    if not facts()[name]["file"]["packets"]:
        pytest.skip("there is nothing in it")
    for fact, (ours, theirs) in compared(name, report_of(name)).items():
        assert ours == theirs or name in reasons(fact), fact
