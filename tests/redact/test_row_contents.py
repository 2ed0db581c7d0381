"""Own columns while addresses and names are replaced: nothing that a packet carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.filter.fields import FIELDS
from netwatch.redact.redacting import RedactingEngine
from netwatch.view.row_contents import LEFT_OUT, WORDS
from tests.scenes import CLIENT, SERVER, SceneSource, frames_of, tcp, wait_for

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames

OWN = ("ip.src", "tcp.dstport", "tcp.payload", "ftp.request.command", "ftp.request.arg")


def _packets() -> Frames:
    return frames_of([tcp(CLIENT, SERVER, 40000, 21, 0x18, 1, 1, b"PASS hunter2\r\n")])


def test_every_name_is_one_of_a_field() -> None:
    """A field that got another name would be shown again."""
    assert set(FIELDS) >= WORDS


def test_what_a_packet_carries_is_left_out() -> None:
    """Bytes and passwords are not in any cell, whoever asks for them; without replacing they are."""
    engine = RedactingEngine(buffer_bytes=1 << 20)
    engine.start(SceneSource([_packets()]))
    try:
        wait_for(lambda: engine.snapshot().history.last == 1)
        plain = engine.facts([1], OWN, ())[1].cells
        assert plain[1:2] + plain[3:] == ("21", "PASS", "hunter2")
        engine.redact(on=True)
        asked = engine.facts_asked([1], OWN, (), names=False).result(60)[1].cells
        for cells in (engine.facts([1], OWN, ())[1].cells, engine.facts_now([1], OWN)[1].cells, asked):
            assert cells[0] not in ("", CLIENT)
            assert cells[1:] == ("21", LEFT_OUT, "PASS", LEFT_OUT)
    finally:
        engine.close()
