"""Logins, versions and names that the readers of protocols tell."""

from __future__ import annotations

import struct
from base64 import b64encode
from hashlib import md5, sha256

import pytest
from application_streams import CLIENT, SERVER, STREAM, Inner, Named, Told, by_turns
from http_streams import Feed
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.track.application_events import SmbNegotiated, SshBanners
from netwatch.track.application_facts import ApplicationFacts
from netwatch.track.application_protocols import (
    application_protocols,
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
from netwatch.track.http_records import HttpRecords
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
from netwatch.track.tunnel_reader import Tunnels
from netwatch.track.web import WebTracker

SECRET = "c0rrect h0rse"
DIGEST = sha256(SECRET.encode()).hexdigest()[:8]


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


# SSH


def key_exchange(*lists):
    body = b"\x14" + bytes(16) + b"".join(struct.pack("!I", len(each)) + each for each in lists) + bytes(5)
    padding = 8 + -(len(body) + 5) % 8
    return struct.pack("!IB", len(body) + 1 + padding, padding) + body + bytes(padding)


LISTS = (b"kex", b"key", b"c-enc", b"s-enc", b"c-mac", b"s-mac", b"c-comp", b"s-comp", b"", b"")


def test_ssh():
    parts = [
        (SERVER, b"hello\r\nSSH-2.0-Server_1 x\r\n" + key_exchange(*LISTS)),
        (CLIENT, b"SSH-2.0-Client_2\r\n" + key_exchange(*LISTS)),
    ]
    whole = Told(SshReader, *parts)
    hassh, server = (md5(text).hexdigest() for text in (b"kex;c-enc;c-mac;c-comp", b"kex;s-enc;s-mac;s-comp"))
    assert whole.line == f"SSH-2.0-Client_2 -> SSH-2.0-Server_1 x, hassh {hassh}, server {server}"
    (banners,) = whole.events
    assert isinstance(banners, SshBanners)
    assert (banners.client, banners.server) == ("SSH-2.0-Client_2", "SSH-2.0-Server_1 x")
    pieces = [(who, data[at : at + 3]) for who, data in parts for at in range(0, len(data), 3)]
    assert Told(SshReader, *pieces).line == whole.line
    assert whole.reader.unwanted(CLIENT) == NO_MORE


# SMB


def session_message(body):
    return b"\0" + len(body).to_bytes(3, "big") + body


def smb2(command, body, status=0, answers=False):
    header = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, status, command, 1, int(answers), 0, 0, 0, 0, 0, b"")
    return session_message(header + body)


def ntlm_authenticate(domain, user):
    fields = [b"", b"", domain.encode("utf-16-le"), user.encode("utf-16-le"), b"", b""]
    offset, header = 72, b"NTLMSSP\0" + struct.pack("<I", 3)
    for field in fields:
        header += struct.pack("<HHI", len(field), len(field), offset)
        offset += len(field)
    return header + struct.pack("<I", 1) + bytes(8) + b"".join(fields)


def test_smb2():
    share = "\\\\srv\\files".encode("utf-16-le")
    told = Told(
        SmbReader,
        (SERVER, smb2(0, struct.pack("<HHH", 65, 1, 0x0311) + bytes(58), answers=True)),
        (CLIENT, smb2(1, bytes(24) + ntlm_authenticate("DOM", "al"))),
        (SERVER, smb2(1, bytes(8), status=0xC000006D, answers=True)),
        (CLIENT, smb2(3, struct.pack("<HHHH", 9, 0, 72, len(share)) + share)),
    )
    assert told.logins == [("DOM\\al", "", "failure", "NTLM")]
    assert told.line == "SMB 3.1.1 \\\\srv\\files user=DOM\\al"
    assert told.application == "SMB3"
    assert [event.dialect for event in told.events if isinstance(event, SmbNegotiated)] == ["3.1.1"]


def test_smb1_is_told():
    header = b"\xffSMB\x72" + bytes(4) + b"\x88" + bytes(22)
    told = Told(SmbReader, (SERVER, session_message(header + b"\x11\x05\x00" + bytes(40))))
    assert [event.dialect for event in told.events] == ["1"]
    assert (told.application, told.line) == ("SMB", "SMB 1")


