"""What numpy is told before it is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import MutableMapping

ENVIRONMENT: Final = {
    # Its BLAS, which nobody here uses, would start threads, and capabilities are dropped thread by thread
    "OPENBLAS_NUM_THREADS": "1",
    # It would ask for huge pages behind every array of 4 MiB. In a virtual machine the first touch of one takes
    # milliseconds: while the buffer fills, copying blocks of packets took three times as long, in 50 MiB more memory
    "NUMPY_MADVISE_HUGEPAGE": "0",
}


def prepare_numpy(environment: MutableMapping[str, str]) -> None:
    """Add to the process's environment what the user did not set."""
    for name, value in ENVIRONMENT.items():
        environment.setdefault(name, value)
