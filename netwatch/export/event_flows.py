"""A flow that ended as one EVE record, or as one line of Zeek's conn.log in JSON."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_NONE, PROTOCOL_TCP
from netwatch.export.eve import PROTOCOL_WORDS, flow_id, line, quoted, sides, timestamps
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.tables.flows import FlowTable
    from netwatch.track.flow_ended import Ended

_FLAGS: Final = ("fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr")
_SEEN: Final = tuple(
    "".join(f'"{name}":true,' for bit, name in enumerate(_FLAGS) if flags >> bit & 1) for flags in range(256)
)
"""Members for each value of the flags byte."""
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


def flow_lines(ended: Ended, interfaces: Sequence[str]) -> list[str]:
    """Return an EVE record of the type `flow` for each flow as a line; times are those of packets.

    They are written as they are, for at its end a capture has tens of thousands of them: dictionaries that are merged
    and encoded take three times as long. No text in them comes from the network.
    """
    table = ended.flows
    names = [f'"in_iface":{quoted(name)},' if name else "" for name in interfaces]
    first, last = timestamps(table.first_ns), timestamps(table.last_ns)
    return [
        f'{{"timestamp":"{end}",{common},"flow":{{{_counts(*packets, *size)},"start":"{start}","end":"{end}",'
        f'"age":{age},"state":"{_state(state, packets)}","reason":"{ended.why.value}"}}{tcp}}}'
        for end, common, packets, size, start, age, state, tcp in zip(
            last,
            _common(table, names),
            table.packets.tolist(),
            table.bytes.tolist(),
            first,
            (table.duration_ns // SECOND).tolist(),
            table.state,
            _tcp(table),
            strict=True,
        )
    ]


def zeek_records(ended: Ended) -> list[dict[str, Any]]:
    """Return a line of conn.log for each flow of IP (base/protocols/conn/main.zeek).

    Bytes of IP packets are left out: ours are counted with the link layer.
    """
    table = ended.flows
    missed = table.health.missing.clip(0).sum(axis=1).tolist()
    return [_conn(table, at, missed[at]) for at in range(len(table)) if table.community_id[at]]


def _common(table: FlowTable, names: Sequence[str]) -> list[str]:
    """Return the members that all records have, from `flow_id` on; `names` are those of interfaces."""
    return [
        f'{_conversation(community)}{names[interface] if interface < len(names) else ""}"event_type":"flow",'
        f"{_vlan(vlan)}{_ends(number, source, sport, destination, dport)}"
        f'"proto":{quoted(PROTOCOL_WORDS.get(number, protocol))}'
        f"{_version(number, source, destination)}{_application(application)}"
        for community, interface, vlan, number, source, sport, destination, dport, protocol, application in zip(
            table.community_id,
            table.interface.tolist(),
            table.vlan,
            table.number.tolist(),
            table.source,
            table.sport.tolist(),
            table.destination,
            table.dport.tolist(),
            table.protocol,
            table.application,
            strict=True,
        )
    ]


def _conversation(community: str) -> str:
    return f'"flow_id":{flow_id(community)},"community_id":"{community}",' if community else ""


def _vlan(vlan: str) -> str:
    return f'"vlan":[{vlan.replace(".", ",")}],' if vlan else ""


def _ends(number: int, source: str, sport: int, destination: str, dport: int) -> str:
    if number == PROTOCOL_NONE:
        found = line(sides(source, destination))[1:-1]
        return f"{found}," if found else ""
    first = f'"src_ip":"{source}",' if source else ""
    second = f'"dest_ip":"{destination}",' if destination else ""
    if number in (PROTOCOL_ICMP, PROTOCOL_ICMPV6):
        return f'{first}{second}"icmp_type":{sport},'
    return f'{first}{second}"src_port":{sport},"dest_port":{dport},'


def _version(number: int, source: str, destination: str) -> str:
    if number == PROTOCOL_NONE:
        return ""
    return ',"ip_v":6' if ":" in source or ":" in destination else ',"ip_v":4'


def _application(name: str) -> str:
    return f',"app_proto":{quoted(name.lower())}' if name else ""


def _counts(packets_forth: int, packets_back: int, bytes_forth: int, bytes_back: int) -> str:
    return (
        f'"pkts_toserver":{packets_forth},"pkts_toclient":{packets_back},'
        f'"bytes_toserver":{bytes_forth},"bytes_toclient":{bytes_back}'
    )


def _state(state: str, packets: Sequence[int]) -> str:
    return "closed" if state in _OVER else "established" if all(packets) else "new"


def _tcp(table: FlowTable) -> list[str]:
    """Return the member `tcp` with a comma before it, nothing for flows of other protocols."""
    return [
        f',"tcp":{{"tcp_flags":"{forth | back:02x}","tcp_flags_ts":"{forth:02x}","tcp_flags_tc":"{back:02x}",'
        f'{_SEEN[forth | back]}"state":"{_TCP_STATES[state]}"}}'
        if number == PROTOCOL_TCP
        else ""
        for number, (forth, back), state in zip(table.number.tolist(), table.flags.tolist(), table.state, strict=True)
    ]


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
