"""What the last run sent to its terminal, kept for `netwatch doctor`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from netwatch.plural import counted


@dataclass(frozen=True, slots=True)
class LastDrawn:
    """How much went to a terminal, from the first frame to the last."""

    seconds: float
    sent: int
    """Bytes."""
    meant: int
    """Bytes that Textual wanted to send."""
    peak: float
    """Bytes a second in the busiest seconds."""
    frames: int
    """Live frames that were drawn."""
    skipped: int
    """Live frames that were left out because the terminal still drew."""
    columns: int
    lines: int
    mistrusted: bool = False
    """It drew otherwise than expected."""

    def words(self) -> str:
        """Say it in a line."""
        rate = self.sent / max(self.seconds, 1)
        said = f"the last run sent {rate / 1000:.1f} kB/s to a terminal of {self.columns}x{self.lines}, "
        said += f"{self.peak / 1000:.1f} kB/s at most, {1 - self.sent / max(self.meant, 1):.0%} spared; "
        said += f"{counted(self.frames, 'frames')} drawn, {self.skipped:,} left out because it was slow"
        return f"{said}; it drew otherwise than expected, so whole regions were sent" if self.mistrusted else said

    def as_values(self) -> dict[str, Any]:
        """Return it for a file."""
        return asdict(self)


def last_drawn(kept: object) -> LastDrawn | None:
    """Return what a file holds, None when that makes no sense."""
    if not isinstance(kept, dict):
        return None
    numbers: dict[str, Any] = {item.name: kept.get(item.name) for item in fields(LastDrawn)}
    if not all(isinstance(number, int | float) and 0 <= number < 1 << 60 for number in numbers.values()):
        return None
    return LastDrawn(**numbers)
