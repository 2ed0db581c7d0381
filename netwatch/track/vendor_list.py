"""VendorList: the lines of a list of makers, found by their prefixes without an object for every one of them."""

from __future__ import annotations

from typing import Final

import numpy as np

PREFIX_WIDTH: Final = 17
"""Columns that the longest prefix takes in a line."""
_LINE_END: Final = ord("\n")
_TAB: Final = ord("\t")
_SPACE: Final = ord(" ")


class VendorList:
    """Wireshark's `manuf`: lines with a prefix, a short name and mostly a long one, with tabs between them.

    A dictionary of the 50,000 lines takes 20 MiB; the text, where its lines begin and their order take 4.
    """

    def __init__(self, text: str) -> None:
        """Take a text whose lines may have any order; of two with the same prefix the later one counts."""
        self._text = text.encode("utf-8", "replace")
        data = np.frombuffer(self._text + b"\n" * PREFIX_WIDTH, np.uint8)
        begins = np.concatenate(([0], np.flatnonzero(data[: len(self._text)] == _LINE_END) + 1))
        letters = np.empty((len(begins), PREFIX_WIDTH), np.uint8)
        there = np.ones(len(begins), np.bool_)
        for column in range(PREFIX_WIDTH):
            letter = data.take(begins + column)
            there &= (letter != _TAB) & (letter != _SPACE) & (letter != _LINE_END)
            letters[:, column] = letter * there
        prefixes = letters.view(f"S{PREFIX_WIDTH}")[:, 0]
        order = np.argsort(prefixes, kind="stable")
        self._prefixes = prefixes[order]
        """Ascending."""
        self._begins = begins[order].astype(np.uint32)
        """Where the line of each begins in the text."""

    def line(self, prefix: str) -> str | None:
        """Return the line that begins with exactly this prefix, None for none."""
        wanted = prefix.encode()
        at = int(np.searchsorted(self._prefixes, np.bytes_(wanted), "right")) - 1
        if at < 0 or self._prefixes[at] != wanted:
            return None
        begin = int(self._begins[at])
        end = self._text.find(b"\n", begin)
        return self._text[begin : len(self._text) if end < 0 else end].decode("utf-8", "replace")
