"""Logins, versions and names that the readers of protocols tell."""

from __future__ import annotations

from base64 import b64encode

import pytest
from application_streams import (
    CLIENT,
    DIGEST,
    GREETING,
    LISTS,
    SECRET,
    SERVER,
    STARTUP,
    Inner,
    Told,
    by_turns,
    key_exchange,
    smb2,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.track.application_protocols import (
    speaks_ftp,
    speaks_http,
    speaks_imap,
    speaks_ldap,
    speaks_mqtt,
    speaks_mysql,
    speaks_pop,
    speaks_postgres,
    speaks_rdp,
    speaks_redis,
    speaks_smb,
    speaks_smtp,
    speaks_ssh,
    speaks_telnet,
)
from netwatch.track.database_readers import MysqlReader, PostgresReader
from netwatch.track.first_words import FirstWords
from netwatch.track.ldap_reader import LdapReader
from netwatch.track.mail_readers import ImapReader, PopReader
from netwatch.track.mqtt_reader import MqttReader
from netwatch.track.rdp_reader import RdpReader
from netwatch.track.session_readers import FtpReader, RedisReader
from netwatch.track.smb_reader import SmbReader
from netwatch.track.smtp_reader import SmtpReader
from netwatch.track.socks_reader import SocksReader
from netwatch.track.ssh_reader import SshReader
from netwatch.track.stream_reader import NO_MORE
from netwatch.track.telnet_reader import TelnetReader


def base64(text):
    return b64encode(text.encode()).decode()


LINES = {
    "FTP": (
        FtpReader,
        ["< 220 ready", "> USER alice", "< 331 more", f"> PASS {SECRET}", "< 530 no", f"> PASS {SECRET}", "< 230 in"],
        [("alice", DIGEST, "failure", "PASS"), ("alice", DIGEST, "success", "PASS")],
        "220 ready user=alice",
    ),
    "FTP without a password": (
        FtpReader,
        ["< 220-Hello", "< 220 ready", "> USER bob", "< 230 in"],
        [("bob", "", "success", "USER")],
        "220-Hello user=bob",
    ),
    "SMTP PLAIN": (
        SmtpReader,
        ["< 220 mx ESMTP", "> EHLO x", "< 250-mx", "< 250 AUTH PLAIN",
         f"> AUTH PLAIN {base64(f'{chr(0)}al{chr(0)}{SECRET}')}", "< 235 ok"],
        [("al", DIGEST, "success", "PLAIN")],
        "220 mx ESMTP user=al",
    ),
    "SMTP LOGIN": (
        SmtpReader,
        ["< 220 mx ESMTP", "> AUTH LOGIN", "< 334 VXNlcm5hbWU6", f"> {base64('al')}", "< 334 UGFzc3dvcmQ6",
         f"> {base64(SECRET)}", "< 535 no"],
        [("al", DIGEST, "failure", "LOGIN")],
        "220 mx ESMTP",
    ),
    "SMTP CRAM-MD5": (
        SmtpReader,
        ["< 220 mx ESMTP", "> AUTH CRAM-MD5", "< 334 PDE+", f"> {base64('al 0123456789abcdef')}", "< 235 ok"],
        [("al", "", "success", "CRAM-MD5")],
        "220 mx ESMTP user=al",
    ),
    "POP": (
        PopReader,
        ["< +OK pop", "> USER al", "< +OK", f"> PASS {SECRET}", "< -ERR no", f"> PASS {SECRET}", "< +OK in"],
        [("al", DIGEST, "failure", "PASS"), ("al", DIGEST, "success", "PASS")],
        "+OK pop user=al",
    ),
    "APOP": (
        PopReader,
        ["< +OK pop <1@x>", "> APOP al 0123456789abcdef", "< +OK in"],
        [("al", "", "success", "APOP")],
        "+OK pop <1@x> user=al",
    ),
    "IMAP": (
        ImapReader,
        ["< * OK imap", f'> a1 LOGIN al "{SECRET}"', "< * CAPABILITY x", "< a1 NO no", f'> a2 LOGIN "al" "{SECRET}"',
         "< a2 OK in"],
        [("al", DIGEST, "failure", "LOGIN"), ("al", DIGEST, "success", "LOGIN")],
        "* OK imap user=al",
    ),
    "IMAP PLAIN": (
        ImapReader,
        ["< * OK imap", "> a1 AUTHENTICATE PLAIN", "< +", f"> {base64(f'{chr(0)}al{chr(0)}{SECRET}')}", "< a1 NO bad"],
        [("al", DIGEST, "failure", "PLAIN")],
        "* OK imap",
    ),
    "Redis": (
        RedisReader,
        ["> *3", "> $4", "> AUTH", "> $2", "> al", f"> ${len(SECRET)}", f"> {SECRET}", "< -WRONGPASS"],
        [("al", DIGEST, "failure", "AUTH")],
        "AUTH",
    ),
    "Telnet": (
        TelnetReader,
        ["< host login: ", "> al", "< Password: ", f"> {SECRET}", "< Login incorrect", "< login: ", "> al",
         "< Password: ", f"> {SECRET}", "< Last login: today"],
        [("al", DIGEST, "failure", ""), ("al", DIGEST, "success", "")],
        "login al",
    ),
}  # fmt: skip


def packets(kind, lines):
    parts = by_turns(*lines)
    if kind is TelnetReader:  # prompts end without a line end
        parts = [(who, data.rstrip(b"\r\n") if data.rstrip().endswith(b":") else data) for who, data in parts]
    return parts


@pytest.mark.parametrize("name", LINES)
def test_logins_in_lines(name):
    kind, lines, logins, line = LINES[name]
    told = Told(kind, *packets(kind, lines))
    assert (told.logins, told.line) == (logins, line)
    assert SECRET not in repr(told.events)
    assert told.application == kind.protocol


@pytest.mark.parametrize("name", LINES)
def test_packets_of_one_byte_make_no_difference(name):
    kind, lines, logins, line = LINES[name]
    parts = [(who, data[at : at + 1]) for who, data in packets(kind, lines) for at in range(len(data))]
    told = Told(kind, *parts)
    assert (told.logins, told.line) == (logins, line)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (SmtpReader, ["< 220 mx ESMTP", "> EHLO x", "< 250 STARTTLS", "> STARTTLS", "< 220 go"]),
        (PopReader, ["< +OK pop", "> STLS", "< +OK go"]),
        (ImapReader, ["< * OK imap", "> a STARTTLS", "< a OK go"]),
        (FtpReader, ["< 220 ftp", "> AUTH TLS", "< 234 go"]),
        (SmtpReader, ["< 220 mx ESMTP"]),
    ],
)
def test_what_follows_starttls_or_comes_without_it_is_read_as_tls(kind, lines):
    inner = Inner()
    Told(kind, *by_turns(*lines), (CLIENT, b"\x16\x03\x01hello"), (SERVER, b"\x16"), tls=lambda _stream: inner)
    assert inner.got == {CLIENT: b"\x16\x03\x01hello", SERVER: b"\x16"}


