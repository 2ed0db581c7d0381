"""Which rows of chosen packets leave with the buffer: not those of packets of which there is a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netwatch.snapshot import History


def leaving(numbers: NDArray[np.int64], history: History) -> NDArray[np.intp]:
    """Return the positions of those of the packets `numbers`, ascending, that cannot be looked at any more."""
    import numpy as np  # the first screen need not wait for numpy

    before = numbers[: int(np.searchsorted(numbers, history.readable))]
    copied = np.isin(before, np.array(history.copies, np.int64), assume_unique=True)
    return np.flatnonzero(~copied)
