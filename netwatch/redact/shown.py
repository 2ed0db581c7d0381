"""What the engine answers, with everything that names somebody replaced: tables, rows, alerts, whatever holds text."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from netwatch.redact.redactor import Redactor

T = TypeVar("T")

NAMES: Final = frozenset(
    {
        ("AddressFilter", "name"),
        ("HostTable", "name"),
        ("HostTable", "names"),
        ("DnsTable", "name"),
        ("DnsNameTable", "name"),
        ("WebTable", "name"),
        ("WebNameTable", "name"),
        ("CertificateTable", "name"),
        ("CertificateTable", "names"),
        ("CertificateTable", "subject"),
        ("CertificateTable", "issuer"),
        ("FlowTable", "source_name"),
        ("FlowTable", "destination_name"),
        ("Overview", "names"),
        ("Overview", "server_names"),
        ("Overview", "http_hosts"),
        ("DnsSummary", "names"),
        ("HttpSummary", "hosts"),
        ("WebSummary", "names"),
    }
)
"""Fields (of a class) whose texts are names as a whole, of one label too."""
AS_IT_IS: Final = frozenset(
    {
        ("Alert", "rule"),
        ("Alert", "what"),
        ("Alert", "benign"),
        ("Alert", "tune"),
        ("Mute", "rule"),
        ("Saved", "path"),
        ("Recording", "path"),
        ("WebTable", "ja4"),
        ("FlowTable", "community_id"),
    }
)
"""Fields whose texts speak of us, not of the network. A Community ID is a hash of addresses and is left out below."""
EMPTIED: Final = frozenset({("FlowTable", "community_id"), ("FlowTable", "about"), ("WebTable", "target")})
"""Fields that tell of addresses, users or paths in ways that cannot be replaced."""
FILTER: Final = ("ViewState", "text")
"""A display filter, whose words look like names."""
CAPTURE_FILTER: Final = ("Snapshot", "capture_filter")
SOURCE: Final = ("Snapshot", "source")
"""Interfaces of ours, or files, whose names tell of hosts and places."""


def shown(value: T, redactor: Redactor) -> T:
    """Return `value`, a text or a frozen object that holds some at any depth, with what names somebody replaced."""
    found: T = _changed(value, redactor)
    return found


def _changed(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, tuple | list):
        return _items(value, [_changed(item, redactor) for item in value])
    if not is_dataclass(value) or isinstance(value, type):
        return value
    kind, changes = type(value).__name__, {}
    for field in fields(value):
        before = getattr(value, field.name)
        place = (kind, field.name)
        if place in EMPTIED:
            after = _emptied(before)
        elif place in AS_IT_IS:
            continue
        elif place == FILTER:
            after = redactor.filter(before)
        elif place == SOURCE:
            after = before if getattr(value, "live", False) else redactor.file_name(before)
        elif place == CAPTURE_FILTER:
            after = redactor.capture_filter(before)
        else:
            after = _names(before, redactor) if place in NAMES else _changed(before, redactor)
        if after is not before:
            changes[field.name] = after
    return replace(value, **changes) if changes else value


def _names(value: Any, redactor: Redactor) -> Any:
    """Return texts at any depth as names."""
    if isinstance(value, str):
        return redactor.name(value)
    return _items(value, [_names(item, redactor) for item in value]) if isinstance(value, tuple | list) else value


def _emptied(value: Any) -> Any:
    """Return texts at any depth as empty ones."""
    if isinstance(value, str):
        return ""
    return _items(value, [_emptied(item) for item in value]) if isinstance(value, tuple | list) else value


def _items(before: Any, after: list[Any]) -> Any:
    """Return the items as the kind of sequence that they were, and the same one if they are the same."""
    if all(one is other for one, other in zip(before, after, strict=True)):
        return before
    if hasattr(before, "_make"):
        return before._make(after)
    return type(before)(after)
