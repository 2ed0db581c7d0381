"""Every field that the language knows, under its name and under the names that it had before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.filter import (
    fields_cooked,
    fields_dhcp,
    fields_dns,
    fields_frame,
    fields_http,
    fields_ipv6_more,
    fields_lines,
    fields_link,
    fields_messages,
    fields_network,
    fields_other,
    fields_protocols,
    fields_stream,
    fields_table,
    fields_tls,
    fields_transport,
    fields_wlan,
)
from netwatch.filter.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netwatch.filter.field import Field

_MODULES: Final = (
    fields_frame, fields_link, fields_cooked, fields_wlan, fields_network, fields_ipv6_more, fields_transport,
    fields_stream, fields_dns, fields_dhcp, fields_http, fields_tls, fields_lines, fields_messages, fields_other,
    fields_protocols, fields_table,
)  # fmt: skip

FIELDS: Final[Mapping[str, Field]] = {field.name: field for module in _MODULES for field in module.FIELDS}

FAMILIES: Final = {"ssl": "tls", "bootp": "dhcp"}
"""Protocols that had another name in older versions of Wireshark, with all their fields."""
ALIASES: Final = {
    "ip.flags.evil": "ip.flags.rb", "ip.tos": "ip.dsfield", "http.content_length_old": "http.content_length",
    "tls.record": "tls", "tls.handshake.extensions_alpn": "tls.handshake.extensions_alpn_str",
    "bootp.option.hostname": "dhcp.option.hostname", "tcp.options.wscale_val": "tcp.options.wscale.shift",
    "tcp.flags.rst": "tcp.flags.reset", "tcp.flags.psh": "tcp.flags.push", "tcp.rst": "tcp.flags.reset",
    "host": "host.name", "process": "process.name",
}  # fmt: skip


def field(name: str) -> Field | None:
    """Return the field called `name`, now or in older versions, None when there is none."""
    family, dot, rest = name.partition(".")
    if family in FAMILIES:
        name = FAMILIES[family] + dot + rest
    return FIELDS.get(ALIASES.get(name, name))


def nearest_field(name: str) -> str:
    """Return the field that somebody may have meant who wrote `name`, empty when none is like it."""
    old_names = (old + new.removeprefix(FAMILIES[old]) for old in FAMILIES for new in _family(FAMILIES[old]))
    return nearest(name, [*FIELDS, *old_names])


def _family(prefix: str) -> list[str]:
    return [name for name in FIELDS if name == prefix or name.startswith(prefix + ".")]