def test_the_contents_of_files_are_passed_over():
    told = Told(SmbReader, close=False)
    big = smb2(8, bytes(1_000_000))
    for at in range(0, len(big), 1460):
        told.feed.send(SERVER, big[at : at + 1460])
    assert told.feed.given < 40_000


# databases


def mysql(sequence, body):
    return len(body).to_bytes(3, "little") + bytes([sequence]) + body


def mysql_login(user, capabilities=0x0200):
    return struct.pack("<IIB23x", capabilities, 1 << 24, 33) + user.encode() + b"\0\0"


GREETING = mysql(0, b"\x0a8.0.36\0" + bytes(60))


@pytest.mark.parametrize(("answer", "outcome"), [(b"\0\0\0\2\0\0\0", "success"), (b"\xff\x15\x04no", "failure")])
def test_mysql(answer, outcome):
    told = Told(MysqlReader, (SERVER, GREETING), (CLIENT, mysql(1, mysql_login("al"))), (SERVER, mysql(2, answer)))
    assert told.logins == [("al", "", outcome, "")]
    assert told.line == "MySQL 8.0.36 user=al"


def test_a_password_of_mysql_in_clear():
    told = Told(
        MysqlReader,
        (SERVER, GREETING),
        (CLIENT, mysql(1, mysql_login("al"))),
        (SERVER, mysql(2, b"\xfemysql_clear_password\0")),
        (CLIENT, mysql(3, SECRET.encode() + b"\0")),
        (SERVER, mysql(4, b"\0\0\0\2\0\0\0")),
    )
    assert told.logins == [("al", DIGEST, "success", "clear")]


def test_mysql_goes_on_in_tls():
    inner = Inner()
    start = mysql(1, struct.pack("<IIB23x", 0x0A00, 1 << 24, 33))
    Told(MysqlReader, (SERVER, GREETING), (CLIENT, start), (CLIENT, b"\x16\3\1"), tls=lambda _stream: inner)
    assert inner.got[CLIENT] == b"\x16\3\1"


def postgres(letter, body):
    return letter + struct.pack("!I", len(body) + 4) + body


STARTUP = postgres(b"", struct.pack("!I", 196608) + b"user\0al\0database\0shop\0\0")


@pytest.mark.parametrize(("method", "secret", "name"), [(3, DIGEST, "password"), (5, "", "MD5"), (10, "", "SASL")])
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(postgres(b"R", bytes(4)), "success"), (postgres(b"E", b"SFATAL\0C28P01\0Mno\0\0"), "failure")],
)
def test_postgres(method, secret, name, answer, outcome):
    told = Told(
        PostgresReader,
        (CLIENT, STARTUP),
        (SERVER, postgres(b"R", struct.pack("!I", method) + bytes(4))),
        (CLIENT, postgres(b"p", SECRET.encode() + b"\0")),
        (SERVER, answer),
    )
    assert told.logins == [("al", secret, outcome, name)]
    assert told.line == "PostgreSQL user=al database=shop"


def test_postgres_goes_on_in_tls():
    inner = Inner()
    Told(
        PostgresReader,
        (CLIENT, struct.pack("!II", 8, 80877103)),
        (SERVER, b"S"),
        (CLIENT, b"\x16\3\1"),
        tls=lambda _stream: inner,
    )
    assert inner.got[CLIENT] == b"\x16\3\1"


# MQTT, LDAP, RDP


def counted(text):
    data = text.encode()
    return struct.pack("!H", len(data)) + data


@pytest.mark.parametrize(("code", "outcome"), [(0, "success"), (5, "failure")])
def test_mqtt(code, outcome):
    body = counted("MQTT") + bytes([4, 0xC2, 0, 60]) + counted("sensor") + counted("al") + counted(SECRET)
    told = Told(MqttReader, (CLIENT, bytes([0x10, len(body)]) + body), (SERVER, bytes([0x20, 2, 0, code])))
    assert told.logins == [("al", DIGEST, outcome, "")]
    assert told.line == "MQTT 3.1.1 client=sensor user=al"


