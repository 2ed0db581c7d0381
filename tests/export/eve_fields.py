"""The fields that records of Suricata's EVE may have (its published schema.json), for checking ours."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000")
COMMON = {
    "timestamp": str, "flow_id": int, "in_iface": str, "event_type": str, "vlan": list, "src_ip": str, "src_port": int,
    "dest_ip": str, "dest_port": int, "proto": str, "ip_v": int, "icmp_type": int, "icmp_code": int,
    "community_id": str, "app_proto": str, "pcap_cnt": int, "tcp": dict, "ether": dict,
}  # fmt: skip
FIELDS: dict[str, dict[str, type]] = {
    "flow": {
        "pkts_toserver": int, "pkts_toclient": int, "bytes_toserver": int, "bytes_toclient": int, "start": str,
        "end": str, "age": int, "state": str, "reason": str, "alerted": bool,
    },
    "tcp": {
        "tcp_flags": str, "tcp_flags_ts": str, "tcp_flags_tc": str, "syn": bool, "fin": bool, "rst": bool, "psh": bool,
        "ack": bool, "urg": bool, "ecn": bool, "cwr": bool, "state": str,
    },
    "dns": {
        "version": int, "type": str, "tx_id": int, "id": int, "flags": str, "aa": bool, "tc": bool, "rd": bool,
        "ra": bool, "opcode": int, "rcode": str, "queries": list, "answers": list,
    },
    "arp": {
        "hw_type": str, "proto_type": str, "opcode": str, "src_mac": str, "src_ip": str, "dest_mac": str,
        "dest_ip": str,
    },
    "dhcp": {
        "type": str, "id": int, "client_mac": str, "assigned_ip": str, "client_ip": str, "relay_ip": str,
        "next_server_ip": str, "dhcp_type": str, "hostname": str, "requested_ip": str, "subnet_mask": str,
        "lease_time": int, "routers": list, "dns_servers": list,
    },
    "http": {
        "hostname": str, "url": str, "http_user_agent": str, "http_method": str, "http_refer": str, "protocol": str,
        "status": int, "http_content_type": str, "length": int,
    },
    "ssh": {"client": dict, "server": dict},
    "ftp": {"command": str, "command_data": str},
    "tls": {
        "sni": str, "version": str, "subject": str, "issuerdn": str, "serial": str, "fingerprint": str,
        "notbefore": str, "notafter": str, "ja3": dict, "ja3s": dict, "ja4": str, "client_alpns": list,
        "server_alpns": list, "session_resumed": bool, "subjectaltname": list,
    },
    "quic": {"sni": str, "version": str, "ja3": dict, "ja3s": dict, "ja4": str},
    "smtp": {"helo": str, "mail_from": str, "rcpt_to": list},
    "anomaly": {"type": str, "event": str},
    "alert": {
        "action": str, "gid": int, "signature_id": int, "rev": int, "signature": str, "category": str,
        "severity": int, "metadata": dict, "context": dict,
    },
    "stats": {"uptime": int, "capture": dict, "decoder": dict, "flow": dict, "detect": dict},
}  # fmt: skip
PACKET = {"ttl": int, "length": int, "flags": str}
"""Ours: Suricata has no record for each packet."""
REASONS = {"timeout", "forced", "shutdown"}
STATES = {"new", "established", "closed", "bypassed"}
TCP_STATES = {
    "none", "syn_sent", "syn_recv", "established", "fin_wait1", "fin_wait2", "time_wait", "last_ack", "close_wait",
    "closing", "closed",
}  # fmt: skip


def check(record: dict[str, Any]) -> None:
    """Fail where a record has a field that the schema does not know, or of another type, or lacks one."""
    kind = record["event_type"]
    assert TIMESTAMP.fullmatch(record["timestamp"]), record
    for side in ("src_ip", "dest_ip"):
        ip_address(record.get(side, "::"))
    _check(record, COMMON | {kind: dict} | (PACKET if kind == "packet" else {}))
    if kind == "packet":
        return
    _check(record[kind], FIELDS[kind])
    if kind == "flow":
        assert record["flow"]["reason"] in REASONS
        assert record["flow"]["state"] in STATES
        if "tcp" in record:
            _check(record["tcp"], FIELDS["tcp"])
            assert record["tcp"]["state"] in TCP_STATES
    if kind == "dns":
        assert record["dns"]["version"] == 3
        assert record["dns"]["type"] in ("request", "response")


def _check(found: dict[str, Any], known: dict[str, type]) -> None:
    for name, value in found.items():
        assert name in known, (name, found)
        assert type(value) is known[name], (name, found)
