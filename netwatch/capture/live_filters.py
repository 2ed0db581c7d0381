"""The capture filters of live sources: what libpcap says of them, and the exclusion of the own remote session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwatch.capture.bpf import CaptureFilter, exclude

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.capture.bpf import FilterCompiler
    from netwatch.capture.own_session import OwnSession
    from netwatch.snapshot import FilterVerdict


@dataclass(frozen=True, slots=True)
class LiveFilters:
    """Makes filters for the link types that are captured."""

    compiler: FilterCompiler
    own_session: OwnSession | None

    @property
    def label(self) -> str:
        """The remote session that netwatch runs in, for people; empty when there is none."""
        return self.own_session.label if self.own_session else ""

    def verdict(self, text: str, link_types: Sequence[int]) -> FilterVerdict:
        """Return what libpcap says of a filter for all of `link_types`, of which there is one at least."""
        verdicts = [self.compiler.verdict(text, link_type) for link_type in link_types]
        return next((verdict for verdict in verdicts if not verdict.valid), verdicts[0])

    def filter(self, text: str, link_types: Sequence[int], *, include_own_session: bool) -> CaptureFilter | None:
        """Return the filter that `text` and the exclusion of the own session make together, None for neither.

        Raises:
            FilterError: `text` does not compile for one of `link_types`.
        """
        if text.strip():
            # By itself first: `tcp) or (udp` would compile inside the brackets of the exclusion
            for link_type in link_types:
                CaptureFilter(text, self.compiler).program(link_type)
        if self.own_session is not None and not include_own_session:
            text = exclude(text, self.own_session.filter)
        return CaptureFilter(text, self.compiler) if text.strip() else None
