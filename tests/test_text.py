"""Text from outside: whatever comes in, what goes out can be drawn, has a width, and is bounded."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from netwatch.text import MAX_LENGTH, printable, printable_bytes
from tests.work import lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eth0", "eth0"),
        ("", ""),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("line\nline\r\ttab", r"line\x0aline\x0d\x09tab"),
        ("\x7f\x9b31m", r"\x7f\x9b31m"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("pay\u200bpal", r"pay\u200bpal"),
        ("\ufeffx\u2028y", r"\ufeffx\u2028y"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("e\u0301", "é"),
        ("\u0301", r"\u0301"),
        ("\u3164\u1160\uffa0", r"\u3164\u1160\uffa0"),
        ("\u1112\u1161\u11ab", "한"),
        ("[red]markup[/x]", "[red]markup[/x]"),
        (r"C:\x1b", r"C:\x1b"),
        ("日本 ü ж", "日本 ü ж"),
    ],
)
def test_what_cannot_be_drawn_becomes_visible(text: str, shown: str) -> None:
    """Control, bidi, zero-width and combining characters are escapes; everything else stays."""
    assert printable(text) == shown


def test_every_character_takes_room_or_is_escaped() -> None:
    """No code point is invisible, moves the cursor, or joins its neighbour: what a terminal draws is what it counts."""
    for first in range(0, 0x110000, 0x400):
        shown = printable("".join(map(chr, range(first, first + 0x400))))
        assert shown.isprintable()
        assert [character for character in set(shown) if cell_len(character) == 0] == []


@given(st.text(st.characters(), max_size=60))
def test_any_text_comes_out_printable(text: str) -> None:
    """Nothing composes behind the gate, and passing it twice changes nothing."""
    shown = printable(text)
    assert shown.isprintable()
    assert not any(unicodedata.category(character)[0] in "MC" for character in shown)
    assert printable(shown) == shown


@given(st.binary(max_size=60))
def test_any_bytes_come_out_printable(data: bytes) -> None:
    """Bytes that are no UTF-8 are escapes; those that are, are the text."""
    shown = printable_bytes(data)
    assert shown.isprintable()
    if data.isascii():
        assert shown == printable(data.decode())


def test_length_is_bounded() -> None:
    """Long text ends in an ellipsis; a flood of controls takes at most ten characters each."""
    assert printable("x" * MAX_LENGTH) == "x" * MAX_LENGTH
    assert printable("x" * 5000) == "x" * (MAX_LENGTH - 3) + "..."
    assert printable("abcdefgh", 5) == "ab..."
    assert len(printable("\U000e0041" * 5000)) <= 10 * MAX_LENGTH
    assert printable_bytes(b"\xff" * 5000, 10).endswith("...")
    assert len(printable_bytes(b"\xff" * 10**6, 10)) <= 40


def test_what_repeats_is_worked_out_once() -> None:
    """Thousands of names of nothing but escapes, as of the interfaces in a file, took milliseconds each."""
    hostile = "\x1b[2J\u202e" * 200
    printable(hostile)
    assert lines(lambda: printable(hostile)) < 20


def test_bytes_that_are_no_utf8() -> None:
    """Each is shown by its value."""
    assert printable_bytes(b"caf\xe9 \xc3\xa9\x00") == r"caf\xe9 é\x00"
