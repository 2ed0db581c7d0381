"""Decoys: several addresses that try the same ports of one host at the same time are one scan (nmap -D)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from netwatch.detect.window import Keys
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.finding import Finding
    from netwatch.detect.scan_tally import ScanTally

MOST_TARGETS: Final = 500
MOST_SCANS: Final = 4
"""Scans of one target at a time that differ; the newest are compared."""
MOST_NAMED: Final = 20
TOGETHER_NS: Final = SECOND // 5
"""Between the first failures of two addresses of one scan: nmap sends each probe from all of them at once. A second
program that scans does not even start within that time."""
ALIKE: Final = 0.8
"""Share of ports in common, of those of each; addresses that share the work of a scan have hardly any."""


@dataclass(slots=True)
class _Scan:
    """What the address did that was told first."""

    finding: Finding
    tally: ScanTally
    others: dict[str, None] = field(default_factory=dict)

    def is_alike(self, tally: ScanTally) -> bool:
        if abs(tally.first_ns - self.tally.first_ns) > TOGETHER_NS:
            return False
        one, two = set(self.tally.things), set(tally.things)
        return len(one & two) >= ALIKE * max(len(one), len(two))

    def told(self, finding: Finding) -> Finding:
        """Return the finding of the whole scan; `finding` is the newest of one of its addresses."""
        if not self.others:
            return self.finding
        names = list(self.others)
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        said = ("the same at once from", ", ".join(names[:MOST_NAMED]) + more + "; all but one of them may be forged")
        summary = f"{self.finding.summary}; {len(names)} other addresses did the same at once"
        evidence = (*self.finding.evidence, said)
        return replace(self.finding, moment=finding.moment, summary=summary, evidence=evidence)


class Decoys:
    """Puts together what belongs together, by target."""

    def __init__(self) -> None:
        self._scans: Keys[dict[Hashable, _Scan]] = Keys(MOST_TARGETS, dict)

    def whole(self, finding: Finding, tally: ScanTally) -> Finding:
        """Return the finding of the scan that a finding of one address, whose failures are in `tally`, belongs to."""
        scans = self._scans.at(finding.victim)
        own = scans.get(finding.key)
        if own is None:
            for scan in scans.values():
                if scan.is_alike(tally):
                    scan.others[finding.source] = None
                    return scan.told(finding)
            own = scans[finding.key] = _Scan(finding, tally)
            if len(scans) > MOST_SCANS:
                del scans[next(iter(scans))]
        own.finding, own.tally = finding, tally
        return own.told(finding)
