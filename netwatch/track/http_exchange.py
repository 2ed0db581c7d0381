"""One HTTP exchange while it is read: what was asked, what is being answered, and the records that come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Login, Outcome
from netwatch.track.http_head import CHUNKED
from netwatch.track.http_secrets import credentials, form_credentials, masked
from netwatch.track.http_transaction import KEPT_HEAD, UNKNOWN, HttpRequest

if TYPE_CHECKING:
    from netwatch.track.http_head import Fields, RequestLine
    from netwatch.track.http_secrets import Credentials
    from netwatch.track.stream_reader import Moment, Stream

LONGEST_TEXT: Final = 512
"""Characters that are kept of a header field."""
REFUSED: Final = (401, 403, 407)
FORM: Final = b"application/x-www-form-urlencoded"


@dataclass(slots=True)
class Asked:
    """A request that waits for its response."""

    handle: int
    request: HttpRequest
    credentials: Credentials | None
    last: Moment
    """The last packet of it."""


@dataclass(slots=True)
class Begun:
    """A request whose content is awaited."""

    line: RequestLine
    fields: Fields
    length: int
    moment: Moment


@dataclass(slots=True)
class Answer:
    """A response whose content is awaited."""

    asked: Asked | None
    status: int
    latency_ns: int
    content_type: str
    length: int
    began: Moment
    answered: Moment
    handle: int = -1


def http_request(stream: Stream, from_initiator: bool, begun: Begun, body: bytes, moment: Moment) -> HttpRequest:
    """Return the record of a request whose content is known as far as it is wanted."""
    line, values = begun.line, begun.fields.values
    return HttpRequest(
        stream=stream,
        from_initiator=from_initiator,
        moment=moment,
        asked=begun.moment,
        method=line.method,
        uri=line.target,
        version=line.version,
        host=shown(values.get(b"host") or _authority(line)),
        user_agent=shown(values.get(b"user-agent", b"")),
        referer=shown(masked(values[b"referer"])) if b"referer" in values else "",
        content_type=shown(values.get(b"content-type", b"")),
        content_length=UNKNOWN if begun.length == CHUNKED else begun.length,
        head=begun.fields.head[:KEPT_HEAD],
        body=body,
    )


def _authority(line: RequestLine) -> bytes:
    """Return the host and port of a target in absolute or authority form (RFC 9112 section 3.2)."""
    if line.method == "CONNECT":
        return line.target
    scheme, separator, rest = line.target.partition(b"://")
    if not separator or not scheme.isalnum():
        return b""
    return rest.split(b"/", 1)[0].split(b"?", 1)[0].rpartition(b"@")[2]


def given_credentials(begun: Begun, body: bytes) -> Credentials | None:
    """Return who logs in by a request, None for nobody."""
    values = begun.fields.values
    field = values.get(b"authorization") or values.get(b"proxy-authorization")
    if field is not None:
        return credentials(field)
    if body and values.get(b"content-type", b"").lower().startswith(FORM):
        return form_credentials(body)
    return None


def http_login(asked: Asked, given: Credentials, status: int, moment: Moment) -> Login:
    """Return what became of a login that a request tried."""
    outcome = Outcome.UNKNOWN
    if status in REFUSED:
        outcome = Outcome.FAILURE
    elif given.method != "form" and 200 <= status < 400:
        outcome = Outcome.SUCCESS
    request = asked.request
    return Login(request.stream, moment, request.asked, "HTTP", given.user, given.secret, outcome, given.method)


def shown(value: bytes) -> str:
    """Return a header field as text, at most LONGEST_TEXT characters."""
    return printable_bytes(value, LONGEST_TEXT) if value else ""
