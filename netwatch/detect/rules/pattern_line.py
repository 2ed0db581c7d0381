"""Plain patterns, one a line, as rules: what a client sends is searched for each, whatever its case.

    text          in what a client sends over TCP, in the target and in the body of a web request
    uri:text      only in the target of a web request
    resp:text     in what a server sends over TCP
    hex:41 42     bytes
    re:a+b        a regular expression

`uri:` and `resp:` may stand in front of `hex:` and `re:`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

from netwatch.detect.rules.buffers import PAYLOAD
from netwatch.detect.rules.content import LONGEST_CONTENT, Content
from netwatch.detect.rules.expression import expression
from netwatch.detect.rules.problems import MalformedRule
from netwatch.detect.rules.ranges import ANY
from netwatch.detect.rules.signature import BufferTests, Limit, Signature
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.rules.signature import Test

GENERATORS: Final = {PAYLOAD: 1001, "http.uri": 1002, "http.request_body": 1003}
"""The `gid` of the rules that one line makes; its `sid` is made of its text, so that it stays when lines move."""
SHORTEST: Final = 3
"""Bytes of a pattern; a shorter one is in nearly everything."""
ONCE_IN: Final = 300
"""Seconds in which one source makes one alert of a pattern."""
PRIORITY: Final = 2


def pattern_signature(line: str, origin: str = "") -> Iterator[Signature]:
    """Yield the rules that one line stands for.

    Raises:
        MalformedRule: the pattern is too short or too long, or it is not hexadecimal.
        UnsupportedRule: the expression is one that Python cannot search for.
    """
    place, text = "", line
    for name in ("uri:", "resp:"):
        if text.startswith(name):
            place, text = name, text[len(name) :].strip()
            break
    test = _test(text)
    buffers = {"uri:": ("http.uri",), "resp:": (PAYLOAD,)}.get(place, tuple(GENERATORS))
    for buffer in buffers:
        yield _signature(line, origin, buffer, test, to_server=place != "resp:")


def _test(text: str) -> Test:
    if text.startswith("re:"):
        # A slash ends no expression here, as nothing but the end of the line does
        return expression(f"/{text[3:].strip()}/i")[0]
    if text.startswith("hex:"):
        digits = "".join(text[4:].split())
        try:
            data = bytes.fromhex(digits)
        except ValueError:
            raise MalformedRule("hex: without hexadecimal digits") from None
        content = Content(data)
    else:
        content = Content(text.encode("utf-8", "surrogateescape").lower(), nocase=True)
    if not SHORTEST <= len(content.data) <= LONGEST_CONTENT:
        raise MalformedRule(f"a pattern has {SHORTEST} to {LONGEST_CONTENT} bytes")
    return content


def _signature(line: str, origin: str, buffer: str, test: Test, *, to_server: bool) -> Signature:
    return Signature(
        number=crc32(line.encode("utf-8", "surrogateescape")),
        generator=GENERATORS[buffer],
        revision=0,
        message=f"pattern {printable(line, 100)}",
        text=printable(line, LONGEST_CONTENT),
        origin=printable(origin, 300),
        protocol="tcp" if buffer == PAYLOAD else "http",
        source=ANY,
        source_port=ANY,
        destination=ANY,
        destination_port=ANY,
        both_ways=False,
        classtype="string-detect",
        priority=PRIORITY,
        references=(),
        metadata=(),
        established=None,
        to_server=to_server,
        buffers=(BufferTests(buffer, (), (test,)),),
        packet=(),
        flags=None,
        limit=Limit("limit", "by_src", 1, ONCE_IN),
        filter=None,
    )
