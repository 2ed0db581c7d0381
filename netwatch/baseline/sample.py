"""Samples: how much each host, service, pair of peers and name of a capture had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.tables.query import TableQuery

if TYPE_CHECKING:
    from netwatch.run.session import Session

MOST_KEYS: Final = 2000
"""Entries of one kind of a capture: those with most."""
KINDS: Final = ("hosts", "services", "peers", "names")

Sample = dict[str, dict[str, int]]
"""By kind and key: bytes of hosts and of peers, attempts of services, queries of names."""


def sample_of(session: Session) -> Sample:
    """Return what a capture holds so far; must be called by the thread that owns it."""
    hosts = session.page("hosts", TableQuery("bytes", count=MOST_KEYS)).table
    services = session.page("services", TableQuery("attempts", count=MOST_KEYS)).table
    flows = session.page("flows", TableQuery("bytes", count=MOST_KEYS)).table
    names = session.page("dns_names", TableQuery("queries", count=MOST_KEYS)).table
    peers: dict[str, int] = {}
    for at in range(len(flows)):
        ends = " - ".join(sorted((flows.source[at], flows.destination[at])))
        peers[ends] = peers.get(ends, 0) + int(flows.bytes[at].sum())
    return {
        "hosts": {hosts.address[at]: int(hosts.bytes[at].sum()) for at in range(len(hosts))},
        "services": {
            f"{services.server[at]} port {int(services.port[at])}": int(services.attempts[at])
            for at in range(len(services))
        },
        "peers": peers,
        "names": {names.name[at]: int(names.queries[at]) for at in range(len(names)) if names.queries[at]},
    }


def growth(before: Sample, now: Sample) -> Sample:
    """Return what came since `before`; an entry that left its table meanwhile and came back began at nothing."""
    found: Sample = {}
    for kind in KINDS:
        earlier = before.get(kind, {})
        more = {
            key: value - earlier[key] if value >= earlier.get(key, 0) and key in earlier else value
            for key, value in now[kind].items()
        }
        found[kind] = {key: value for key, value in more.items() if value > 0}
    return found


def added(one: Sample, two: Sample) -> Sample:
    """Return both together."""
    found = {kind: dict(one.get(kind, {})) for kind in KINDS}
    for kind in KINDS:
        for key, value in two.get(kind, {}).items():
            found[kind][key] = found[kind].get(key, 0) + value
    return found