@pytest.mark.parametrize(("code", "outcome"), [(0, "success"), (49, "failure")])
def test_ldap(code, outcome):
    bind = b"\x02\x01\x03\x04\x05cn=al\x80" + bytes([len(SECRET)]) + SECRET.encode()
    request = b"\x02\x01\x01\x60" + bytes([len(bind)]) + bind
    answer = b"\x02\x01\x01\x61\x07\x0a\x01" + bytes([code]) + b"\x04\x00\x04\x00"
    told = Told(
        LdapReader,
        (CLIENT, b"\x30" + bytes([len(request)]) + request),
        (SERVER, b"\x30" + bytes([len(answer)]) + answer),
    )
    assert told.logins == [("cn=al", DIGEST, outcome, "simple")]


def test_rdp():
    cookie = b"Cookie: mstshash=al\r\n"
    body = b"\xe0" + bytes(5) + cookie + b"\x01\x00\x08\x00\x0b\0\0\0"
    request = bytes([3, 0]) + struct.pack("!H", 5 + len(body)) + bytes([len(body)]) + body
    confirm = bytes([3, 0, 0, 19, 14, 0xD0]) + bytes(5) + b"\x02\x00\x08\x00\x02\0\0\0"
    inner = Inner()
    told = Told(RdpReader, (CLIENT, request), (SERVER, confirm), (CLIENT, b"\x16"), tls=lambda _stream: inner)
    assert told.logins == [("al", "", "unknown", "cookie")]
    assert told.line == "RDP connect cookie=al"
    assert inner.got[CLIENT] == b"\x16"


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


# SOCKS


def test_socks5_with_a_password():
    inner = Inner()
    told = Told(
        SocksReader,
        (CLIENT, b"\5\2\0\2"),
        (SERVER, b"\5\2"),
        (CLIENT, b"\1\2al" + bytes([len(SECRET)]) + SECRET.encode()),
        (SERVER, b"\1\0"),
        (CLIENT, b"\5\1\0\3\x0bexample.com\0\x50"),
        (SERVER, b"\5\0\0\1" + bytes(6)),
        (CLIENT, b"GET / HTTP/1.1\r\n"),
        tls=lambda _stream: inner,
    )
    assert told.logins == [("al", DIGEST, "success", "")]
    assert told.line == "SOCKS v5 Connect example.com:80"
    assert inner.got[CLIENT] == b"GET / HTTP/1.1\r\n"


@pytest.mark.parametrize(("name", "told"), [(b"", "10.0.0.9:80"), (b"h.example\0", "0.0.0.1:80")])
def test_socks4(name, told):
    inner = Inner()
    address = b"\0\0\0\1" if name else b"\x0a\0\0\x09"
    found = Told(
        SocksReader,
        (CLIENT, b"\4\1\0\x50" + address + b"user\0" + name),
        (SERVER, b"\0\x5a" + bytes(6)),
        (SERVER, b"hello"),
        tls=lambda _stream: inner,
    )
    assert found.line == f"SOCKS v4 Connect {told}"
    assert inner.got[SERVER] == b"hello"


def test_what_a_tunnel_carries_is_told_anew():
    named = Named()
    facts, tunnels = ApplicationFacts(named), Tunnels()
    records = HttpRecords(WebTracker(), facts, tunnels.reader)
    tunnels.know(application_protocols(records, facts))
    feed = Feed(records.reader(STREAM))
    feed.send(CLIENT, b"CONNECT h:22 HTTP/1.1\r\n\r\n").send(SERVER, b"HTTP/1.1 200 ok\r\n\r\n")
    feed.send(SERVER, b"SSH-2.0-Server\r\n").send(CLIENT, b"SSH-2.0-Client\r\n").close()
    assert facts.line(STREAM.serial) == "SSH-2.0-Client -> SSH-2.0-Server"
    feed = Feed(records.reader(STREAM))
    for _ in range(10):
        feed.send(CLIENT, b"CONNECT h:22 HTTP/1.1\r\n\r\n").send(SERVER, b"HTTP/1.1 200 ok\r\n\r\n")
    assert records.summary(1).requests < 6
