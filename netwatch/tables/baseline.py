"""BaselineTable: what is not as it usually is, as the baseline pane sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class BaselineTable:
    """Differences in the order that was asked for, n of them; strings are printable, columns have shape (n,)."""

    serial: NDArray[np.int64]
    """The same for the same thing as long as netwatch runs."""
    change: tuple[str, ...]
    """new, gone, larger or smaller."""
    kind: tuple[str, ...]
    """hosts, services, peers or names."""
    key: tuple[str, ...]
    """An address, an address and a port, two addresses, or a name."""
    value: NDArray[np.int64]
    """Bytes of hosts and of peers, attempts of services, queries of names."""
    usual: NDArray[np.float64]
    """The median of the days before, of as long as this capture was watched; 0 where it was not there."""
    score: NDArray[np.float64]
    """Robust z, 0 where no spread is known."""
    against: str
    """What is compared with, in words."""

    def __len__(self) -> int:
        return len(self.serial)


class UsualBytes(NamedTuple):
    """What a machine moved on other days, in both directions."""

    median: float
    most: float
    """Bytes of a day beyond which it is unusual."""
    days: int
