"""The decoder over all real captures, packet by packet and column by column, against digests of tshark's facts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from netwatch.decode.batch import ETHERTYPE_ARP, ETHERTYPE_RARP
from tests.decode.golden import CAPTURES, capture_names, facts
from tests.decode.golden_columns import DIGESTED, decoded_columns, differing, digests
from tests.decode.golden_differences import DIFFERENCES, left_out

HERE = (CAPTURES / "truth.json").is_file()
FACTS = facts()
FOLDERS = sorted({name.split("/")[0] for name in FACTS})
MOST_LEFT_OUT = 120
"""Values of the two million and more that are compared; a longer list would be an excuse, not an explanation."""

with_captures = pytest.mark.skipif(not HERE, reason=f"no captures in {CAPTURES}")


@with_captures
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_decoder_agrees_with_tshark(folder):
    """`python -m tests.decode.golden CAPTURE` prints the packets behind a difference."""
    names = [name for name in FACTS if name.startswith(f"{folder}/")]
    assert [problem for name in names for problem in problems(name)] == []


@with_captures
def test_every_capture_has_its_facts():
    assert list(FACTS) == capture_names()


@with_captures
def test_facts_of_another_run_of_tshark_agree():
    """truth.json counts frames by protocol, whatever carries them; only ARP is never quoted and hardly tunnelled."""
    truth = json.loads((CAPTURES / "truth.json").read_text())["files"]
    unlike = {}
    for name, stated in truth.items():
        found = np.isin(decoded_columns(CAPTURES / name)["network"], (ETHERTYPE_ARP, ETHERTYPE_RARP))
        facts_of = FACTS[name].packets, np.count_nonzero(found)
        if facts_of != (stated["file"]["packets"] or len(found), stated["proto_frames"].get("arp", 0)):
            unlike[name] = facts_of
    assert unlike == {}


def test_differences_are_few_and_of_packets_that_exist():
    for difference in DIFFERENCES:
        assert set(difference.columns) <= set(DIGESTED)
        for capture, numbers in difference.packets.items():
            assert 1 <= min(numbers) <= max(numbers) <= FACTS[capture].packets, capture
    assert sum(len(numbers) for name in FACTS for numbers in left_out(name).values()) <= MOST_LEFT_OUT


def test_a_digest_sees_one_wrong_value_and_only_what_is_left_out_passes():
    ours = {name: np.arange(5, dtype=np.uint64) for name in (*DIGESTED, "source_high", "source_low")}
    ours |= {"destination_high": ours["time"], "destination_low": ours["time"]}
    theirs = ours | {"source_high": np.array([0, 1, 2, 3, 9], np.uint64), "ttl": np.array([7, 1, 2, 3, 4], np.uint64)}
    assert differing(ours, theirs) == {"source": [5], "ttl": [1]}
    unlike = [name for name in DIGESTED if digests(ours, {})[name] != digests(theirs, {})[name]]
    assert unlike == ["source", "ttl"]
    known = {"source": [5], "ttl": [2]}
    assert [name for name in DIGESTED if digests(ours, known)[name] != digests(theirs, known)[name]] == ["ttl"]


def problems(name):
    """Return how our reading of a capture differs from tshark's facts."""
    columns = decoded_columns(CAPTURES / name)
    packets = len(columns["time"])
    if packets != FACTS[name].packets:
        return [f"{name}: {packets} packets, tshark has {FACTS[name].packets}"]
    found = digests(columns, left_out(name))
    return [f"{name}: {column}" for column in DIGESTED if found[column] != FACTS[name].digests[column]]