def test_mail_is_not_read():
    told = Told(PopReader, *by_turns("< +OK pop", "> RETR 1"), close=False)
    assert told.reader.unwanted(SERVER) == NO_MORE


def test_a_login_that_nobody_answers():
    assert Told(FtpReader, *by_turns("< 220 x", "> USER a", f"> PASS {SECRET}")).logins == [
        ("a", DIGEST, "unknown", "PASS")
    ]


def test_the_ends_of_a_stream_that_was_taken_the_wrong_way_round():
    """Of a flow that is joined late, whoever is seen first may be the server."""
    parts = [(not who, data) for who, data in by_turns("< 220 x", "> USER a", f"> PASS {SECRET}", "< 230 in")]
    assert Told(FtpReader, *parts).logins == [("a", DIGEST, "success", "PASS")]


def test_literals_of_imap():
    parts = by_turns("< * OK x", "> a LOGIN {2}", "< + go", "> al {13}", "< + go", f"> {SECRET}", "< a OK in")
    assert Told(ImapReader, *parts).logins[0][0] == "al"


def test_first_words():
    told = Told(FirstWords, (CLIENT, b"\x13BitTorrent protocol" + bytes(48)), close=False)
    assert told.application == "BitTorrent"
    assert told.line.startswith("Handshake info-hash=")
    assert told.reader.unwanted(CLIENT) == NO_MORE


