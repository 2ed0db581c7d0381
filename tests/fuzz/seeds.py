"""Messages to begin with: fuzzing changes them a little, and so gets behind the first checks of a reader."""

from __future__ import annotations

from typing import Final

HEADS: Final = (
    b"GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nAuthorization: Basic YTpi\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"CONNECT h:443 HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Type: text/html\r\n\r\n0123456789",
    b"SSH-2.0-x\r\n\0\0\0\x20\x04\x14" + bytes(30),
    b"220 mail ESMTP\r\nEHLO x\r\nAUTH PLAIN AGFsAHB3\r\n235 ok\r\n",
    b"+OK pop\r\nUSER a\r\nPASS b\r\n-ERR no\r\n",
    b'* OK imap\r\na LOGIN {2}\r\nal "b"\r\na NO no\r\n* 1 FETCH (BODY {99}\r\n',
    b"\0\0\0\x48\xfeSMB\x40\0" + bytes(60) + b"\x41\0\0\0\x11\x03",
    b"\0\0\0\x30\xffSMB\x72" + bytes(4) + b"\x88" + bytes(40),
    b"\x4a\0\0\0\x0a8.0.1\0" + bytes(66),
    b"\0\0\0\x1a\0\3\0\0user\0al\0database\0x\0\0",
    b"\x10\x1a\0\4MQTT\4\xc2\0\x3c\0\1a\0\2al\0\2pw",
    b"\x30\x11\2\1\1\x60\x0c\2\1\3\4\3a=b\x80\2pw",
    b"\3\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=al\r\n\1\0\x08\0\3\0\0\0",
    b"\5\1\0\5\1\0\3\4host\0\x50",
    b"\xff\xfd\x18\xff\xfa\x18\1\xff\xf0login: ",
    b"\x16\3\1\0\x31\1\0\0\x2d\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0\0\0",
    b"\0\7\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1",
    b"\0\7\x81\x80\0\1\0\1\0\0\0\0\1a\xc0\x0c\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4",
    b"\x30\x26\2\1\1\4\6public\xa0\x19\2\1\1\2\1\0\2\1\0\x30\x0e\x30\x0c\6\7\x2b\6\1\2\1\1\1\5\0",
    b"\x23" + bytes(47),
    b"\1\1\6\0" + bytes(232) + b"\x63\x82\x53\x63\x35\1\1\x0c\4host\xff",
    b"POST /dns-query HTTP/1.1\r\nContent-Type: application/dns-message\r\nContent-Length: 29\r\n\r\n"
    b"\0\7\1\0\0\1\0\0\0\0\0\0\3www\7example\0\0\1\0\1",
    b"GET /dns-query?dns=AAcBAAABAAAAAAAAA3d3dwdleGFtcGxlAAABAAE HTTP/1.1\r\nHost: doh.example\r\n\r\n",
    b"\x16\xfe\xfd" + bytes(8) + b"\0\x36\1\0\0\x2a" + bytes(5) + b"\x2a\xfe\xfd" + bytes(34) + b"\0\2\xc0\x2b\1\0",
    b"\xc0\0\0\0\1\x08" + bytes(8) + b"\0\0\x40\x20" + bytes(32),
    b"INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n",
    b"*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n",
)
