"""Logins, versions and names of protocols that speak in messages."""

from __future__ import annotations

import struct
from hashlib import md5

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
    key_exchange,
    mysql,
    postgres,
    session_message,
    smb2,
)

from netwatch.track.application_events import SmbNegotiated, SshBanners
from netwatch.track.database_readers import MysqlReader, PostgresReader
from netwatch.track.ldap_reader import LdapReader
from netwatch.track.mqtt_reader import MqttReader
from netwatch.track.rdp_reader import RdpReader
from netwatch.track.smb_reader import SmbReader
from netwatch.track.ssh_reader import SshReader
from netwatch.track.stream_reader import NO_MORE


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


def mysql_login(user, capabilities=0x0200):
    return struct.pack("<IIB23x", capabilities, 1 << 24, 33) + user.encode() + b"\0\0"


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
