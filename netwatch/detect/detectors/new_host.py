"""new.host: a machine on this link that was not here before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import vlan_text
from netwatch.detect.finding import Finding
from netwatch.detect.learning import LearningDetector, LearningThresholds
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import is_private_mac, is_virtual, mac_text
from netwatch.track.host_scope import GROUP_MAC, is_local
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.config import Config
    from netwatch.detect.observation import Observation

MOST_A_SLICE: Final = 512
"""Claims of addresses of one slice of time that are looked at; of senders there are no more than so many either."""


@dataclass(frozen=True, slots=True)
class Thresholds(LearningThresholds):
    """Machines by their MAC addresses."""

    private: bool = False
    """Tell also of MAC addresses that their machines made up: telephones change them from day to day."""


class NewHost(LearningDetector[Thresholds]):
    """Remembers MAC addresses that send from addresses of this network or claim one by ARP."""

    rule: ClassVar[Rule] = Rule(
        "new.host",
        220,
        "New host",
        Severity.INFO,
        what="A MAC address began to use an address of this network that had not been here since the capture began, "
        "after a time of learning: a machine that somebody connected.",
        benign="A visitor, a new telephone, a virtual machine, or a machine that was switched off while this learned.",
        tune="Set learn_s to how long it takes until all machines were on once; private to true to see made-up "
        "addresses too.",
        mitre=("T1200",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("senders", "claims")

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at who sent."""
        done: set[tuple[int, int]] = set()
        for high, low, vlan, mac, moment in self._senders(seen):
            if (mac, vlan) in done or not mac or mac & GROUP_MAC or not is_local(high, low):
                continue
            done.add((mac, vlan))
            if is_virtual(mac) or (is_private_mac(mac) and not self.config.private):
                continue
            if not self.is_news((mac, vlan), moment[0], seen):
                continue
            party = seen.surroundings.party(high, low, vlan, mac)
            tag = vlan_text(vlan)
            yield Finding(
                key=(mac, vlan),
                moment=Moment(*moment),
                summary=f"{party.text} with MAC address {mac_text(mac)} is here for the first time",
                value=1,
                threshold=1,
                source=party.text,
                actor=party.entity,
                evidence=(("MAC address", mac_text(mac)), *((("VLAN", tag),) if tag else ())),
                packets=(moment[1],),
            )

    def _senders(self, seen: Observation) -> Iterator[tuple[int, int, int, int, tuple[int, int]]]:
        """Yield (high, low, VLAN, MAC, time and packet) of those who sent, each at least once, or claimed an address.

        Of several tuples a record of its own would take longest; most senders are known.
        """
        found = seen.senders
        if found is not None:
            at = found.first_of_each()
            moments = zip(found.time_ns[at].tolist(), found.number[at].tolist(), strict=True)
            columns = (found.high, found.low, found.vlan, found.mac)
            yield from zip(*(one[at].tolist() for one in columns), moments, strict=True)
        self.left_out += max(len(seen.claims) - MOST_A_SLICE, 0)
        for claim in seen.claims[:MOST_A_SLICE]:
            event = claim.event
            yield *event.sender, event.vlan, event.sender_mac, event.moment
