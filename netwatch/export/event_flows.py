"""A flow that ended as one EVE record, or as one line of Zeek's conn.log in JSON."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_NONE, PROTOCOL_TCP
from netwatch.export.eve import PROTOCOL_WORDS, flow_id, timestamps
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.tables.flows import FlowTable
    from netwatch.track.flow_ended import Ended, Why

_FLAGS: Final = ("fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr")
_TCP_STATES: Final = {
    "": "none",
    "MIDSTREAM": "established",
    "SYN-SENT": "syn_sent",
    "SYN-RECEIVED": "syn_recv",
    "ESTABLISHED": "established",
    "CLOSING": "fin_wait1",
    "CLOSED": "closed",
    "RESET": "closed",
}
"""Our states of a connection in EVE's words."""
_OVER: Final = frozenset({"CLOSED", "RESET"})


def flow_records(ended: Ended, interfaces: Sequence[str]) -> list[dict[str, Any]]:
    """Return an EVE record of the type `flow` for each flow; times are those of packets."""
    table = ended.flows
    last, first = timestamps(table.last_ns), timestamps(table.first_ns)
    return [
        _common(table, at, last[at], interfaces)
        | {"flow": _flow(table, at, first[at], last[at], ended.why)}
        | ({"tcp": _tcp(table, at)} if table.number.item(at) == PROTOCOL_TCP else {})
        for at in range(len(table))
    ]


def zeek_records(ended: Ended) -> list[dict[str, Any]]:
    """Return a line of conn.log for each flow of IP (base/protocols/conn/main.zeek).

    Bytes of IP packets are left out: ours are counted with the link layer.
    """
    table = ended.flows
    missed = table.health.missing.clip(0).sum(axis=1).tolist()
    return [_conn(table, at, missed[at]) for at in range(len(table)) if table.community_id[at]]


def _common(table: FlowTable, at: int, time: str, interfaces: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"timestamp": time}
    if table.community_id[at]:
        found |= {"flow_id": flow_id(table.community_id[at]), "community_id": table.community_id[at]}
    interface = table.interface.item(at)
    if interface < len(interfaces) and interfaces[interface]:
        found["in_iface"] = interfaces[interface]
    found["event_type"] = "flow"
    if table.vlan[at]:
        found["vlan"] = [int(word) for word in table.vlan[at].split(".")]
    number = table.number.item(at)
    found |= {name: text for name, text in (("src_ip", table.source[at]), ("dest_ip", table.destination[at])) if text}
    if number in (PROTOCOL_ICMP, PROTOCOL_ICMPV6):
        found |= {"icmp_type": table.sport.item(at)}
    elif number != PROTOCOL_NONE:
        found |= {"src_port": table.sport.item(at), "dest_port": table.dport.item(at)}
    found["proto"] = PROTOCOL_WORDS.get(number, table.protocol[at])
    if number != PROTOCOL_NONE:
        found["ip_v"] = 6 if ":" in table.source[at] + table.destination[at] else 4
    if table.application[at]:
        found["app_proto"] = table.application[at].lower()
    return found


def _flow(table: FlowTable, at: int, first: str, last: str, why: Why) -> dict[str, Any]:
    packets, size = table.packets[at].tolist(), table.bytes[at].tolist()
    state = "closed" if table.state[at] in _OVER else "established" if all(packets) else "new"
    return {
        "pkts_toserver": packets[0],
        "pkts_toclient": packets[1],
        "bytes_toserver": size[0],
        "bytes_toclient": size[1],
        "start": first,
        "end": last,
        "age": (table.last_ns.item(at) - table.first_ns.item(at)) // SECOND,
        "state": state,
        "reason": why.value,
    }


def _tcp(table: FlowTable, at: int) -> dict[str, Any]:
    forth, back = table.flags[at].tolist()
    both = forth | back
    return {
        "tcp_flags": f"{both:02x}",
        "tcp_flags_ts": f"{forth:02x}",
        "tcp_flags_tc": f"{back:02x}",
        **{name: True for bit, name in enumerate(_FLAGS) if both >> bit & 1},
        "state": _TCP_STATES[table.state[at]],
    }


def _conn(table: FlowTable, at: int, missed: int) -> dict[str, Any]:
    packets, payload = table.packets[at].tolist(), table.payload[at].tolist()
    found = {
        "ts": round(table.first_ns.item(at) / SECOND, 6),
        "uid": _uid(table.serial.item(at), table.first_ns.item(at)),
        "id.orig_h": table.source[at],
        "id.orig_p": table.sport.item(at),
        "id.resp_h": table.destination[at],
        "id.resp_p": table.dport.item(at),
        "proto": _zeek_protocol(table.number.item(at), table.protocol[at]),
        "service": table.application[at].lower(),
        "duration": round((table.last_ns.item(at) - table.first_ns.item(at)) / SECOND, 6),
        "orig_bytes": payload[0],
        "resp_bytes": payload[1],
        "conn_state": table.conn_state[at],
        "missed_bytes": missed,
        "history": table.history[at],
        "orig_pkts": packets[0],
        "resp_pkts": packets[1],
        "community_id": table.community_id[at],
    }
    return {name: value for name, value in found.items() if value != ""}


def _zeek_protocol(number: int, name: str) -> str:
    if number in (PROTOCOL_ICMP, PROTOCOL_ICMPV6):
        return "icmp"
    return name.lower() if name in ("TCP", "UDP") else "unknown_transport"


def _uid(serial: int, first_ns: int) -> str:
    """Return what tells this line from all others of the log, in the form of Zeek's: C and letters and digits."""
    packed = (serial << 64 | first_ns & (1 << 64) - 1).to_bytes(15, "big", signed=False)
    return "C" + b64encode(packed, b"xy").decode().lstrip("A")
