"""XmppReader: XMPP (RFC 6120) up to the end of the login, or to the TLS that both ends agree on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome
from netwatch.track.message_reader import BROKEN, KEPT, MessageReader
from netwatch.track.sasl import SaslLogin

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

LONGEST_DOMAIN: Final = 120
_TAG: Final = re.compile(rb"\s*([^<]{0,4096})<(/?[^\s/>]{1,64})")
_ATTRIBUTE: Final = r"\s%s=[\"']([^\"']{1,256})"
_TO: Final = re.compile((_ATTRIBUTE % "to").encode())
_MECHANISM: Final = re.compile((_ATTRIBUTE % "mechanism").encode())
_SAID: Final = (b"/auth", b"/response")
"""Ends of elements whose text is what a client says by SASL."""


class XmppReader(MessageReader):
    """Takes what ends with a tag for a message: the text in front of it, and the tag itself."""

    protocol = "XMPP"

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        super().__init__(stream, facts, tls)
        self._sasl: SaslLogin | None = None

    def size(self, from_client: bool, data: bytes) -> int:
        """Return where the first tag ends."""
        del from_client
        end = data.find(b">") + 1
        return end if end or len(data) < KEPT else BROKEN

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read a tag and what is in front of it."""
        found = _TAG.match(data)
        if found is None:
            return
        text, name = found[1], found[2].lower()
        if from_client:
            self._of_client(name, text, data, moment)
        elif name == b"proceed":
            self.hand_over()
        elif name == b"success":
            self.end_login(Outcome.SUCCESS, moment)
            self.finish()
        elif name == b"failure":
            self._sasl = None
            self.end_login(Outcome.FAILURE, moment)

    def _of_client(self, name: bytes, text: bytes, data: bytes, moment: Moment) -> None:
        if name == b"stream:stream" and (to := _TO.search(data)) is not None:
            self.facts.describe(self.stream.serial, f"to {printable_bytes(to[1], LONGEST_DOMAIN)}")
        elif name == b"auth":
            mechanism = _MECHANISM.search(data)
            self._sasl = SaslLogin(mechanism[1].decode("ascii", "replace") if mechanism else "")
        elif name in _SAID and self._sasl is not None and text:
            known = self._sasl.answer(text)
            if known is not None:
                self.begin_login(known.user, known.secret, self._sasl.mechanism, moment)
                self._sasl = None
