"""Takes the layers off a value of a request, the way an application and its attacker see it."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Final

LONGEST: Final = 4096
"""Characters of a value that are looked at."""
SHORT: Final = 256
"""Characters of a value that may be remembered with what it becomes."""
REMEMBERED: Final = 4096
PERCENT_ROUNDS: Final = 2
"""Times that percent signs are decoded: servers do it once, and a second time where a proxy stands in front."""

_UNICODE = re.compile(r"%u([0-9a-fA-F]{4})")
_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
_COMMENT = re.compile(r"/\*(?!!).{0,512}?\*/", re.DOTALL)
_CONDITIONAL = re.compile(r"/\*!\d{0,6}|\*/")
"""Comments whose text MySQL executes."""
_SPACE = re.compile(r"[\x00\s]+")
_OVERLONG = ((b"\xc0\xae", b"."), (b"\xc0\xaf", b"/"), (b"\xc1\x9c", b"\\"))
"""Forms of UTF-8 that RFC 3629 section 3 forbids, and careless decoders accept."""


def decoded(value: str, *, form: bool = True) -> str:
    """Return `value` in lower case with percent signs, `%u`, HTML entities and SQL comments decoded.

    White space and NUL become one blank; in a `form` (a query, a body) a plus sign is a blank too.
    """
    return _decoded_again(value, form=form) if len(value) <= SHORT else _decoded(value[:LONGEST], form=form)


def _decoded(value: str, *, form: bool) -> str:
    if form:
        value = value.replace("+", " ")
    for _ in range(PERCENT_ROUNDS):
        if "%" not in value:
            break
        value = _percent(value)
    if "&" in value:
        value = unescape(value)
    if "/*" in value:
        value = _CONDITIONAL.sub(" ", _COMMENT.sub(" ", value))
    return _SPACE.sub(" ", value).lower()


_decoded_again = lru_cache(REMEMBERED)(_decoded)
"""Programs send the same values with every request."""


def _percent(value: str) -> str:
    value = _UNICODE.sub(lambda match: chr(int(match[1], 16)), value)
    data = value.encode("utf-8", "surrogatepass")
    data = _PERCENT.sub(lambda match: bytes((int(match[1], 16),)), data)
    for forbidden, meant in _OVERLONG:
        data = data.replace(forbidden, meant)
    return data.decode("utf-8", "replace")