@pytest.mark.parametrize(
    ("speaks", "from_client", "data"),
    [
        (speaks_http, CLIENT, b"MKCOL /x HTTP/1.1\r\n"),
        (speaks_http, CLIENT, b"NOTAMETHOD /x HTTP/1.1\r\n"),
        (speaks_http, SERVER, b"HTTP/1.0 200 OK\r\n"),
        (speaks_http, CLIENT, b"PRI * HTTP/2.0\r\n"),
        (speaks_ssh, SERVER, b"SSH-2.0-x\r\n"),
        (speaks_ftp, SERVER, b"220 My FTP server\r\n"),
        (speaks_smtp, SERVER, b"220 mx ESMTP\r\n"),
        (speaks_smtp, CLIENT, b"EHLO x\r\n"),
        (speaks_pop, SERVER, b"+OK hello\r\n"),
        (speaks_imap, SERVER, b"* OK hello\r\n"),
        (speaks_smb, CLIENT, smb2(0, b"")),
        (speaks_mysql, SERVER, GREETING),
        (speaks_postgres, CLIENT, STARTUP),
        (speaks_ldap, CLIENT, b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"),
        (speaks_rdp, CLIENT, bytes([3, 0, 0, 19, 14, 0xE0]) + bytes(5) + b"\x01\x00\x08\x00\x03\0\0\0"),
        (speaks_mqtt, CLIENT, b"\x10\x0c\0\4MQTT\4\2\0\x3c\0\0"),
        (speaks_redis, CLIENT, b"*1\r\n$4\r\nPING\r\n"),
        (speaks_telnet, SERVER, b"\xff\xfd\x18"),
    ],
)
def test_protocols_are_told_by_content_and_by_one_reader_only(speaks, from_client, data):
    every = (speaks_http, speaks_ssh, speaks_ftp, speaks_smtp, speaks_pop, speaks_imap, speaks_smb, speaks_mysql,
             speaks_postgres, speaks_ldap, speaks_rdp, speaks_mqtt, speaks_redis, speaks_telnet)  # fmt: skip
    assert [each.__name__ for each in every if each(from_client, data)] == [speaks.__name__]


READERS = (FtpReader, SmtpReader, PopReader, ImapReader, RedisReader, TelnetReader, SshReader, SmbReader, MysqlReader,
           PostgresReader, MqttReader, LdapReader, RdpReader, SocksReader, FirstWords)  # fmt: skip

KNOWN = [data for _, lines, _, _ in LINES.values() for _, data in by_turns(*lines)]

KNOWN += [GREETING, STARTUP, smb2(3, bytes(9)), key_exchange(*LISTS), b"\xff\xfa\x18\x01", b"\x30\x84\xff\xff\xff\xff"]

KNOWN += [b"a LOGIN {99999999999}\r\n", b"* {999999999}\r\n", b"x" * 5000, b"\x10\xff\xff\xff\x7f", b"\0\0\0\4\xffSMB"]

KNOWN += [b"\5\1\0", b"\5\0", b"\5\1\0\3\xffx", b"\4\1\0\x50\0\0\0\1x"]


@settings(max_examples=120)
@given(
    st.sampled_from(READERS),
    st.lists(
        st.tuples(
            st.booleans(),
            st.one_of(st.binary(max_size=80), st.sampled_from(KNOWN), st.integers(1, 1 << 31)),
        ),
        max_size=20,
    ),
)
def test_no_bytes_raise(kind, parts):
    told = Told(kind, *parts)
    assert len(told.line) <= 160


@settings(max_examples=80)
@given(st.booleans(), st.one_of(st.binary(min_size=1, max_size=70), st.sampled_from(KNOWN)))
def test_telling_protocols_never_raises(from_client, data):
    for speaks in (speaks_http, speaks_smtp, speaks_smb, speaks_mysql, speaks_postgres, speaks_ldap, speaks_rdp,
                   speaks_mqtt, speaks_redis, speaks_telnet):  # fmt: skip
        speaks(from_client, data)
