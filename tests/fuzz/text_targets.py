"""Languages: display filters, rules and patterns; what cannot be understood is said in one line."""

from __future__ import annotations

import contextlib
from functools import cache, partial
from typing import TYPE_CHECKING, Final, get_args

from netwatch.errors import NetwatchError
from netwatch.settings import Settings
from netwatch.snapshot import FindMode
from tests.frames import ethernet, frames, icmp, ipv4, tcp, udp
from tests.fuzz.scratch import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.decode.batch import PacketBatch

PAYLOAD: Final = b"GET /cgi-bin/../../etc/passwd?q=union+select HTTP/1.1\r\nHost: a.example\r\n\r\n" + b"a" * 1000
BUFFERS: Final = {
    "http": {"http.uri": PAYLOAD[4:40], "http.request_body": PAYLOAD, "http.host": b"a.example"},
    "dns": {"dns.query": b"a" * 60 + b".example"},
    "tls": {"tls.sni": b"a.example"},
    "tcp": {"pkt_data": PAYLOAD},
    "udp": {"pkt_data": PAYLOAD[:100]},
    "icmp": {"pkt_data": PAYLOAD[:100]},
    "ip": {"pkt_data": PAYLOAD[:100]},
}


def display_filter(data: bytes) -> None:
    """Complete and compile `data` as a display filter, and narrow some packets by it."""
    from netwatch.filter.completion import complete
    from netwatch.filter.display_filter import FilterRun, compile_filter

    text = data.decode("utf-8", "surrogateescape")
    complete(text, len(text))
    with contextlib.suppress(NetwatchError):
        FilterRun(compile_filter(text)).mask(_packets())


def words(data: bytes) -> None:
    """Understand `data` as everything else that is typed: places, commands, what is looked for, ports, limits, keys."""
    from netwatch.capture.autostop import parse_autostop, parse_ring
    from netwatch.capture.filter_names import host_names, words
    from netwatch.capture.replay_orders import target
    from netwatch.lab.ports import parse_ports
    from netwatch.lab.targets import parse_address, parse_network
    from netwatch.redact.redactor import Redactor
    from netwatch.settings import override
    from netwatch.tui import command_line
    from netwatch.tui.keymap import key_named
    from netwatch.view.find import Finder

    text = data.decode("utf-8", "surrogateescape")
    known = command_line.words(["dark", "light"])
    redactor = Redactor(bytes(32))
    readers: tuple[Callable[[], object], ...] = (
        lambda: target(text, 10**18),
        lambda: command_line.understood(known, text),
        lambda: command_line.completions(known, text),
        *(partial(Finder, mode, text) for mode in get_args(FindMode)),
        lambda: parse_autostop([text]),
        lambda: parse_ring([text]),
        lambda: parse_ports(text),
        lambda: parse_address(text),
        lambda: parse_network(text),
        lambda: [*host_names(text), *words(text)],
        lambda: key_named(text),
        lambda: redactor.real(redactor.filter(text)),
        lambda: override(Settings(), {text: text}, "typed"),
    )
    for read in readers:
        with contextlib.suppress(NetwatchError):
            read()


def rules(data: bytes) -> None:
    """Read `data` as a file of rules in Suricata's language, and look for them."""
    _search(data, "fuzz.rules")


def patterns(data: bytes) -> None:
    """Read `data` as a file of patterns, and look for them."""
    _search(data, "signatures.txt")


def _search(data: bytes, name: str) -> None:
    from netwatch.detect.rules.inspection import Inspection
    from netwatch.detect.rules.rule_file import load_rules
    from netwatch.detect.rules.rule_set import RuleSet

    known = {"HOME_NET": "10.0.0.0/8", "EXTERNAL_NET": "any", "HTTP_PORTS": "80"}
    found = RuleSet(load_rules([written(data, name)], known).signatures.values())
    ends = {"source": 0xFFFF0A000001, "destination": 0xFFFF0A000002, "source_port": 40000, "destination_port": 80}
    for protocol, buffers in BUFFERS.items():
        list(found.matching(Inspection(protocol, **ends, time_ns=1, buffers=buffers, to_server=True)))


@cache
def _packets() -> PacketBatch:
    from netwatch.decode.decoder import decode

    contents = (
        ethernet(0x0800, ipv4(6, tcp(PAYLOAD, dport=80))),
        ethernet(0x0800, ipv4(17, udp(bytes.fromhex("000701000001000000000000016100000100 01".replace(" ", ""))))),
        ethernet(0x0800, ipv4(1, icmp(8, 0))),
        ethernet(0x0806, bytes(28)),
        b"",
    )
    return decode(frames(contents), 1)
