"""TlsRecords: messages over records and segments, and what is no TLS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.decode.tls_records import (
    ALERT,
    APPLICATION_DATA,
    BROKEN,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    HELLO_OF_SSL_2,
    TlsEvent,
    TlsRecords,
    is_ssl_2_hello,
)
from tests.tls_messages import handshake, numbers, record, usual_hello

HELLO = usual_hello()


def events(*parts: bytes) -> list[TlsEvent]:
    """Return what the parts, fed one after another, complete; nobody feeds what is broken."""
    records, found = TlsRecords(), []
    for part in parts:
        found += records.feed(part)
        if TlsEvent(BROKEN) in found:
            break
    return found


@pytest.mark.parametrize("size", [1, 2, 5, 7, 100, 1000])
def test_segments_of_any_size(size: int) -> None:
    """A hello of three records, cut anywhere."""
    data = b"".join(record(22, HELLO[at : at + 40]) for at in range(0, len(HELLO), 40)) + record(20, b"\1")
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    assert events(*parts) == [TlsEvent(HANDSHAKE, 1, HELLO[4:]), TlsEvent(CHANGE_CIPHER_SPEC)]


def test_several_messages_in_a_record() -> None:
    """And alerts, and data of which only the header is needed."""
    data = (
        record(22, handshake(2, b"hello") + handshake(14, b"")) + record(21, b"\2\x28") + record(23, bytes(5000))[:20]
    )
    assert events(data) == [
        TlsEvent(HANDSHAKE, 2, b"hello"),
        TlsEvent(HANDSHAKE, 14, b""),
        TlsEvent(ALERT, 0, b"\2\x28"),
        TlsEvent(APPLICATION_DATA),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        record(22, b"", 0x0203),
        record(26, b""),
        b"\x16\x03\x01\xff\xff",
        record(22, b"\1\xff\xff\xff"),
        record(22, b"\x30\0\0\0"),
    ],
)
def test_what_is_broken(data: bytes) -> None:
    """No header of a record, or a message that nobody sends."""
    assert events(data)[-1] == TlsEvent(BROKEN)


def test_a_hello_in_the_form_of_ssl_2() -> None:
    """It comes first and is followed by records."""
    body = b"\1" + numbers(0x0301, 6, 0, 16) + bytes(22)
    data = numbers(0x8000 | len(body)) + body
    assert is_ssl_2_hello(data)
    assert events(data[:20], data[20:] + record(21, b"\1\0")) == [
        TlsEvent(HANDSHAKE, HELLO_OF_SSL_2, body),
        TlsEvent(ALERT, 0, b"\1\0"),
    ]


PIECES = st.one_of(
    st.binary(max_size=60), st.builds(record, st.integers(20, 24), st.binary(max_size=40)), st.just(record(22, HELLO))
)


@given(st.lists(PIECES, max_size=12))
def test_no_bytes_make_records_fail(parts: list[bytes]) -> None:
    """How they are cut makes no difference."""
    assert events(*parts) == events(b"".join(parts))
