"""Indicators: hosts, names, URLs, user agents, fingerprints and certificates, for other tools to search for."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from netwatch.export.csv_packets import harmless
from netwatch.nanoseconds import SECOND
from netwatch.tables.query import TableQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.run.session import Session

PAGE: Final = 1000
MOST: Final = 100_000
"""Rows of each table that are looked at."""
COLUMNS: Final = ("type", "value", "count", "first_time", "last_time")
_SCHEME: Final = re.compile(r"^(h)tt(ps?://)", re.IGNORECASE)
_PORT: Final = re.compile(r"(?<=[^:]):\d{0,5}$")
_DEFANGED: Final = frozenset({"ip", "domain", "url"})


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that was seen; printable."""

    kind: str
    """ip, domain, netbios, url, user_agent, ja3, ja3s, ja4, certificate_sha256."""
    value: str
    count: int
    first_ns: int
    last_ns: int


def indicators(session: Session) -> list[Indicator]:
    """Return what the tables of a finished capture hold, by kind and then the most frequent first."""
    found: dict[tuple[str, str], Indicator] = {}
    for one in (*_hosts(session), *_names(session), *_agents(session), *_web(session), *_certificates(session)):
        if not one.value:
            continue
        before = found.get((one.kind, one.value))
        found[one.kind, one.value] = one if before is None else _together(before, one)
    return sorted(found.values(), key=lambda one: (one.kind, -one.count, one.value))


def defanged(one: Indicator) -> Indicator:
    """Return an indicator that no program takes for a link or a name to look up."""
    if one.kind not in _DEFANGED:
        return one
    value = _SCHEME.sub(r"\1xx\2", one.value)
    return replace(one, value=value.replace(".", "[.]").replace("://", "[://]"))


def domain_of(host: str) -> str:
    """Return the name in the host of a request, without its port; empty for an address, which the hosts have."""
    name = _PORT.sub("", host)
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return name
    return ""


def indicators_json(found: list[Indicator]) -> str:
    """Return a JSON array with times in seconds since the epoch."""
    rows = [dict(zip(COLUMNS, _cells(one), strict=True)) for one in found]
    return json.dumps(rows, indent=2) + "\n"


def indicators_csv(found: list[Indicator]) -> str:
    """Return CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        kind, value, *rest = _cells(one)
        writer.writerow((kind, harmless(str(value)), *rest))
    return text.getvalue()


def _together(one: Indicator, two: Indicator) -> Indicator:
    count, first_ns = one.count + two.count, min(one.first_ns, two.first_ns)
    return replace(one, count=count, first_ns=first_ns, last_ns=max(one.last_ns, two.last_ns))


def _cells(one: Indicator) -> tuple[Any, ...]:
    return one.kind, one.value, one.count, one.first_ns / SECOND, one.last_ns / SECOND


def _hosts(session: Session) -> Iterator[Indicator]:
    for table in _pages(session, "hosts", "bytes"):
        for at in range(len(table)):
            for address in table.addresses[at]:
                yield Indicator("ip", address, int(table.packets[at].sum()), *_times(table, at))


def _names(session: Session) -> Iterator[Indicator]:
    for table in _pages(session, "dns_names", "queries"):
        for at in range(len(table)):
            kind = "netbios" if "NBNS" in table.protocols[at] else "domain"
            yield Indicator(kind, table.name[at], int(table.queries[at] or table.responses[at]), *_times(table, at))
    for table in _pages(session, "web_names", "last"):
        for at in range(len(table)):
            count = int(table.tls[at] + table.quic[at] + table.http[at])
            yield Indicator("domain", domain_of(table.name[at]), count, *_times(table, at))


def _agents(session: Session) -> Iterator[Indicator]:
    for table in _pages(session, "web_agents", "last"):
        for at in range(len(table)):
            kind = "user_agent" if table.kind[at] == "HTTP" else "ja4"
            yield Indicator(kind, table.agent[at], int(table.requests[at]), *_times(table, at))


def _web(session: Session) -> Iterator[Indicator]:
    for table in _pages(session, "web", "time"):
        for at in range(len(table)):
            time = int(table.time_ns[at])
            if table.kind[at] == "HTTP" and table.name[at]:
                target = table.target[at]
                url = target if "://" in target else f"http://{table.name[at]}{target}"
                yield Indicator("url", url, 1, time, time)
            for kind, value in (("ja3", table.ja3[at]), ("ja3s", table.ja3s[at])):
                yield Indicator(kind, value, 1, time, time)


def _certificates(session: Session) -> Iterator[Indicator]:
    for table in _pages(session, "certificates", "count"):
        for at in range(len(table)):
            yield Indicator("certificate_sha256", table.fingerprint[at], int(table.count[at]), *_times(table, at))


def _times(table: Any, at: int) -> tuple[int, int]:
    return int(table.first_ns[at]), int(table.last_ns[at])


def _pages(session: Session, name: str, sort: str) -> Iterator[Any]:
    first, total = 0, 1
    while first < min(total, MOST):
        page = session.page(name, TableQuery(sort, first=first, count=PAGE))
        yield page.table
        first, total = first + PAGE, page.total
