"""Synthetic conversations for benchmarks: look-ups with their answers, and new connections among other packets."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

from tests.benchmarks.synthetic import ipv4, mixed
from tests.tls_messages import record, server_hello, usual_hello, versions

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = 0x0A020000
"""Network of those who begin: 10.2.0.0/16; the generator changes their addresses from one round to the next."""
SERVER = 0x0A010001
NAMES = 5_000
SPREAD = 2_000
"""Other packets between the first and the last of a connection, at most."""
SYN, ACK, PUSH, END = 0x02, 0x10, 0x18, 0x11


def look_ups(count: int, seed: int = 2) -> Iterator[bytes]:
    """Yield `count` messages of DNS, in turns a query and, some messages later, its answer; all are answered."""
    draw = random.Random(seed)
    waiting: list[tuple[int, int, bytes]] = []
    for number in range(count // 2):
        name = f"host{draw.randrange(NAMES)}.example.test"
        question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0\0\1\0\1"
        client, port = CLIENTS | number & 0xFF, 20_000 + number % 40_000
        head = struct.pack(">HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 0)
        yield _udp((client, port), (SERVER, 53), number, head + question)
        waiting.append((client, port, _answer(number, question)))
        if number >= 8:
            yield _reply(waiting.pop(0), number)
    for left in waiting:
        yield _reply(left, count)


def connections(count: int, tls: int, http: int, seed: int = 3) -> list[bytes]:
    """Return `count` frames: so many new connections of TLS 1.3 and requests of HTTP, the rest as `mixed`."""
    draw = random.Random(seed)
    talks = [_tls(number) for number in range(tls)] + [_http(number) for number in range(http)]
    own = sum(map(len, talks))
    placed: list[tuple[float, bytes]] = [(place, frame) for place, frame in enumerate(mixed(count - own, seed))]
    for talk in talks:
        begin = draw.random() * (count - own - SPREAD)
        times = sorted(draw.random() * SPREAD for _ in talk)
        placed += [(begin + time, frame) for time, frame in zip(times, talk, strict=True)]
    return [frame for _, frame in sorted(placed, key=lambda pair: pair[0])]


def _tls(number: int) -> list[bytes]:
    hello = record(22, usual_hello(f"server{number % 200}.example.test".encode()))
    answer = record(22, server_hello(versions(0x0304)[:0], cipher=0x1301)) + record(23, bytes(1000))
    return _talk(number, 443, [hello, record(23, bytes(300))], [answer, record(23, bytes(1200))])


def _http(number: int) -> list[bytes]:
    request = f"GET /page/{number} HTTP/1.1\r\nHost: site{number % 50}.example.test\r\nUser-Agent: load/1\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n" + bytes(1000)
    return _talk(10_000 + number, 80, [request.encode()], [answer])


def _talk(number: int, port: int, asked: list[bytes], answered: list[bytes]) -> list[bytes]:
    """Return a connection from its SYN to its end; what is asked and what is answered take turns."""
    client, server = (CLIENTS | number & 0xFF, 20_000 + number), (SERVER, port)
    frames = [_tcp(client, server, SYN, 0, 0), _tcp(server, client, SYN | ACK, 0, 1), _tcp(client, server, ACK, 1, 1)]
    sent = received = 1
    for request, answer in zip(asked, answered, strict=True):
        frames.append(_tcp(client, server, PUSH, sent, received, request))
        sent += len(request)
        frames.append(_tcp(server, client, PUSH, received, sent, answer))
        received += len(answer)
    frames.append(_tcp(client, server, END, sent, received))
    frames.append(_tcp(server, client, END, received, sent + 1))
    return frames


def _answer(number: int, question: bytes) -> bytes:
    head = struct.pack(">HHHHHH", number & 0xFFFF, 0x8180, 1, 1, 0, 0)
    return head + question + b"\xc0\x0c" + struct.pack(">HHIHI", 1, 1, 300, 4, 0xC0000200 | number & 0xFF)


def _reply(waiting: tuple[int, int, bytes], number: int) -> bytes:
    client, port, message = waiting
    return _udp((SERVER, 53), (client, port), number, message)


def _udp(source: tuple[int, int], destination: tuple[int, int], number: int, payload: bytes) -> bytes:
    header = struct.pack(">HHHH", source[1], destination[1], 8 + len(payload), 0)
    return ipv4(source[0], destination[0], 17, number, header + payload)


def _tcp(
    source: tuple[int, int], destination: tuple[int, int], flags: int, seq: int, ack: int, payload: bytes = b""
) -> bytes:
    header = struct.pack(">HHIIBBHHH", source[1], destination[1], seq, ack, 0x50, flags, 64000, 0, 0)
    return ipv4(source[0], destination[0], 6, seq, header + payload)
