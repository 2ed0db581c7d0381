"""Builds a Signature from the text of a rule; what netwatch cannot do is refused as a whole, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.buffers import PAYLOAD, PROTOCOL_OF, RESPONSE
from netwatch.detect.rules.classtypes import PRIORITIES, UNKNOWN_PRIORITY
from netwatch.detect.rules.draft import Draft
from netwatch.detect.rules.options import apply
from netwatch.detect.rules.problems import MalformedRule, UnsupportedRule
from netwatch.detect.rules.ranges import ANY, addresses, ports
from netwatch.detect.rules.signature import BufferTests, Signature
from netwatch.detect.rules.splitter import split_rule
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netwatch.detect.rules.splitter import SplitRule

ACTIONS: Final = ("alert", "drop", "reject", "rejectsrc", "rejectdst", "rejectboth")
"""Netwatch stops nothing, so that all of them are alerts."""
PROTOCOLS: Final = {
    "tcp": "tcp", "tcp-pkt": "tcp", "tcp-stream": "tcp", "udp": "udp", "icmp": "icmp", "icmpv4": "icmp",
    "icmpv6": "icmp",
    "ip": "ip", "ipv4": "ip", "ipv6": "ip", "ip4": "ip", "ip6": "ip", "http": "http", "http1": "http", "dns": "dns",
    "tls": "tls", "ssl": "tls",
}  # fmt: skip
LONGEST_TEXT: Final = 4096


def build(text: str, variables: Mapping[str, str], origin: str = "") -> Signature:
    """Return the signature of one rule.

    Raises:
        MalformedRule: the rule is written wrongly.
        UnsupportedRule: it asks for what netwatch cannot do.
    """
    parts = split_rule(text)
    if parts.action == "pass":
        raise UnsupportedRule("action pass")
    if parts.action not in ACTIONS:
        raise MalformedRule(f"unknown action {printable(parts.action, 20)}")
    if parts.protocol not in PROTOCOLS:
        raise UnsupportedRule(f"protocol {printable(parts.protocol, 20)}")
    draft = Draft(PROTOCOLS[parts.protocol])
    for name, value in parts.options:
        apply(draft, name, value)
    draft.finish()
    return _signature(parts, draft, _merged(draft), variables, text, origin)


def _signature(
    parts: SplitRule,
    draft: Draft,
    buffers: tuple[BufferTests, ...],
    variables: Mapping[str, str],
    text: str,
    origin: str,
) -> Signature:
    if draft.number < 1:
        raise MalformedRule("no sid")
    _check(draft, buffers)
    source, destination = addresses(parts.source, variables), addresses(parts.destination, variables)
    source_port, destination_port = ports(parts.source_port, variables), ports(parts.destination_port, variables)
    if draft.protocol == "icmp":
        source_port = destination_port = ANY
    return Signature(
        number=draft.number,
        generator=draft.generator,
        revision=draft.revision,
        message=draft.message or f"rule {draft.number}",
        text=printable(text, LONGEST_TEXT),
        origin=printable(origin, 300),
        protocol=draft.protocol,
        source=source,
        source_port=source_port,
        destination=destination,
        destination_port=destination_port,
        both_ways=parts.both_ways,
        classtype=draft.classtype,
        priority=draft.priority or PRIORITIES.get(draft.classtype, UNKNOWN_PRIORITY),
        references=tuple(draft.references),
        metadata=tuple(draft.metadata),
        established=draft.established,
        to_server=draft.to_server,
        buffers=buffers,
        packet=tuple(draft.packet),
        flags=draft.flags,
        limit=draft.limit,
        filter=draft.filter,
    )


def _merged(draft: Draft) -> tuple[BufferTests, ...]:
    groups: dict[tuple[str, tuple[str, ...]], BufferTests] = {}
    for group in draft.groups:
        if not group.tests:
            if group.buffer != PAYLOAD:
                raise MalformedRule(f"nothing is looked for in {group.buffer}")
            continue
        key = group.buffer, tuple(group.transforms)
        before = groups[key].tests if key in groups else ()
        groups[key] = BufferTests(*key, (*before, *group.tests))
    return tuple(groups.values())


def _check(draft: Draft, buffers: tuple[BufferTests, ...]) -> None:
    """Refuse what no event has together."""
    protocols = {PROTOCOL_OF[group.buffer] for group in buffers} - {""}
    payload = any(group.buffer == PAYLOAD for group in buffers)
    if len(protocols) > 1:
        raise MalformedRule("buffers of different protocols")
    if not protocols and draft.protocol not in ("tcp", "udp", "icmp", "ip", "http"):
        raise UnsupportedRule(f"a rule of {draft.protocol} that looks into none of its buffers")
    if protocols:
        (protocol,) = protocols
        if payload and protocol != "http":
            raise UnsupportedRule(f"payload together with a buffer of {protocol}")
        if draft.protocol not in (protocol, "tcp", "ip") and not (protocol == "dns" and draft.protocol == "udp"):
            raise MalformedRule(f"a buffer of {protocol} in a rule of {draft.protocol}")
        if draft.flags or draft.packet:
            raise UnsupportedRule("fields of packets together with a buffer of an application")
        response = any(group.buffer in RESPONSE for group in buffers)
        if draft.to_server is response:
            raise UnsupportedRule("a buffer of the other direction than the flow's")
        draft.protocol = protocol
    elif draft.protocol == "http" and (draft.flags or draft.packet):
        raise UnsupportedRule("fields of packets together with a buffer of an application")
    if not (buffers or draft.flags or draft.packet) and (draft.established or draft.protocol == "http"):
        kind = "http" if draft.protocol == "http" else "established connections"
        raise UnsupportedRule(f"a rule of {kind} that looks for nothing but addresses and ports")
