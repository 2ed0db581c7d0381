"""The form of what opens live sources, by packet rings or by libpcap, with the rights that were taken at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.source import Source
    from netwatch.snapshot import FilterVerdict, Interface


class LiveSources(Protocol):
    """What the engine asks for live sources; one is open at a time."""

    @property
    def own_session(self) -> str:
        """The remote session that netwatch runs in, for people; empty when there is none."""
        ...

    def interfaces(self) -> tuple[Interface, ...]:
        """Return the interfaces, the best guess first."""
        ...

    def verdict(self, text: str) -> FilterVerdict:
        """Return what libpcap says of a filter for the link types that are captured now."""
        ...

    def filter(self, text: str, *, include_own_session: bool) -> CaptureFilter | None:
        """Return the filter that `text` and the exclusion of the own session make together, None for neither.

        Raises:
            FilterError: `text` does not compile for the link types that are captured now.
        """
        ...

    def open(self, names: tuple[str, ...], text: str, *, include_own_session: bool) -> Source:
        """Close what is open and return a source of all these interfaces.

        Raises:
            NetwatchError: an interface does not exist or cannot be opened, or the filter does not compile for it.
        """
        ...
