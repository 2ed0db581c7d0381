"""XMPP: domains, logins by SASL, and what is none."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from application_streams import CLIENT, SERVER, Inner, Told
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.track.application_protocols import speaks_xmpp
from netwatch.track.message_reader import KEPT
from netwatch.track.stream_reader import NO_MORE
from netwatch.track.xmpp_reader import XmppReader

OPEN = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='im.example' version='1.0'>"
PLAIN = b64encode(b"\0ann\0s3cret")
LOGIN = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + PLAIN + b"</auth>"


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(("answer", "outcome"), [(b"<success/>", "success"), (b"<failure><a/></failure>", "failure")])
def test_a_login(size, answer, outcome):
    parts = [(CLIENT, OPEN), (SERVER, OPEN), (CLIENT, LOGIN), (SERVER, answer)]
    told = Told(XmppReader, *[(who, data[at : at + size]) for who, data in parts for at in range(0, len(data), size)])
    assert told.logins == [("ann", sha256(b"s3cret").hexdigest()[:8], outcome, "PLAIN")]
    assert (told.application, told.line) == ("XMPP", "to im.example")


def test_what_follows_starttls_is_read_as_tls():
    inner = Inner()
    proceed = b"<stream:features/><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    parts = [(CLIENT, OPEN), (SERVER, OPEN), (CLIENT, b"<starttls/>"), (SERVER, proceed)]
    Told(XmppReader, *parts, (CLIENT, b"\x16\x03\x01hello"), (SERVER, b"\x16"), tls=lambda _stream: inner)
    assert inner.got == {CLIENT: b"\x16\x03\x01hello", SERVER: b"\x16"}


def test_it_is_told_by_content():
    assert speaks_xmpp(True, OPEN)
    assert not speaks_xmpp(True, b"<?xml version='1.0'?><html>")


def test_bytes_without_an_end_are_given_up():
    told = Told(XmppReader, (CLIENT, b"<" + b"a" * KEPT), close=False)
    assert told.reader.unwanted(CLIENT) == NO_MORE


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.binary() | st.sampled_from([OPEN, LOGIN, b"<proceed>", b"</auth>"]))))
def test_no_bytes_make_it_fail(parts):
    Told(XmppReader, *parts)
