"""What a pane asks of a tracker, and the page of a table that it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class TableQuery:
    """Which rows of a table, in which order."""

    sort: str
    """Identifier of the column to sort by; a tracker raises KeyError for one that it does not have."""
    descending: bool = True
    text: str = ""
    """Quick filter: only rows that match every one of its words."""
    first: int = 0
    """Position of the first row wanted, from 0."""
    count: int = 50
    held: NDArray[np.int64] | None = None
    """Serials in the order to show, instead of sorting and filtering: what keeps rows still under a cursor."""
    whole_order: bool = False
    """Return the serials of all matching rows in order too, to hold on to them."""


@dataclass(frozen=True, slots=True, eq=False)
class Page(Generic[T]):
    """Some rows of a sorted and filtered table."""

    table: T
    """The rows asked for, as far as there are so many."""
    first: int
    """Position of the first of them."""
    total: int
    """Rows that match, on this page or not."""
    order: NDArray[np.int64] | None = None
    """Serials of all of them in order, when asked for."""
