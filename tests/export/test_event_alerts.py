"""Alerts as EVE records: of one conversation they carry its Community ID, of a rule from a file its own number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netwatch.export.event_alerts import alert_record
from netwatch.tables.alerts import Alert, AlertNews
from netwatch.track.community_id import community_id
from tests.export.eve_fields import check

ALERT = Alert(
    serial=1, rule="scan.vertical", signature=1900001, title="Port scan", severity=3, confidence=90, state="open",
    revision=1, episodes=1, first_ns=10**18, opened_ns=10**18, last_ns=10**18, source="10.0.0.9",
    destination="10.0.0.5", source_port=40000, port=443, protocol="tcp", actor="10.0.0.9", victim="10.0.0.5",
    summary="Odd banner: 10.0.0.9 to 10.0.0.5", value=1, threshold=1, window_s=1, evidence=(), samples=(),
    packets=(3,), mitre=(), what="", benign="", tune="",
)  # fmt: skip


def record_of(alert: Alert) -> dict[str, object]:
    """Return the record of a new alert."""
    return alert_record(AlertNews("opened", alert))


def test_one_conversation_has_its_community_id() -> None:
    """The same as the flow's, in whichever direction."""
    wanted = community_id(b"\x0a\0\0\x09", b"\x0a\0\0\x05", 6, 40000, 443)
    assert record_of(ALERT)["community_id"] == wanted
    turned = replace(ALERT, source="10.0.0.5", destination="10.0.0.9", source_port=443, port=40000)
    assert record_of(turned)["community_id"] == wanted
    assert record_of(replace(ALERT, source="2001:db8::1", destination="2001:db8::2"))["flow_id"] > 0


@pytest.mark.parametrize("many", [{"source_port": 0}, {"port": -1}, {"destination": ""}, {"protocol": "arp"}])
def test_many_conversations_have_none(many: dict[str, object]) -> None:
    """As of a scan."""
    assert "community_id" not in record_of(replace(ALERT, **many))


@pytest.mark.parametrize(
    ("source", "destination", "ends"),
    [
        ("10.0.0.9", "10.0.0.5", {"src_ip": "10.0.0.9", "dest_ip": "10.0.0.5"}),
        ("02:00:00:00:00:99", "10.0.0.5", {"ether": {"src_mac": "02:00:00:00:00:99"}, "dest_ip": "10.0.0.5"}),
        ("10.0.0.9", "evil.example", {"src_ip": "10.0.0.9"}),
        ("2001:db8::/64", "fe80::1", {"dest_ip": "fe80::1"}),
        ("", "10.0.0.5", {"dest_ip": "10.0.0.5"}),
    ],
)
def test_only_addresses_stand_where_addresses_belong(source: str, destination: str, ends: dict[str, object]) -> None:
    """Who takes the records has types for these fields; the context has the ends as they were told."""
    found = record_of(replace(ALERT, source=source, destination=destination))
    check(found)
    assert {name: found[name] for name in ("src_ip", "dest_ip", "ether") if name in found} == ends
    context = found["alert"]["context"]["netwatch"]
    assert (context["source"], context["destination"]) == (source, destination)


def test_a_rule_of_a_file_keeps_its_number() -> None:
    """Others have that of their detector."""
    plain = record_of(replace(ALERT, evidence=(("rule", "7 revision 3, x:1"),)))["alert"]
    assert (plain["signature_id"], plain["signature"]) == (1900001, "Port scan")
    own = replace(ALERT, rule="sig.payload", evidence=(("rule", "2001219 revision 20, my.rules:4"),))
    found = record_of(own)["alert"]
    assert (found["signature_id"], found["rev"], found["signature"]) == (2001219, 20, "Odd banner")
