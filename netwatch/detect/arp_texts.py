"""How the detectors of ARP name things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.addresses import address_text, vlan_text
from netwatch.detect.link_events import REPLY_ARP
from netwatch.detect.surroundings import mac_text

if TYPE_CHECKING:
    from netwatch.detect.bindings import Claimed


def place_text(vlan: int, address: str) -> str:
    """Return an address in its VLAN, the same for every detector of ARP."""
    tag = vlan_text(vlan)
    return f"{address}@{tag}" if tag else address


def claimed_text(claimed: Claimed) -> str:
    """Return one claim in words."""
    event = claimed.event
    kind = "reply" if event.operation == REPLY_ARP else "request"
    words = [f"{mac_text(event.sender_mac)} has {address_text(*event.sender)} ({kind}"]
    if event.gratuitous:
        words.append("gratuitous")
    elif event.operation == REPLY_ARP:
        words.append(f"to {mac_text(event.target_mac)}, {'asked' if claimed.asked else 'not asked'}")
    return " ".join(words) + ")"
