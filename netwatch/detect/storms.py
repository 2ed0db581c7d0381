"""Storms: more new alerts of one rule than anybody reads become one alert that says how many."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from netwatch.detect.finding import MOST_SAMPLES
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.finding import Finding
    from netwatch.detect.rule import Rule

MOST_NEW_A_MINUTE: Final = 60
"""New alerts of one rule; the others are held back."""
MINUTE_NS: Final = 60 * SECOND
MOST_HELD_BACK: Final = 10_000
"""Identities that are counted while they are held back."""
_STORM: Final = ("storm",)


class Storms:
    """Counts the new alerts of each rule."""

    def __init__(self) -> None:
        self._begun: dict[str, deque[int]] = {}
        """Times of the newest alerts of each rule."""
        self._held_back: dict[str, dict[tuple[Hashable, ...], str]] = {}
        """Alerts of each rule that were held back, with their summaries."""

    def holds_back(self, rule: Rule, finding: Finding) -> bool:
        """Return whether a finding, which would be a new alert, is one too many; that of a storm never is."""
        if finding.key == _STORM:
            return False
        begun = self._begun.setdefault(rule.id, deque(maxlen=MOST_NEW_A_MINUTE))
        now_ns = finding.moment.time_ns
        if len(begun) == MOST_NEW_A_MINUTE and now_ns - begun[0] < MINUTE_NS:
            return True
        begun.append(now_ns)
        return False

    def finding(self, rule: Rule, finding: Finding) -> Finding:
        """Return the finding that stands for those that are held back, `finding` among them."""
        held_back = self._held_back.setdefault(rule.id, {})
        if len(held_back) < MOST_HELD_BACK:
            held_back.setdefault(finding.key, finding.summary)
        count = len(held_back)
        least = "at least " if count == MOST_HELD_BACK else ""
        return replace(
            finding,
            key=_STORM,
            summary=f"{least}{count:,} more alerts of {rule.id} than {MOST_NEW_A_MINUTE} a minute, held back",
            value=count,
            threshold=1,
            window_s=MINUTE_NS // SECOND,
            source="",
            destination="",
            actor="",
            victim="",
            port=0,
            source_port=0,
            evidence=(("held back", f"{least}{count:,}"),),
            samples=tuple(islice(held_back.values(), MOST_SAMPLES)),
        )
