"""What detectors of web attacks share: the findings in a request, looked for once, and the ends of it."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from netwatch.detect.web.attacks import Finding, find_attacks
from netwatch.detect.web.framing import framing_signs
from netwatch.detect.web.values import request_values
from netwatch.text import printable_bytes
from netwatch.track.http_secrets import masked
from netwatch.track.http_transaction import HttpRequest, HttpTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

T = TypeVar("T")

MOST_A_SLICE: Final = 1000
"""Requests of one slice of time that are looked into: 4,000 a second."""
REMEMBERED: Final = 1024
"""Requests whose findings are remembered; one takes 13 kB at most, mostly less than one."""
MOST_FIELDS: Final = 64
LONGEST_SHOWN: Final = 200
LEAKS: Final = (b"root:x:0:0:", b"[boot loader]", b"uid=0(root)", b"; for 16-bit app support")
"""In what a server says when an attack worked: files and answers that attackers ask for first."""
_MASKED: Final = "****"


def attacks_in(request: HttpRequest) -> tuple[Finding, ...]:
    """Return what the values of a request hold."""
    return _attacks_in(request.uri, request.head, request.body, request.content_type)


@lru_cache(REMEMBERED)
def _attacks_in(uri: bytes, head: bytes, body: bytes, content_type: str) -> tuple[Finding, ...]:
    """Do so for all requests with the same text: programs send the same one over and over."""
    fields = tuple((name, value) for name, value in header_fields(head) if value != _MASKED)
    text = body.decode("utf-8", "replace")
    values = request_values(uri.decode("utf-8", "replace"), fields, text, content_type)
    return (*find_attacks(values), *framing_signs(head))


def header_fields(head: bytes) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of the fields of a head, at most MOST_FIELDS."""
    for line in head.split(b"\n")[1 : MOST_FIELDS + 1]:
        name, colon, value = line.partition(b":")
        if colon:
            yield name.decode("latin-1").strip(), value.decode("utf-8", "replace").strip()


def shown(request: HttpRequest, finding: Finding) -> str:
    """Return the value of a finding, printable, secrets left out."""
    name = finding.value.name
    text = f"{name}={finding.value.text}" if name else finding.value.text
    clean = masked(b"?" + text.encode("utf-8", "replace"))[1:] if name else masked(text.encode("utf-8", "replace"))
    return printable_bytes(clean[: 2 * LONGEST_SHOWN], LONGEST_SHOWN) if request.uri or request.body else ""


def target_of(request: HttpRequest) -> str:
    """Return method and target of a request, printable, secrets left out."""
    return f"{request.method} {printable_bytes(masked(request.uri), LONGEST_SHOWN)}"


def leaked(transaction: HttpTransaction) -> str:
    """Return what the body of a response gives away, empty for nothing."""
    return next((leak.decode("ascii") for leak in LEAKS if leak in transaction.body), "")


class HttpBudget:
    """Bounds how many requests one detector looks into."""

    def __init__(self) -> None:
        self.skipped = 0
        self.most: int | None = MOST_A_SLICE
        """Of a slice; None for all."""

    def requests(self, seen: Observation) -> list[HttpRequest]:
        """Return the requests of a slice."""
        return self._some(seen.of(HttpRequest))

    def transactions(self, seen: Observation) -> list[HttpTransaction]:
        """Return the transactions of a slice."""
        return self._some(seen.of(HttpTransaction))

    def _some(self, found: tuple[T, ...]) -> list[T]:
        some = list(found[: self.most])
        self.skipped += len(found) - len(some)
        return some


class ToldRequests:
    """Requests that were told, so that their responses can be recognised; the newest few."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._held: OrderedDict[tuple[int, int], None] = OrderedDict()

    def add(self, request: HttpRequest) -> None:
        """Remember a request."""
        self._held[request.stream.serial, request.moment.number] = None
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def __contains__(self, request: object) -> bool:
        if not isinstance(request, HttpRequest):
            return False
        return (request.stream.serial, request.moment.number) in self._held
