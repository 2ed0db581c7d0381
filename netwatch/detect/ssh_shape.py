"""What an SSH connection was about, told by the sizes of its segments: failed passwords, or a session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SECOND: Final = 1_000_000_000
MOST_SEGMENTS: Final = 64
"""Segments with payload after which a connection is a session."""
LEAST_CLIENT: Final = 6
"""Segments of a client before its first password has an answer: banner, key exchange, service, password."""
MOST_CLIENT: Final = 9
"""The same with one password; with a session there are more."""
CLIENT_BYTES: Final = 7700
SERVER_BYTES: Final = 12_200
"""NEMEA's ranges for failed logins, and 1.2 kB more for keys that quantum computers do not break."""
LONGEST_NS: Final = 60 * SECOND
LARGEST_REFUSAL: Final = 160
"""Bytes of a server's segment that says that a password is wrong."""
LEAST_RUN: Final = 3
"""Refusals of the same size in a row that show passwords tried in one connection."""
AROUND: Final = 10
"""Segments of a client in such a connection that are not passwords."""


@dataclass(slots=True)
class SshConnection:
    """Segments with payload of one connection, as far as they are needed."""

    begun_ns: int
    sizes: list[tuple[bool, int]] = field(default_factory=list)
    """(from the client, bytes) in order."""
    client_bytes: int = 0
    server_bytes: int = 0

    def add(self, from_client: bool, size: int) -> None:
        """Take a segment."""
        self.sizes.append((from_client, size))
        if from_client:
            self.client_bytes += size
        else:
            self.server_bytes += size

    def is_session(self, now_ns: int) -> bool:
        """Return True when it is too long or too large for failed logins."""
        return (
            len(self.sizes) > MOST_SEGMENTS
            or self.client_bytes > CLIENT_BYTES
            or self.server_bytes > SERVER_BYTES
            or now_ns - self.begun_ns > LONGEST_NS
        )

    def failures(self, now_ns: int) -> int | None:
        """Return how many passwords failed in a connection that ended: 0 for none tried, None for a session."""
        if self.is_session(now_ns):
            return None
        client = sum(from_client for from_client, _ in self.sizes)
        if client < LEAST_CLIENT:
            return 0
        if client <= MOST_CLIENT:
            return 1
        run = self._refusals()
        return run if run >= LEAST_RUN and client <= run + AROUND else None

    def _refusals(self) -> int:
        """Return the longest run of answers of one size, each to one segment of the client."""
        longest = run = before = 0
        for (asks, _), (asked, size) in zip(self.sizes, self.sizes[1:], strict=False):
            if not asks or asked:
                continue
            run = run + 1 if size == before and size <= LARGEST_REFUSAL else 1
            longest, before = max(longest, run), size
        return longest
