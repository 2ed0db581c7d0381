"""What the thin driver sends shows the same as what it was given, in a terminal of its own, and is less."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from netwatch.tui.rendition import PLAIN, Renditions
from netwatch.tui.scrolling import shift_of
from netwatch.tui.shown_cells import ShownCells
from netwatch.tui.thin import CountingDriver, ThinDriver

pyte = pytest.importorskip("pyte", reason="needs pyte, a terminal emulator")


def at(line: int, column: int, *texts: tuple[str, str]) -> str:
    """Return texts with styles at a place, as Textual writes them."""
    return f"\x1b[{line};{column}H" + "".join(f"\x1b[{style}m{text}\x1b[0m" if style else text for text, style in texts)


def seen(cell: Any) -> Any:
    """Return what can be seen of a cell: of a blank neither its foreground nor that it is bold or italic."""
    hollow = cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough)
    return cell._replace(fg="", bold=False, italics=False) if hollow else cell


class Terminal:
    """One terminal that is given everything, and one behind the thin driver."""

    def __init__(self) -> None:
        self.cells = ShownCells()
        self.whole, self.thin = pyte.Screen(40, 6), pyte.Screen(40, 6)
        self.sent = self.meant = 0

    def write(self, data: str) -> str:
        """Write to both and compare."""
        thin = self.cells.thin(data, 40)
        pyte.Stream(self.whole).feed(data)
        pyte.Stream(self.thin).feed(thin)
        self.sent, self.meant = self.sent + len(thin), self.meant + len(data)
        for line in range(6):
            whole, shown = ([seen(screen.buffer[line][x]) for x in range(40)] for screen in (self.whole, self.thin))
            assert whole == shown
        return thin


def test_what_stands_there_is_not_sent() -> None:
    """Nor is more than what differs."""
    terminal = Terminal()
    row = at(2, 1, ("LIVE ", "32"), ("123,456 packets  ", ""), ("eth0", "1;34"))
    assert terminal.write(row)
    assert terminal.write(row) == ""
    assert terminal.write(row.replace("456", "457")) == "\x1b[2;12H7"
    terminal.cells.forget()
    assert len(terminal.write(row)) > 30


def test_random_drawings() -> None:
    """Of colours, wide characters and pieces that overlap."""
    random.seed(7)
    terminal = Terminal()
    styles = (
        "",
        "31",
        "1;38;5;74;48;5;16",
        "7",
        "44",
        "33;44",
        "1;33;44",
        "1;4;33",
        "38;2;1;2;3;48;2;4;5;6",
        "3;97;104",
    )
    words = ("tcp ", "10.0.0.1", "      ", "⠀⢸⡇", "日本", "é", "a", "#" * 12)
    for _ in range(400):
        pieces = [(random.choice(words), random.choice(styles)) for _ in range(random.randint(1, 3))]
        terminal.write(at(random.randint(1, 6), random.randint(1, 8), *pieces))
    assert terminal.sent < terminal.meant


def test_only_what_changes_of_colours_is_sent() -> None:
    """A blank takes any foreground; what others set is taken back by a reset alone."""
    of = Renditions().of
    grey, blue = of("38;2;9;9;9;48;2;1;1;1"), of("38;2;0;0;99;48;2;1;1;1")
    assert blue.order(grey) == "\x1b[38;2;0;0;99m"
    assert grey.on_blank(blue) == blue
    assert of("1;31").order(of("31")) == "\x1b[1m"
    assert of("31").order(of("1;31")) == "\x1b[0;31m"
    assert of("4;44").on_blank(of("31;44")) == of("4;44")
    assert of("").on_blank(of("31;44")) == PLAIN
    assert of("").on_blank(of("31")) == of("31")
    assert of("95;107") == ("95", "107", ())
    assert of("22;31").order(of("1")) == "\x1b[0;22;31m"


def test_what_is_not_understood_goes_through() -> None:
    """And what was drawn before is not trusted any more."""
    cells = ShownCells()
    row = at(1, 1, ("text", ""))
    assert cells.thin(row) == row
    for data in ("\x1b[2J", "\x1b[?1049h", "text", "\x1b[1;1Hab\tc"):
        assert cells.thin(data) == data
        assert cells.thin(row) == row
    assert cells.thin("\x1b[?2026h" + row + "\x1b[?2026l") == "\x1b[?2026h\x1b[?2026l"
    assert cells.thin(row + "\x1b[3;4H").endswith("\x1b[3;4H")


def test_rows_that_move_are_moved_by_the_terminal() -> None:
    """Up and down, with a bar and a mark at the edges that stay; rows beside others that are not drawn are not."""
    random.seed(3)
    terminal = Terminal()
    rows = [f"{number:>6} 10.0.0.{random.randrange(99):<12}" for number in range(40)]

    def draw(first: int) -> str:
        bar = ["|" if line == 1 + first % 5 else " " for line in range(6)]
        lines = (
            at(line + 1, 1, (">" if line == 2 else " ", "7"), (f"{rows[first + line]:<38}", "33"), (bar[line], "44"))
            for line in range(6)
        )
        return terminal.write("".join(lines))

    whole = len(draw(0))
    for first, order in ((2, "2M"), (3, "1M"), (1, "2L"), (0, "1L")):
        thin = draw(first)
        assert f"\x1b[{order}" in thin
        assert len(thin) < whole * 0.6
    assert "r\x1b[" not in draw(20)
    terminal.write(at(1, 1, *[(row, "") for row in rows[:1]]))
    assert shift_of({1: [None, ("a", "")]}, {1: [None, ("a", "")]}, 1) is None


def test_a_cursor_elsewhere_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times in a row, and not at the last column, where terminals differ; then everything is sent."""
    sent: list[str] = []
    monkeypatch.setattr(CountingDriver, "write", lambda _self, data: sent.append(data))
    driver = object.__new__(ThinDriver)
    driver.begin()
    driver._app = SimpleNamespace(size=SimpleNamespace(width=40))
    row = at(2, 1, ("text", "31"))
    driver.write(row)
    place = driver.cursor()
    assert place == (2, 5)
    assert not any(driver.check(place, *found) for found in ((2, 5), (2, 4), (1, 5), (2, 5), (2, 6), (2, 7)))
    assert not driver.check((2, 41), 2, 40)
    assert not any(driver.check(place, *found) for found in ((2, 6), (2, 7)))
    driver.write(row)
    assert len(sent) == 1
    assert driver.check(place, 2, 6)
    driver.forget()
    driver.write(row)
    driver.write(row)
    assert sent[1:] == [row, row]
    assert not driver.check(place, 9, 9)
