"""What is said below a table fits its lines; what is cut ends with an ellipsis."""

from __future__ import annotations

import pytest

from netwatch.tui.panes.fact_lines import fitted


@pytest.mark.parametrize(
    ("facts", "room", "lines"),
    [
        (["one", "two"], 3, ["one", "two"]),
        (["one two three", "four"], 3, ["one two", "three", "four"]),
        (["one two three", "four"], 2, ["one two…", "four"]),
        (["one", "two three four five", "six"], 4, ["one", "two", "three f…", "six"]),
        (["", "two"], 2, ["", "two"]),
        (["one", "two", "three"], 2, ["one", "two"]),
        (["界界界界界"], 1, ["界界界 …"]),
        ([], 2, []),
    ],
)
def test_each_fact_has_a_line_and_long_ones_what_is_left(facts: list[str], room: int, lines: list[str]) -> None:
    """Of eight cells, and no more lines than there is room for."""
    found = fitted(facts, 8, room)
    assert [line.plain for line in found] == lines
