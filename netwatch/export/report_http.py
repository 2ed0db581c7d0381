"""HTTP in reports: as JSON by the contract of DESIGN.md section 5, and as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwatch.plural import counted

if TYPE_CHECKING:
    from netwatch.tables.http import HttpSummary

MOST_HOSTS = 10
MOST_AGENTS = 5
LONGEST = 51


def http_object(found: HttpSummary) -> dict[str, Any]:
    """Return the section of the contract, with methods and statuses."""
    return {
        "requests": found.requests,
        "responses": found.responses,
        "hosts": dict(found.hosts),
        "user_agents": dict(found.user_agents),
        "methods": dict(found.methods),
        "statuses": {str(status): count for status, count in found.statuses},
        "uncounted": found.uncounted,
    }


def http_lines(found: HttpSummary) -> list[str]:
    """Return what people want to know of HTTP, nothing where there was none."""
    if not found.requests and not found.responses:
        return []
    kinds: dict[str, int] = {}
    for status, count in found.statuses:
        kinds[f"{status // 100}xx"] = kinds.get(f"{status // 100}xx", 0) + count
    answers = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    told = f": {answers}" if answers else ""
    lines = [f"HTTP        {counted(found.requests, 'requests')}, {counted(found.responses, 'responses')}{told}"]
    for title, most, values in (("hosts", MOST_HOSTS, found.hosts), ("user agents", MOST_AGENTS, found.user_agents)):
        if values:
            lines += ["", f"  {f'Most frequent {title}':<{LONGEST}} {'requests':>12}"]
            lines += [f"  {_cut(name):<{LONGEST}} {count:>12,}" for name, count in values[:most]]
    return [*lines, ""]


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..."
