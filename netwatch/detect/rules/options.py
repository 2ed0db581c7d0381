"""Options of a rule: what each word between the parentheses adds to it."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.buffers import MODIFIERS, OLD_NAMES, PROTOCOL_OF, UNKEPT
from netwatch.detect.rules.content import Content, content_bytes, number
from netwatch.detect.rules.expression import expression
from netwatch.detect.rules.numbers import comparison
from netwatch.detect.rules.problems import MalformedRule, UnsupportedRule
from netwatch.detect.rules.signature import FlagTest, HasData, Limit, Size
from netwatch.detect.rules.splitter import unquoted
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from netwatch.detect.rules.draft import Draft

LONGEST_MESSAGE: Final = 300
MOST_METADATA: Final = 64
LARGEST_NUMBER: Final = (1 << 32) - 1
TRANSFORMS: Final = frozenset(
    {
        "dotprefix",
        "to_lowercase",
        "to_uppercase",
        "strip_whitespace",
        "compress_whitespace",
        "to_md5",
        "to_sha1",
        "to_sha256",
    }
)
_FLAGS: Final[Mapping[str, int]] = MappingProxyType(
    {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128, "2": 64, "1": 128, "0": 0}
)
_FLAGS_FORM = re.compile(r"(?P<mode>[!*+]?)(?P<flags>[FSRPAUEC120]+)(?P<after>[!*+]?)(?:,(?P<ignored>[FSRPAUEC120]+))?")


def apply(draft: Draft, name: str, value: str) -> None:
    """Add an option to the draft.

    Raises:
        MalformedRule: its value is wrong.
        UnsupportedRule: netwatch cannot do it.
    """
    buffer = OLD_NAMES.get(name, name)
    if name in MODIFIERS and not value:
        _move(draft, MODIFIERS[name])
    elif buffer in PROTOCOL_OF:
        draft.current = draft.begin(buffer)
        draft.last = draft.last_group = None
    elif name in UNKEPT:
        raise UnsupportedRule(f"{name}: {UNKEPT[name]}")
    elif name in TRANSFORMS:
        if draft.group.tests:
            raise MalformedRule(f"{name} after a test")
        draft.group.transforms.append(name)
    elif name in _OPTIONS:
        _OPTIONS[name](draft, value)
    elif name not in _WITHOUT_EFFECT:
        raise UnsupportedRule(f"option {printable(name, 40)}")


def _move(draft: Draft, buffer: str) -> None:
    """Let the content before belong to another buffer; later ones do not."""
    content = draft.content()
    if draft.last_group is not draft.group:
        raise MalformedRule("a content in two buffers")
    tests = draft.group.tests
    del tests[next(at for at in reversed(range(len(tests))) if tests[at] is content)]
    draft.last_group = draft.begin(buffer, content)


def _content(draft: Draft, value: str) -> None:
    negated = value.startswith("!")
    text = value[1:].strip() if negated else value
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise MalformedRule("a content without quotation marks")
    draft.last, draft.last_group = Content(content_bytes(text[1:-1]), negated), draft.group
    draft.group.tests.append(draft.last)


def _nocase(draft: Draft, _value: str) -> None:
    draft.content().nocase = True


def _offset(draft: Draft, value: str) -> None:
    draft.content().offset = number(value)


def _depth(draft: Draft, value: str) -> None:
    draft.content().depth = number(value)


def _distance(draft: Draft, value: str) -> None:
    draft.content().distance = number(value, negative=True)


def _within(draft: Draft, value: str) -> None:
    draft.content().within = number(value)


def _startswith(draft: Draft, _value: str) -> None:
    content = draft.content()
    content.depth = len(content.data)


def _endswith(draft: Draft, _value: str) -> None:
    draft.content().at_end = True


def _fast_pattern(draft: Draft, value: str) -> None:
    if value and not re.fullmatch(r"only|\d+\s*,\s*\d+", value):
        raise MalformedRule("fast_pattern takes nothing, only, or two numbers")
    draft.content().fast = True


def _pcre(draft: Draft, value: str) -> None:
    test, buffer = expression(value)
    if buffer and buffer != draft.group.buffer:
        draft.begin(buffer, test)
    elif test.relative and draft.last_group is not None:
        draft.last_group.tests.append(test)
    else:
        draft.group.tests.append(test)


def _bsize(draft: Draft, value: str) -> None:
    draft.group.tests.append(Size(comparison(value)))


def _urilen(draft: Draft, value: str) -> None:
    size, _, kind = value.partition(",")
    buffer = "http.uri.raw" if kind.strip() == "raw" else "http.uri"
    draft.begin(buffer, Size(comparison(size)))


def _isdataat(draft: Draft, value: str) -> None:
    size, _, words = value.lstrip("!").partition(",")
    if not size.strip().isdigit() or set(words.replace(" ", "").split(",")) - {"", "relative", "rawbytes"}:
        raise UnsupportedRule("isdataat with a variable")
    relative = "relative" in words
    group = draft.last_group if relative and draft.last_group is not None else draft.group
    group.tests.append(HasData(number(size), value.startswith("!"), relative))


def _flow(draft: Draft, value: str) -> None:
    for word in (each.strip().lower() for each in value.split(",")):
        match word:
            case "established":
                draft.established = True
            case "not_established":
                draft.established = False
            case "to_server" | "from_client":
                draft.to_server = True
            case "to_client" | "from_server":
                draft.to_server = False
            case "stateless" | "only_stream" | "no_stream" | "no_frag":
                pass
            case "only_frag":
                raise UnsupportedRule("flow only_frag")
            case _:
                raise MalformedRule(f"unknown flow {printable(word, 20)}")


def _tcp_flags(draft: Draft, value: str) -> None:
    found = _FLAGS_FORM.fullmatch(value.replace(" ", ""))
    if found is None:
        raise MalformedRule("unknown TCP flags")
    flags, ignored = (sum({_FLAGS[letter] for letter in found[name] or ""}) for name in ("flags", "ignored"))
    draft.flags = FlagTest(flags, found["mode"] or found["after"], ignored)


def _packet(name: str) -> Callable[[Draft, str], None]:
    def add(draft: Draft, value: str) -> None:
        inclusive = name in ("itype", "icode")
        draft.packet.append(
            (name, comparison(_PROTOCOL_NUMBERS.get(value.strip().lower(), value), inclusive=inclusive))
        )

    return add


def _threshold(draft: Draft, value: str) -> None:
    draft.limit = _limit(value, needs_kind=True)


def _detection_filter(draft: Draft, value: str) -> None:
    draft.filter = _limit(value, needs_kind=False)


def _limit(value: str, *, needs_kind: bool) -> Limit:
    words = dict(part.strip().split(None, 1) for part in value.split(",") if len(part.split(None, 1)) == 2)
    kind = words.get("type", "").strip() if needs_kind else "detection_filter"
    track = words.get("track", "").strip()
    if kind == "backoff":
        raise UnsupportedRule("threshold of type backoff")
    if kind not in ("limit", "threshold", "both", "detection_filter"):
        raise MalformedRule("unknown type of threshold")
    if track == "by_flow":
        raise UnsupportedRule("threshold by flow")
    if track not in ("by_src", "by_dst", "by_both", "by_rule"):
        raise MalformedRule("unknown track of a threshold")
    return Limit(kind, track, max(_integer(words.get("count", "")), 1), max(_integer(words.get("seconds", "")), 1))


def _integer(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > LARGEST_NUMBER:
        raise MalformedRule(f"{printable(text, 20)} is no number")
    return int(text)


def _message(draft: Draft, value: str) -> None:
    draft.message = printable(unquoted(value), LONGEST_MESSAGE)


def _sid(draft: Draft, value: str) -> None:
    draft.number = _integer(value)


def _gid(draft: Draft, value: str) -> None:
    draft.generator = _integer(value)


def _rev(draft: Draft, value: str) -> None:
    draft.revision = _integer(value)


def _classtype(draft: Draft, value: str) -> None:
    draft.classtype = printable(unquoted(value), 60)


def _priority(draft: Draft, value: str) -> None:
    draft.priority = min(max(_integer(value), 1), 4)


def _reference(draft: Draft, value: str) -> None:
    draft.references.append(printable(value, 300))


def _metadata(draft: Draft, value: str) -> None:
    for part in value.split(",")[:MOST_METADATA]:
        name, _, text = part.strip().partition(" ")
        if name:
            draft.metadata.append((printable(name, 60), printable(text.strip(), 200)))


_PROTOCOL_NUMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "icmp": "1",
        "igmp": "2",
        "tcp": "6",
        "udp": "17",
        "gre": "47",
        "esp": "50",
        "ah": "51",
        "icmp6": "58",
        "sctp": "132",
    }
)
_OPTIONS: Final[Mapping[str, Callable[[Draft, str], None]]] = MappingProxyType(
    {
        "msg": _message, "sid": _sid, "gid": _gid, "rev": _rev, "classtype": _classtype, "priority": _priority,
        "reference": _reference, "metadata": _metadata, "content": _content, "nocase": _nocase, "offset": _offset,
        "depth": _depth, "distance": _distance, "within": _within, "startswith": _startswith, "endswith": _endswith,
        "fast_pattern": _fast_pattern, "pcre": _pcre, "bsize": _bsize, "urilen": _urilen, "isdataat": _isdataat,
        "flow": _flow, "flags": _tcp_flags, "tcp.flags": _tcp_flags, "threshold": _threshold,
        "detection_filter": _detection_filter,
        **{name: _packet(name) for name in ("dsize", "itype", "icode", "ttl", "ip_proto", "window")},
    }
)  # fmt: skip
_WITHOUT_EFFECT: Final = frozenset({"rawbytes", "target", "prefilter"})
"""They tell how to search or to show, not what is looked for."""
