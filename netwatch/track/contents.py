"""Contents: the trackers that read inside of packets: DNS, TLS, QUIC, HTTP and other applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.track.application_facts import ApplicationFacts
from netwatch.track.application_protocols import application_protocols
from netwatch.track.certificates import LIVE_READ
from netwatch.track.datagrams import LIVE_DATAGRAMS, DatagramTracker
from netwatch.track.dns import LIVE_PACKETS, UNLIMITED, DnsTracker
from netwatch.track.dtls import LIVE_PACKETS as LIVE_DTLS
from netwatch.track.dtls import DtlsTracker
from netwatch.track.fragments import LIVE_FRAGMENTS, FragmentTracker
from netwatch.track.http_records import HttpRecords
from netwatch.track.quic import LIVE_PACKETS as LIVE_INITIALS
from netwatch.track.quic import QuicTracker
from netwatch.track.remarks import Remarks, delay_text
from netwatch.track.stream import LIVE_AT_ONCE, LIVE_SEGMENTS, StreamTracker
from netwatch.track.tls import TlsTables
from netwatch.track.tunnel_reader import Tunnels
from netwatch.track.web import WebTracker

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch
    from netwatch.track.event_log import EventLog
    from netwatch.track.flow import FlowTracker
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.fragments import WholeDatagrams
    from netwatch.track.names import NameCache
    from netwatch.track.parts import Feed
    from netwatch.track.stream_protocol import StreamProtocol


class Contents:
    """Trackers that see the same packets, in the order in which one needs what another found."""

    def __init__(
        self,
        names: NameCache,
        flows: FlowTracker,
        *,
        live: bool,
        log: EventLog | None,
        known_names: frozenset[str] | None,
    ) -> None:
        """Tell `names` what is heard of, note the applications of `flows`; see Analysis for the others."""

        def bound(most: int) -> int:
            """Return what a live capture can afford; a file can wait."""
            return most if live else UNLIMITED

        self._names = names
        self._columns = flows.columns
        self._whole: WholeDatagrams | None = None
        """Datagrams that came in fragments, of which the last is in the batch that is fed."""
        self.remarks = Remarks()
        self.dns = DnsTracker(
            packets=bound(LIVE_PACKETS), log=log, fragments=True, remarks=self.remarks, heard=names.hear,
            known=known_names,
        )  # fmt: skip
        self.web = WebTracker(flow_sizes=flows.payload, certificates_read=bound(LIVE_READ))
        self._tls = TlsTables(self.web, names, flows.applications, log)
        self._quic = QuicTracker(self._tls, packets=bound(LIVE_INITIALS))
        self._dtls = DtlsTracker(self._tls, packets=bound(LIVE_DTLS))
        self.facts = ApplicationFacts(flows.applications, log)
        self._tunnels = Tunnels()
        self.http = HttpRecords(
            self.web, self.facts, self._tunnels.reader, self.remarks.writer(delay_text), self.dns.streams.add
        )
        self._datagrams = DatagramTracker(flows.columns, self.facts, datagrams=bound(LIVE_DATAGRAMS))
        self._fragments = FragmentTracker(fragments=bound(LIVE_FRAGMENTS))
        protocols = self._protocols()
        self._tunnels.know(protocols)
        self._streams = StreamTracker(
            flows.columns, protocols, segments=bound(LIVE_SEGMENTS), at_once=bound(LIVE_AT_ONCE)
        )

    def feeds(self) -> dict[str, Feed]:
        """Return what takes batches, by name, in order."""
        return {
            "names": self._names.feed,
            "fragments": self._put_together,
            "streams": lambda batch, flows: self._streams.feed(batch, flows, self._whole),
            "dns": lambda batch, _flows: self.dns.feed(batch, self._whole),
            "quic": lambda batch, flows: self._quic.feed(batch, flows, self._columns.serial),
            "applications": self._datagrams.feed,
            "dtls": lambda batch, flows: self._dtls.feed(batch, flows, self._columns.serial),
            "facts": self.facts.feed,
        }

    @property
    def evicted(self) -> int:
        """Rows that left full tables."""
        tables = (self._names, self._fragments, self.dns, self.web, self._quic, self._dtls, self.facts)
        return sum(each.evicted for each in tables)

    @property
    def skipped(self) -> int:
        """What was left out because too much came at once."""
        readers = (
            self._names, self._fragments, self._streams, self.dns, self.web, self._quic, self._dtls, self._datagrams,
            self.facts,
        )  # fmt: skip
        return sum(each.skipped for each in readers)

    def read_on(self) -> None:
        """Read what is kept for later; streams and fragments go on."""
        self.dns.settle()

    def settle(self) -> None:
        """Read what is kept for later, because the capture ends."""
        self._streams.finish()
        self.dns.settle(self._fragments.finish())

    def _protocols(self) -> tuple[StreamProtocol, ...]:
        """Return the protocols over TCP that are read; of those that recognise a stream the first reads it."""
        others = application_protocols(self.http, self.facts, self._tls.reader, self._tunnels.reader)
        return (*self._tls.protocols(), *others, self.dns.streams.protocol())

    def _put_together(self, batch: PacketBatch, _flows: FlowBatch) -> None:
        self._whole = None
        self._whole = self._fragments.feed(batch)
        if self._whole is not None:
            self._names.feed(self._whole.batch)
