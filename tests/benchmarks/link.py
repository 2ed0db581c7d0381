"""What goes to a terminal over SSH: bytes a second at 80x24 while every row changes, and the frames that are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.live import PAUSE, send
from tests.benchmarks.screen import Watched, netwatch
from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE: Final = (80, 24)
SESSION: Final = {"SSH_CONNECTION": "192.0.2.9 50000 192.0.2.1 22"}
"""What a shell over SSH has in its environment."""
LOADS: Final = ((2_000, "2,000/s"), (20, "20/s"), (0, "top speed of the generator"))
FORMS: Final = (("over SSH", ()), ("--low-bandwidth", ("--low-bandwidth",)))


def link_figures(folder: Path, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) for each load."""
    file = folder / "link.pcap"
    write_pcap(file, mixed(65_536))
    for rate, load in LOADS:
        for form, words in FORMS:
            with cable() as (sender, watched):
                command = inside(watched, *netwatch("-i", "v0", *words))
                screen = Watched(command, size=SIZE, environment=SESSION, exact=True)
                screen.pump(PAUSE)
                generator = send(sender, file, rate, seconds)
                screen.pump(1)
                frames = screen.frames
                sent = len(screen.pump(seconds - 2))
                drawn = (screen.frames - frames) / (seconds - 2)
                generator.communicate()
                screen.quit()
            figure = f"{sent / (seconds - 2) / 1000:.1f} kB/s, {drawn:.1f} frames/s"
            yield f"80x24, packets followed at {load}, {form}", figure
