"""The review list: what a person should look at first in a capture, a line a point."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.plural import counted
from netwatch.tables.query import TableQuery

if TYPE_CHECKING:
    from netwatch.run.session import Session
    from netwatch.tables.checksums import ChecksumSummary

MOST: Final = 5
"""Examples of each point."""
LOOKED_AT: Final = 1000
"""Services and flows that are looked at, those with most failures or resets."""
FAILURES: Final = 3
"""Failed attempts to reach one service from which on they are repeated."""


class Point(NamedTuple):
    """One thing to look at."""

    topic: str
    text: str
    """Printable."""


def review(session: Session, checksums: ChecksumSummary | None) -> tuple[Point, ...]:
    """Return the points of a finished capture, always in the same order."""
    points = [*_talkers(session), *_failures(session), *_ports(session), *_resets(session), *_new_names(session)]
    return (*points, Point("checksums", _checksums(checksums)), *_losses(session))


def _checksums(found: ChecksumSummary | None) -> str:
    if found is None:
        return "not looked at while live"
    if not found.bad and not found.offloaded:
        return f"all {found.judged:,} right" if found.judged else "none that could be looked at"
    who = ", ".join(f"{address} {count:,}" for address, count in found.senders[:MOST])
    return (
        f"{found.ip_bad:,} IPv4, {found.tcp_bad:,} TCP, {found.udp_bad:,} UDP wrong"
        f"{f' ({who})' if who else ''}; {found.offloaded:,} left to the sender's network card"
    )


def _talkers(session: Session) -> list[Point]:
    points = []
    for topic, column, place in (("top talkers", "sent", 0), ("top destinations", "received", 1)):
        table = session.page("hosts", TableQuery(column, count=MOST)).table
        named = [
            f"{table.address[at]}{f' ({table.name[at]})' if table.name[at] else ''} {int(table.bytes[at, place]):,} B"
            for at in range(len(table))
            if table.bytes[at, place]
        ]
        if named:
            points.append(Point(topic, ", ".join(named)))
    return points


def _failures(session: Session) -> list[Point]:
    table = session.page("services", TableQuery("attempts", count=LOOKED_AT)).table
    failed = table.attempts - table.complete
    worst = sorted((-int(failed[at]), at) for at in range(len(table)) if failed[at] >= FAILURES)[:MOST]
    return [
        Point(
            "failed handshakes",
            f"{table.server[at]} port {int(table.port[at])}: {-count:,} of {int(table.attempts[at]):,} attempts "
            f"({int(table.refused[at]):,} refused, {int(table.incomplete[at]):,} unanswered, "
            f"{int(table.half_open[at]):,} half open)",
        )
        for count, at in worst
    ]


def _ports(session: Session) -> list[Point]:
    """Return services that answered on a port without a registered service."""
    table = session.page("services", TableQuery("complete", count=LOOKED_AT)).table
    odd = [
        f"{table.server[at]} port {int(table.port[at])} ({counted(int(table.complete[at]), 'connections')})"
        for at in range(len(table))
        if table.complete[at] and not table.application[at]
    ]
    more = f" and {len(odd) - MOST:,} more" if len(odd) > MOST else ""
    return [Point("unexpected ports", f"{', '.join(odd[:MOST])}{more}")] if odd else []


def _resets(session: Session) -> list[Point]:
    table = session.page("flows", TableQuery("bytes", count=LOOKED_AT)).table
    reset = Counter(
        f"{table.source[at]} > {table.destination[at]} port {int(table.dport[at])}"
        for at in range(len(table))
        if table.health.resets[at].any() and table.state[at] == "RESET"
    )
    if not reset:
        return []
    named = [f"{who} ({counted(count, 'flows')})" if count > 1 else who for who, count in reset.most_common(MOST)]
    more = f" and {len(reset) - MOST:,} more" if len(reset) > MOST else ""
    return [Point("resets", f"{', '.join(named)}{more}")]


def _new_names(session: Session) -> list[Point]:
    table = session.page("dns_names", TableQuery("first", descending=False, count=LOOKED_AT)).table
    remembered = session.name_history is not None
    asked = [table.name[at] for at in range(len(table)) if table.queries[at] and (table.new[at] or not remembered)]
    if not asked:
        return []
    more = f" and {len(asked) - MOST:,} more" if len(asked) > MOST else ""
    return [Point("new names" if remembered else "names asked for", f"{', '.join(asked[:MOST])}{more}")]


def _losses(session: Session) -> list[Point]:
    loss = session.snapshot().loss
    lost = (
        (loss.kernel_dropped or 0, "packets", "{} dropped by the kernel"),
        (loss.malformed, "malformed packets", "{}"),
        (loss.unseen_segments, "TCP segments", "about {} acknowledged but not captured"),
        (loss.inspection_skipped, "packets or messages", "{} not inspected"),
        (loss.evicted_flows + loss.evicted_rows, "rows", "{} evicted from full tables"),
    )
    said = [words.format(counted(count, noun)) for count, noun, words in lost if count]
    if loss.truncated_file:
        said.append("file cut short")
    return [Point("loss", ", ".join(said) if said else "none known")]
