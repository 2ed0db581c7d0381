"""Who logs in over HTTP, without a password that is kept."""

from __future__ import annotations

import gzip
from base64 import b64encode
from hashlib import sha256

import pytest
from http_streams import CLIENT, SERVER, heard, request, response

from netwatch.track.application_events import Outcome

SECRET = "c0rrect-h0rse"

DIGEST = sha256(SECRET.encode()).hexdigest()[:8]

BASIC = b64encode(f"alice:{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    ("fields", "body", "login"),
    [
        ([f"Authorization: Basic {BASIC}"], "", ("Basic", "alice", DIGEST)),
        ([f"Proxy-Authorization: basic {BASIC}"], "", ("Basic", "alice", DIGEST)),
        ([f"Authorization: Bearer {SECRET}"], "", ("Bearer", "", DIGEST)),
        ([f'Authorization: Digest username="bob", response="{SECRET}"'], "", ("Digest", "bob", "")),
        (
            ["Content-Type: application/x-www-form-urlencoded"],
            f"user=al%20ice&password={SECRET}&x=y",
            ("form", "al ice", DIGEST),
        ),
    ],
)
def test_credentials(fields, body, login):
    asked = request("POST", "/login", *fields, f"Content-Length: {len(body)}", body=body.encode())
    sink = heard((CLIENT, asked), (SERVER, response(401)))
    (found,) = sink.logins
    assert (found.method, found.user, found.secret) == login
    assert found.outcome is Outcome.FAILURE
    assert SECRET not in repr(found)
    assert BASIC not in repr(found)
    head = sink.requests[0].head
    assert SECRET.encode() not in head
    assert BASIC.encode() not in head


def test_cookies_and_keys_are_not_kept():
    fields = [f"Cookie: session={SECRET}", f"X-Api-Key: {SECRET}", "Authorization:", f" Basic {BASIC}"]
    head = heard((CLIENT, request("GET", "/", *fields, "X-Other: 1"))).requests[0].head
    assert SECRET.encode() not in head
    assert BASIC.encode() not in head
    assert b"X-Other: 1" in head


def test_a_login_that_worked():
    asked = request("GET", "/", f"Authorization: Basic {BASIC}")
    assert heard((CLIENT, asked), (SERVER, response(200))).logins[0].outcome is Outcome.SUCCESS
    assert heard((CLIENT, asked)).logins[0].outcome is Outcome.UNKNOWN


def test_bodies_stay_in_their_coding():
    packed = gzip.compress(b"a=b")
    asked = request("POST", "/", "Content-Encoding: gzip", f"Content-Length: {len(packed)}", body=packed)
    assert heard((CLIENT, asked)).requests[0].body == packed
