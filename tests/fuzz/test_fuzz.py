"""A bounded number of random changes for every fuzz target; many more with `python -m tests.fuzz`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.campaign import Campaign
from tests.fuzz.leaks import growth
from tests.fuzz.mutations import mutate
from tests.fuzz.resident import GROWN
from tests.fuzz.rounds import Limits, guided
from tests.fuzz.targets import TARGETS, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class Launches:
    """Stands where processes of libFuzzer do: each ends with the next of `statuses`, having grown after 40 inputs."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.commands: list[Sequence[str]] = []

    def __call__(self, command: Sequence[str]) -> int:
        """End at once."""
        self.commands.append(command)
        status = self.statuses.pop(0)
        if status == GROWN:
            Path(command[4]).write_text("40")
        return status

    def words(self, begin: str) -> list[str]:
        """Return what each was told that begins so."""
        return [word for command in self.commands for word in command if word.startswith(begin)]


@pytest.mark.parametrize("last", [0, 77])
def test_a_process_that_has_grown_makes_room_for_the_next(last: int, tmp_path: Path) -> None:
    """Which has the same corpus, other seeds, and the inputs that are left; what it finds is found."""
    launches = Launches(GROWN, GROWN, last)
    assert guided("words", Limits(0.0, 100, 5), tmp_path, launches) == (int(last != 0), 2)
    assert launches.words("-runs=") == ["-runs=100", "-runs=60", "-runs=20"]
    assert launches.words("-seed=") == ["-seed=5", "-seed=6", "-seed=7"]
    corpora = {command[5] for command in launches.commands}
    assert (corpora, any((tmp_path / "corpus" / "words").iterdir())) == ({str(tmp_path / "corpus" / "words")}, True)


def test_no_process_begins_when_all_inputs_were_tried(tmp_path: Path) -> None:
    """Although the last one ended because it had grown."""
    assert guided("words", Limits(0.0, 80, 1), tmp_path, Launches(GROWN, GROWN)) == (0, 2)


def test_memory_that_stays_is_a_leak_and_its_place_is_told() -> None:
    """But not what takes the place of what was there before."""
    kept: list[bytes] = []
    last: list[bytes] = []

    def leaking(data: bytes) -> None:
        kept.append(data * 50)

    def replacing(data: bytes) -> None:
        last[:] = [data * 50]

    inputs = [bytes([number] * 40) for number in range(60)]
    grown = growth(leaking, inputs)
    assert (grown.leaks, grown.inputs) == (True, 60)
    assert Path(__file__).name in str(grown)
    assert not growth(replacing, inputs).leaks
