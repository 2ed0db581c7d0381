"""Text for terminals that do not take UTF-8."""

from __future__ import annotations

from rich.cells import cell_len

from netwatch.tui.charset import as_ascii, takes_utf8


def test_the_locale_decides() -> None:
    """The first variable that is set and not empty, as in locale(7)."""
    assert takes_utf8({})
    assert takes_utf8({"LC_ALL": "", "LANG": "de_DE.utf8"})
    assert not takes_utf8({"LANG": "C"})
    assert not takes_utf8({"LC_ALL": "POSIX", "LANG": "C.UTF-8"})
    assert not takes_utf8({"LC_CTYPE": "de_DE.ISO-8859-1", "LANG": "C.UTF-8"})


def test_ascii_is_as_wide_as_what_it_stands_for() -> None:
    """So that columns stay where they are."""
    text = "\x1b[1;1Ha\u2026 \u25be\u2502\u2588 \u6f22\u5b57 \u28ff \u00e9"
    assert as_ascii(text) == "\x1b[1;1Ha. v|# ???? ? ?"
    assert cell_len(as_ascii(text[6:])) == cell_len(text[6:])
