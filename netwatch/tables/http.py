"""HttpSummary: what a report and the overview tell of HTTP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpSummary:
    """Since the start; strings are printable, counted under the first that came where there are too many."""

    requests: int = 0
    responses: int = 0
    hosts: tuple[tuple[str, int], ...] = ()
    """(host as the Host field has it, or the authority of the target without one, requests), most first."""
    user_agents: tuple[tuple[str, int], ...] = ()
    methods: tuple[tuple[str, int], ...] = ()
    statuses: tuple[tuple[int, int], ...] = ()
    """(status, final responses), most first."""
    uncounted: int = 0
    """Requests whose host or user agent is not in the lists, because there are too many different ones."""
