"""What the process of `--with-lab` takes and refuses."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from netwatch.errors import NetwatchError
from netwatch.lab.attendant import LOOKS, MOST_ASKED, Attendant
from netwatch.tables.enrichment import Look
from netwatch.verbs.lab_attendant import LabAttendant


class Watch:
    """A clock that stands."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def question(**words: Any) -> bytes:
    """Return a question, `words` in place of what a right one has."""
    return json.dumps({"host": "192.0.2.1", "interface": "", **words}).encode()


QUESTIONS = {
    "nothing": b"",
    "text": b"look",
    "number": b"7",
    "deep": b"[" * 400,
    "no-host": b"{}",
    "more": question(path="/etc/passwd"),
    "name": question(host="www.example"),
    "network": question(host="192.0.2.0/24"),
    "list": question(host=["192.0.2.1"]),
    "interface": question(interface=7),
    "long": question(interface="x" * MOST_ASKED),
    "bytes": b"\xff\xfe",
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_wrong_question_is_refused_and_nothing_is_sent(name: str) -> None:
    asked: list[tuple[str, str]] = []
    attendant = Attendant(Look(), lambda *words: asked.append(words) or {})
    answer = attendant.answer(QUESTIONS[name])
    assert "\n" not in answer["error"]
    assert asked == []


def test_there_are_so_many_looks_a_minute_and_no_more() -> None:
    watch = Watch()
    attendant = Attendant(Look(), lambda host, interface: {"found": {"host": host + interface}}, watch)
    for _ in range(LOOKS):
        assert attendant.answer(question())["found"] == {"host": "192.0.2.1"}
    watch.now += 59
    assert "looks a minute" in attendant.answer(question())["error"]
    watch.now += 1
    assert "found" in attendant.answer(question())


def test_what_breaks_is_an_answer_too() -> None:
    def broken(host: str, interface: str) -> dict[str, Any]:
        raise ValueError(f"\x1b[2J{host}{interface}")

    answer = Attendant(Look(), broken).answer(question())
    assert answer["error"].startswith("internal error")
    assert "\x1b" not in answer["error"]


ANSWERS = {
    "end": (b"", "has ended"),
    "nonsense": (b"{", "makes no sense"),
    "list": (b"[]", "makes no sense"),
    "empty": (b"{}", "no answer"),
    "error": (b'{"error": "no\\u001b[2Jthing", "hint": 5}', r"no\x1b[2Jthing. 5"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_makes_no_sense_is_one_line(name: str) -> None:
    data, said = ANSWERS[name]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    attendant = LabAttendant(ours, 0)
    if data:
        theirs.send(data)
    else:
        theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(NetwatchError) as error:
        attendant.look("192.0.2.1")
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    attendant.close()
    theirs.close()


def test_answers_are_shown_printable() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.send(json.dumps({"found": {"name": "x"}, "told": [["name", "a\x1bb"], ["arp", None]]}).encode())
    attendant = LabAttendant(ours, 0)
    looked = attendant.look("192.0.2.1", "lo")
    assert json.loads(theirs.recv(MOST_ASKED)) == {"host": "192.0.2.1", "interface": "lo"}
    assert (looked.found, looked.told) == ({"name": "x"}, (("name", r"a\x1bb"), ("arp", "-")))
    attendant.close()
    theirs.close()
