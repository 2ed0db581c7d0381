"""smb.v1: a server still speaks the version of SMB that worms use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config
from netwatch.detect.detector import Detector
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity
from netwatch.track.application_events import SmbNegotiated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """One connection is enough."""


class SmbV1(Detector[Thresholds]):
    """Tells of each client and server."""

    rule: ClassVar[Rule] = Rule(
        "smb.v1",
        214,
        "SMB version 1",
        Severity.LOW,
        what="Client and server chose version 1 of SMB. It has neither encryption nor safe signatures, and EternalBlue "
        "and other worms spread by it; Microsoft removed it.",
        benign="An old printer, scanner or storage box that knows nothing else; inside this network it is told as "
        "info only.",
        tune="Add such a device to ignore_dst.",
        mitre=("T1021.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (SmbNegotiated,)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each choice."""
        for event in seen.of(SmbNegotiated):
            if event.dialect != "1":
                continue
            stream = event.stream
            source = seen.surroundings.party(stream.initiator_high, stream.initiator_low)
            target = seen.surroundings.party(stream.responder_high, stream.responder_low)
            yield Finding(
                key=(source.entity, target.text),
                moment=event.moment,
                summary=f"{source.text} and {target.text} speak SMB version 1",
                value=1,
                threshold=1,
                source=source.text,
                destination=target.text,
                port=stream.responder_port,
                protocol="SMB",
                severity=Severity.INFO if target.local else None,
                actor=source.entity,
                victim=target.text,
                confidence=95,
                evidence=(("version chosen", "SMB 1"),),
                packets=(event.moment.number,),
                source_port=stream.initiator_port,
            )
