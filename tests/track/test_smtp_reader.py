"""Envelopes of mail: what is told of them, and that nothing of the messages is."""

from __future__ import annotations

import pytest
from application_streams import CLIENT, SERVER, Told, by_turns

from netwatch.track.application_events import SmtpMessage
from netwatch.track.smtp_reader import MOST_RECIPIENTS, SmtpReader

MAIL = (
    "< 220 mx ESMTP", "> EHLO client.example", "< 250 ok", "> MAIL FROM:<a@x.example> SIZE=9",
    "> rcpt to: <b@y.example>",
    "> RCPT TO:c@y.example", "> DATA", "< 354 go",
)  # fmt: skip
BODY = b"MAIL FROM:<forged@x.example>\r\nRCPT TO:<d@y.example>\r\nDATA\r\n..\r\n.\r\n"


def told(*parts, size=0):
    """Envelopes in a conversation, in packets of `size` bytes."""
    if size:
        parts = [(who, data[at : at + size]) for who, data in parts for at in range(0, len(data), size)]
    events = Told(SmtpReader, *parts).events
    return [(each.helo, each.sender, each.recipients) for each in events if isinstance(each, SmtpMessage)]


FIRST = ("client.example", "<a@x.example>", ("<b@y.example>", "c@y.example"))


@pytest.mark.parametrize("size", [0, 1, 3, 7])
def test_each_message_of_a_connection(size):
    again = by_turns("< 250 ok", "> MAIL FROM:<>", "> RCPT TO:<e@y.example>", "> DATA", "< 354 go")
    found = told(*by_turns(*MAIL), (CLIENT, BODY), *again, (CLIENT, BODY), (CLIENT, b".\r\n"), size=size)
    assert found == [FIRST, ("client.example", "<>", ("<e@y.example>",))]


def test_an_empty_message_and_commands_behind_it_in_one_packet():
    more = b".\r\nMAIL FROM:<f@x.example>\r\nRCPT TO:<g@y.example>\r\nDATA\r\n"
    assert told(*by_turns(*MAIL), (CLIENT, more))[1:] == [("client.example", "<f@x.example>", ("<g@y.example>",))]


def test_a_message_in_one_packet_with_its_command():
    head, tail = b"".join(data for who, data in by_turns(*MAIL) if who), b"QUIT\r\n"
    assert told((SERVER, b"220 mx ESMTP\r\n"), (CLIENT, head + BODY + tail)) == [FIRST]


def test_chunks_are_passed_over():
    chunk = b"BDAT %d LAST\r\n" % len(BODY) + BODY + b"MAIL FROM:<f@x.example>\r\nRCPT TO:<g@y.example>\r\nDATA\r\n"
    assert [each[1] for each in told(*by_turns(*MAIL[:-2]), (CLIENT, chunk))] == ["<a@x.example>", "<f@x.example>"]


def test_a_refused_message_and_what_was_begun_anew():
    more = by_turns("< 554 no", "> RSET", "> MAIL FROM:<f@x.example>", "> RCPT TO:<g@y.example>", "> DATA")
    assert len(told(*by_turns(*MAIL[:-1]), *more)) == 2
    assert told(*by_turns("< 220 mx ESMTP", "> RCPT TO:<b>", "> DATA")) == []


def test_recipients_are_bounded_and_printable():
    lines = ["> MAIL FROM:<\x1b[2J>", *["> RCPT TO:<b>"] * 100, "> DATA"]
    (found,) = told(*by_turns("< 220 mx ESMTP", *lines))
    assert len(found[2]) == MOST_RECIPIENTS
    assert found[1].isprintable()
