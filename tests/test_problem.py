"""What is told of an error: where it was, however deep, in lines that a log can have."""

from __future__ import annotations

from netwatch.problem import LONGEST_LINE, LONGEST_TRACE, Problem
from netwatch.verbs.bundle import without_data


def broken(depth: int, words: str) -> None:
    """Raise an error from so many calls, none of which is like the one before."""
    if not depth:
        raise ValueError(words)
    (other if depth % 2 else broken)(depth - 1, words)


def other(depth: int, words: str) -> None:
    """Call on."""
    broken(depth, words)


def problem_of(depth: int, words: str) -> Problem:
    """Return what is told of an error."""
    try:
        broken(depth, words)
    except ValueError as error:
        return Problem.of("flows is off", error)
    raise AssertionError


def test_the_place_is_told_however_deep_and_long() -> None:
    """The last calls are kept, and with them what a bundle knows places by."""
    problem = problem_of(300, "a" * 5000)
    assert problem.words.startswith("flows is off: ValueError('aaa")
    assert len(problem.words) <= len("flows is off: ") + LONGEST_LINE
    assert len(problem.trace) <= LONGEST_TRACE
    assert "    raise ValueError(words)" in problem.trace.splitlines()
    assert problem.trace.count("in broken") < 300
    told = list(without_data(f"2026-01-01T12:00:00+00:00 netwatch 0: {problem.words}\n{problem.trace}\n"))
    assert "    raise ValueError(words)" in told
    assert "ValueError: ..." in told


def test_an_error_is_printable_line_by_line() -> None:
    """Whatever a packet put into its words."""
    problem = problem_of(0, "\x1b[2J\u202e\n" * 2000)
    assert problem.words.isprintable()
    assert all(line.isprintable() and len(line) <= 3 * LONGEST_LINE for line in problem.trace.split("\n"))
    assert len(problem.trace) <= LONGEST_TRACE
