"""CandidateMemory: the same text is asked about once, and what is remembered is bounded."""

from __future__ import annotations

from netwatch.detect.rules.candidate_memory import CandidateMemory


def test_the_same_text_is_asked_about_once() -> None:
    asked: list[tuple[str, int]] = []

    def ask(event: tuple[str, int]) -> bool:
        asked.append(event)
        return event[0] == "evil"

    memory = CandidateMemory(2, lambda event: event[0], ask)
    events = [("evil", 1), ("good", 2), ("evil", 3), ("good", 4)]
    assert [memory.concerns(event) for event in events] == [True, False, True, False]
    assert asked == [("evil", 1), ("good", 2)]
    # There is no room for a third: all are forgotten, and asked about again
    assert [memory.concerns((text, 5)) for text in ("third", "evil")] == [False, True]
    assert asked[2:] == [("third", 5), ("evil", 5)]
