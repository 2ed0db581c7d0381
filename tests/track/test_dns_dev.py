"""DNS of real captures, beside what tshark says of it."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
from dns_packets import DEV, read

from tests.truth_differences import DIFFERENCES

pytestmark = pytest.mark.skipif(not (DEV / "truth.json").exists(), reason=f"no captures in {DEV}")

LARGEST = 2_000_000
"""Bytes of the captures that are read, so that the tests stay fast."""
KINDS = ("dns", "mdns", "llmnr")


@cache
def truth():
    return json.loads((DEV / "truth.json").read_text())["files"]


def plain(names):
    """Names without the escapes of a master file, which tshark does not use, and without what is not ASCII."""
    found = {re.sub(r"\\(\d{3})|\\(.)", _byte, name) for name in names} - {"", ".", "<Root>"}
    return {"".join(letter for letter in name.lower() if "!" <= letter <= "~") for name in found}


def _byte(found):
    return chr(int(found[1])) if found[1] else found[2]


def facts_of(facts):
    """Queries, responses, matched and names by tshark."""
    counts = facts.get("counts", {})
    queries, responses = (sum(counts.get(f"{kind}_{what}", 0) for kind in KINDS) for what in ("queries", "responses"))
    return queries, responses, counts.get("matched_own", 0), {row[1] for row in facts.get("names", ())}


def test_messages_matches_and_names_are_those_of_tshark():
    seen = 0
    for name, facts in truth().items():
        if facts["file"]["size"] > LARGEST:
            continue
        queries, responses, matched, names = facts_of(facts.get("dns", {}))
        if not queries + responses or name in DIFFERENCES:
            continue
        summary = read(DEV / name).summary(10_000)
        counts = summary.counts
        assert (counts.queries, counts.responses, counts.matched) == (queries, responses, matched), name
        assert plain(summary.names.name) == plain(names), name
        seen += 1
    assert seen > 100


@pytest.mark.parametrize("name", sorted(DIFFERENCES))
def test_a_difference_is_one(name):
    """Once it is none any more, it leaves the list."""
    found = read(DEV / name).summary(10_000)
    queries, responses, matched, names = facts_of(truth()[name]["dns"])
    counts = found.counts
    same = (counts.queries, counts.responses, counts.matched) == (queries, responses, matched)
    assert not same or plain(names) != plain(found.names.name), DIFFERENCES[name]
