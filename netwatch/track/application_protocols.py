"""The protocols over TCP whose logins, versions and names are read: how each is told, and by whom it is read."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from netwatch.decode.info.http import METHODS
from netwatch.decode.info.registry import TCP_APPLICATIONS
from netwatch.track.database_readers import MysqlReader, PostgresReader
from netwatch.track.first_words import FIRST_BYTES, FirstWords, knows_content
from netwatch.track.ldap_reader import LdapReader
from netwatch.track.mail_readers import ImapReader, PopReader
from netwatch.track.mqtt_reader import MqttReader
from netwatch.track.rdp_reader import RdpReader
from netwatch.track.session_readers import FtpReader, RedisReader
from netwatch.track.smb_reader import SmbReader
from netwatch.track.smtp_reader import SmtpReader
from netwatch.track.socks_reader import SocksReader, speaks_socks
from netwatch.track.ssh_reader import SshReader
from netwatch.track.stream_protocol import StreamProtocol
from netwatch.track.telnet_reader import TelnetReader
from netwatch.track.xmpp_reader import XmppReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.http_records import HttpRecords
    from netwatch.track.line_reader import LineReader
    from netwatch.track.message_reader import MessageReader
    from netwatch.track.stream_reader import Stream, StreamReader

    Recognises: TypeAlias = Callable[[bool, bytes], bool]
    SecuredReader: TypeAlias = type[LineReader | MessageReader]

HTTP_PORTS: Final = frozenset({80, 591, 2375, 3128, 5985, 8000, 8008, 8080, 8081, 8088, 8888, 9200})
"""Where streams that begin in the middle of a body are taken for HTTP."""
READ_ELSEWHERE: Final = frozenset({53, 443, 465, 636, 853, 989, 990, 992, 993, 994, 995})
"""Ports of DNS and TLS."""

_TOKEN_BYTES: Final = bytes(sorted(b"!#$%&'*+-.^_`|~0123456789" + bytes(range(65, 91)) + bytes(range(97, 123))))
_METHOD_BYTES: Final = (_TOKEN_BYTES + b" ", _TOKEN_BYTES + b" /*")
"""Second and third bytes; the shortest methods have one letter."""
_GREETING_SIZES: Final = bytes(range(0x24, 0xB0))
"""Low bytes of the lengths that greetings of MySQL have."""
_REQUEST: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32} +\S.{0,2000}? HTTP/[0-9]", re.DOTALL)
_STATUS: Final = re.compile(rb"HTTP/[0-9]\.[0-9] [0-9]{3}")


class PlainReader(Protocol):
    """The class of a reader that needs no other one behind it."""

    protocol: str

    def __call__(self, stream: Stream, facts: ApplicationFacts) -> StreamReader:
        """Return a reader of one stream."""
        ...


class Told(NamedTuple):
    """How a protocol is told; see StreamProtocol."""

    recognises: Recognises
    first_bytes: bytes
    ports: frozenset[int]
    joins: bool = True
    next_bytes: tuple[bytes, ...] = ()

    def protocol(self, name: str, reader: Callable[[Stream], StreamReader]) -> StreamProtocol:
        """Return the protocol as `reader` reads it."""
        return StreamProtocol(
            name, reader, self.recognises, self.first_bytes, self.next_bytes, self.ports, joins=self.joins
        )


def application_protocols(
    http: HttpRecords,
    facts: ApplicationFacts,
    tls: Callable[[Stream], StreamReader | None] | None = None,
    tunnel: Callable[[Stream], StreamReader | None] | None = None,
) -> tuple[StreamProtocol, ...]:
    """Return what StreamTracker is given.

    `tls` makes the reader of streams that go on in TLS, `tunnel` that of what passes through a tunnel.
    """
    dedicated = (
        StreamProtocol("HTTP", http.reader, speaks_http, _TOKEN_BYTES, _METHOD_BYTES, HTTP_PORTS, joins=False),
        *(told.protocol(one.protocol, partial(one, facts=facts, tls=tls)) for one, told in SECURED.items()),
        *(told.protocol(one.protocol, partial(one, facts=facts)) for one, told in PLAIN.items()),
        StreamProtocol(
            SocksReader.protocol,
            partial(SocksReader, facts=facts, tls=tunnel),
            speaks_socks,
            b"\4\5",
            ports=frozenset((1080,)),
            joins=False,
        ),
    )
    taken = frozenset().union(*(each.ports for each in dedicated)) | READ_ELSEWHERE
    others = StreamProtocol(
        "others",
        partial(FirstWords, facts=facts),
        lambda _from_initiator, data: knows_content(data),
        FIRST_BYTES,
        ports=frozenset(TCP_APPLICATIONS.by_port) - taken,
    )
    return (*dedicated, others)


def speaks_http(_from_initiator: bool, data: bytes) -> bool:  # the form of StreamProtocol.recognises
    """Tell a request of any method, a response, or the preface of HTTP/2."""
    if data[0] == 0x48 and _STATUS.match(data) is not None:
        return True
    method, space, _ = data[:33].partition(b" ")
    return bool(space) and (method in METHODS or method == b"PRI" or _REQUEST.match(data) is not None)


def speaks_ssh(_from_initiator: bool, data: bytes) -> bool:
    """Tell an identification line."""
    return data.startswith(b"SSH-")


def speaks_ftp(_from_initiator: bool, data: bytes) -> bool:
    """Tell a greeting that names the protocol."""
    return data.startswith(b"220") and b"FTP" in data.upper()


def speaks_smtp(_from_initiator: bool, data: bytes) -> bool:
    """Tell a greeting that names the protocol or a server of it, or the first command."""
    upper = data[:128].upper()
    if upper.startswith((b"EHLO ", b"HELO ", b"LHLO ")):
        return True
    return upper.startswith(b"220") and (b"SMTP" in upper or b"LMTP" in upper or b"POSTFIX" in upper)


def speaks_pop(_from_initiator: bool, data: bytes) -> bool:
    """Tell a greeting; Redis answers +OK without more."""
    return data.startswith(b"+OK ")


def speaks_imap(_from_initiator: bool, data: bytes) -> bool:
    """Tell a greeting."""
    return data.startswith((b"* OK", b"* PREAUTH", b"* BYE"))


def speaks_xmpp(_from_initiator: bool, data: bytes) -> bool:
    """Tell the beginning of a stream of stanzas."""
    return data.startswith(b"<stream:stream") or (data.startswith(b"<?xml") and b"<stream:stream" in data)


def speaks_smb(_from_initiator: bool, data: bytes) -> bool:
    """Tell a message of SMB 1, 2 or 3 in a session message."""
    return data[5:8] == b"SMB" and data[4] in b"\xff\xfe\xfd"


def speaks_mysql(from_initiator: bool, data: bytes) -> bool:
    """Tell a greeting of protocol version 10, which names the version of the server."""
    return not from_initiator and data[2:5] == b"\0\0\x0a" and data[1:2] == b"\0" and data[5:6].isdigit()


def speaks_postgres(from_initiator: bool, data: bytes) -> bool:
    """Tell a startup message or a request for TLS."""
    if not from_initiator or len(data) < 8:
        return False
    size, code = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    return (code == 196608 and 8 < size < 10_000) or (code in (80877103, 80877104) and size == 8)


def speaks_ldap(from_initiator: bool, data: bytes) -> bool:
    """Tell a bind request whose identifier is of one byte."""
    begin = 2 + (data[1] & 0x7F if len(data) > 1 and data[1] & 0x80 else 0)
    return from_initiator and data[begin : begin + 2] == b"\2\1" and data[begin + 3 : begin + 4] == b"\x60"


def speaks_rdp(_from_initiator: bool, data: bytes) -> bool:
    """Tell a connection request with a cookie or a negotiation."""
    if data[1:2] != b"\0" or data[5:6] != b"\xe0":
        return False
    return data[11:].startswith(b"Cookie: mstshash=") or data[11:15] == b"\1\0\x08\0"


def speaks_mqtt(from_initiator: bool, data: bytes) -> bool:
    """Tell a connect packet."""
    return from_initiator and (b"\0\4MQTT" in data[2:12] or b"\0\6MQIsdp" in data[2:14])


def speaks_redis(from_initiator: bool, data: bytes) -> bool:
    """Tell a command as an array of bulk strings, or AUTH on one line."""
    return from_initiator and (re.match(rb"\*[0-9]{1,4}\r\n\$[0-9]", data) is not None or data[:5].upper() == b"AUTH ")


def speaks_telnet(_from_initiator: bool, data: bytes) -> bool:
    """Tell a negotiation of options."""
    return len(data) >= 3 and 0xFB <= data[1] <= 0xFE and data[2] < 0x40


SECURED: Final[dict[SecuredReader, Told]] = {
    SmtpReader: Told(speaks_smtp, b"2EHL", frozenset({25, 587, 2525})),
    FtpReader: Told(speaks_ftp, b"2", frozenset({21, 2121})),
    PopReader: Told(speaks_pop, b"+", frozenset({110})),
    ImapReader: Told(speaks_imap, b"*", frozenset({143})),
    SmbReader: Told(speaks_smb, b"\0", frozenset({139, 445})),
    MysqlReader: Told(speaks_mysql, _GREETING_SIZES, frozenset({3306}), next_bytes=(b"\0", b"\0", b"\0")),
    PostgresReader: Told(speaks_postgres, b"\0", frozenset({5432})),
    LdapReader: Told(speaks_ldap, b"\x30", frozenset({389, 3268})),
    RdpReader: Told(speaks_rdp, b"\3", frozenset({3389}), joins=False),
    MqttReader: Told(speaks_mqtt, b"\x10", frozenset({1883})),
    XmppReader: Told(speaks_xmpp, b"<", frozenset({5222, 5269})),
}
"""Those that may go on in TLS; of those with the same first bytes the first that recognises a stream reads it."""
PLAIN: Final[dict[PlainReader, Told]] = {
    SshReader: Told(speaks_ssh, b"S", frozenset({22}), joins=False),
    RedisReader: Told(speaks_redis, b"*A", frozenset({6379})),
    TelnetReader: Told(speaks_telnet, b"\xff", frozenset({23, 2323})),
}
