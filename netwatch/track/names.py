"""NameCache: the names that addresses go by, learned from what others ask and say; netwatch itself asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.dhcpv6_options import OF_CLIENTS, REPLY, dhcpv6_options, domain_name, leased_address
from netwatch.decode.dns_message import RESPONSE
from netwatch.decode.info.fields import u16
from netwatch.nanoseconds import SECOND
from netwatch.text import printable
from netwatch.track.host_scope import can_have_name, is_local
from netwatch.track.name_answers import PlainAnswers
from netwatch.track.name_messages import LONGEST, Effort, Learned, dhcp_client, dns_names, netbios_names
from netwatch.track.name_packets import KINDS, RESPONSE_CODE, fair_share, name_packets
from netwatch.track.name_store import Name, NameKind, NameStore
from netwatch.track.web_transaction import ends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.dns_stream import StreamMessage
    from netwatch.track.flow_batch import FlowBatch

ADDRESSES: Final = 50_000
SIZE: Final = 32 << 20
"""Bytes of memory for all names."""
MESSAGES_A_BATCH: Final = 200
STEPS_A_MESSAGE: Final = 20
"""Labels and records that a message may have on average before the others of the batch are skipped."""
SECONDS_WORTH: Final = 25
"""Full batches whose messages are read in one second of packet time."""
LONGEST_MESSAGE: Final = 4096
"""Bytes of a message that are read."""
ID_BYTES: Final = 2
LONGEST_KEPT: Final = 512
"""Bytes of a message whose names are kept in case that it comes again."""
MOST_KEPT: Final = 2048
"""Such messages; with their names they take at most 4 MB."""
LOW_HALF: Final = 0xFFFF_FFFF_FFFF_FFFF

LOCAL: Final = (
    NameKind.DHCP, NameKind.DHCPV6, NameKind.MDNS, NameKind.NBNS, NameKind.LLMNR, NameKind.PTR, NameKind.DNS,
    NameKind.SNI,
)  # fmt: skip
"""The kinds that name a machine nearby, the best first: what it calls itself before what others call it."""
REMOTE: Final = (
    NameKind.DNS, NameKind.SNI, NameKind.PTR, NameKind.MDNS, NameKind.DHCP, NameKind.DHCPV6, NameKind.NBNS,
    NameKind.LLMNR,
)  # fmt: skip
"""The same of an address elsewhere: by what name it was looked for."""


class NameCache:
    """Names from DNS, mDNS, LLMNR and NetBIOS answers, DHCP and the server names of TLS clients.

    Addresses are given as PacketBatch holds them; a MAC address has the host name that its owner told DHCP. All names
    are printable. What came in several packets is heard from those who put it together; readers of TLS and QUIC tell
    server names.
    """

    def __init__(self, *, addresses: int = ADDRESSES, size: int = SIZE, messages: int = MESSAGES_A_BATCH) -> None:
        """Hold names of at most `addresses` addresses in `size` bytes; read at most `messages` messages a batch."""
        self.skipped = 0
        """Messages that may have told a name but were not read, because there were too many at once."""
        self._messages = messages
        self._store = NameStore(addresses, size)
        self._plain = PlainAnswers()
        self._told: dict[tuple[NameKind, bytes], tuple[Learned, ...]] = {}
        """What messages told, by their kind and all of them but their identifier."""
        self._second = -1
        self._left = 0
        """Messages that may still be read in this second of packet time."""

    @property
    def evicted(self) -> int:
        """Addresses, and answers to single clients, that were forgotten to make room."""
        return self._store.evicted

    @property
    def nbytes(self) -> int:
        """Estimate of the memory that the names take."""
        return self._store.bytes

    def __len__(self) -> int:
        """Return how many addresses have names."""
        return len(self._store)

    def feed(self, batch: PacketBatch, _flow_batch: FlowBatch | None = None) -> None:
        """Learn from the packets of `batch`."""
        if not len(batch):
            return
        positions, kinds = name_packets(batch)
        if not len(positions):
            return
        budget = min(self._messages, self._allowance(int(batch.frames.time_ns[positions[0]]) // SECOND))
        if len(positions) > budget:
            self.skipped += len(positions) - budget
            chosen = fair_share(kinds, budget)
            positions, kinds = positions[chosen], kinds[chosen]
        self._left -= len(positions)
        effort, most = Effort(), self._messages * STEPS_A_MESSAGE
        for done, (kind, message, source, destination) in enumerate(_messages(batch, positions, kinds)):
            if effort.spent > most:
                self.skipped += len(positions) - done
                return
            self._read(kind, message, source, destination, effort)

    def hear(self, message: StreamMessage) -> None:
        """Learn from a message of DNS over TCP."""
        if u16(message.data, 2) & (RESPONSE | RESPONSE_CODE) != RESPONSE:
            return
        if self._allowance(message.moment.time_ns // SECOND) <= 0:
            self.skipped += 1
            return
        self._left -= 1
        initiator, responder = (high << 64 | low for high, low, _port in ends(message.stream))
        source, destination = (initiator, responder) if message.from_initiator else (responder, initiator)
        self._read(NameKind.DNS, message.data[:LONGEST_MESSAGE], source, destination, Effort())

    def learn_server_name(self, server: tuple[int, int], name: str, client: tuple[int, int]) -> None:
        """Take the name by which a client of TLS or QUIC called a server, both as (high, low)."""
        self._learn(server[0] << 64 | server[1], name, NameKind.SNI, client[0] << 64 | client[1])

    def best(self, high: int, low: int, client: tuple[int, int] | None = None) -> str:
        """Return the name that fits an address best, empty for none.

        For a machine nearby that is its own host name; for one elsewhere the name by which `client`, another address
        as (high, low), looked for it, or else the newest name by which anybody did.
        """
        address = high << 64 | low
        if is_local(high, low):
            return self._store.newest(address, LOCAL)
        asked = self._store.asked(client[0] << 64 | client[1], address) if client else ""
        return asked or self._store.newest(address, REMOTE)

    def names(self, high: int, low: int) -> tuple[Name, ...]:
        """Return all names of an address with their kinds, the best first."""
        return self._store.names(high << 64 | low, LOCAL if is_local(high, low) else REMOTE)

    def find_addresses(self, word: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return both halves of the addresses that have a name with `word` in it, upper or lower case."""
        found = list(self._store.matching(word.lower()))
        high = np.array([address >> 64 for address in found], np.uint64)
        return high, np.array([address & LOW_HALF for address in found], np.uint64)

    def _allowance(self, second: int) -> int:
        if second != self._second:
            self._second = second
            self._left = self._messages * SECONDS_WORTH
        return self._left

    def _read(self, kind: NameKind, message: bytes, source: int, destination: int, effort: Effort) -> None:
        if kind is NameKind.DHCP:
            self._learn_client(message)
        elif kind is NameKind.DHCPV6:
            self._learn_ipv6_client(message, source, destination)
        elif kind is NameKind.NBNS:
            for address, name, found in netbios_names(message, source, effort):
                self._learn(address, name, found)
        elif (plain := self._plain.read(message, every=kind is NameKind.MDNS)) is not None:
            client = destination if kind is NameKind.DNS else None
            name, addresses = plain
            for address in addresses:
                self._keep(address, name, kind, client)
        else:
            client = destination if kind is NameKind.DNS else None
            for address, name, found in self._dns_names(message, kind, effort):
                self._learn(address, name, found, client if found is NameKind.DNS else None)

    def _dns_names(self, message: bytes, kind: NameKind, effort: Effort) -> tuple[Learned, ...]:
        """Return what a message tells; those that many repeat, as announcements, are read once."""
        key = kind, message[ID_BYTES:]
        told = self._told.get(key)
        if told is None:
            told = tuple(dns_names(message, kind, effort))
            if len(message) <= LONGEST_KEPT:
                if len(self._told) >= MOST_KEPT:
                    self._told.clear()
                self._told[key] = told
        return told

    def _learn(self, address: int, name: str, kind: NameKind, client: int | None = None) -> None:
        if name.strip("0123456789."):  # addresses in place of names are common among server names
            self._keep(address, name, kind, client)

    def _keep(self, address: int, name: str, kind: NameKind, client: int | None) -> None:
        if not can_have_name(address >> 64, address & LOW_HALF):
            return
        self._store.learn(address, name, kind)
        if client is not None:
            self._store.learn_asked(client, address, name, kind)

    def _learn_client(self, message: bytes) -> None:
        client = dhcp_client(message)
        if client is None:
            return
        # Servers often leave out the name that the client gave when it asked
        name = client.name or self._store.newest(client.mac, (NameKind.DHCP,))
        for address in (client.mac, client.address):
            if address:
                self._learn(address, name, NameKind.DHCP)

    def _learn_ipv6_client(self, message: bytes, source: int, destination: int) -> None:
        """Name the address that a client speaks from, and the one that it is given."""
        options = dhcpv6_options(message)
        name = printable(domain_name(options), LONGEST)
        if message[0] in OF_CLIENTS and name:
            self._learn(source, name, NameKind.DHCPV6)
        elif message[0] == REPLY and (leased := leased_address(options)):
            name = name or self._store.newest(destination, (NameKind.DHCPV6,))
            self._learn(leased, name, NameKind.DHCPV6)


def _messages(
    batch: PacketBatch, positions: NDArray[np.intp], kinds: NDArray[np.uint8]
) -> Iterator[tuple[NameKind, bytes, int, int]]:
    """Yield kind, payload, source and destination address of the packets at `positions`."""
    begin = batch.payload_offset[positions]
    end = begin + np.minimum(batch.payload_captured[positions], LONGEST_MESSAGE)
    addresses = (batch.src_high, batch.src_low, batch.dst_high, batch.dst_low)
    columns: list[NDArray[Any]] = [kinds, begin, end, *(column[positions] for column in addresses)]
    data = batch.frames.data
    for number, first, last, high, low, to_high, to_low in zip(*(column.tolist() for column in columns), strict=True):
        yield KINDS[number - 1], data[first:last].tobytes(), high << 64 | low, to_high << 64 | to_low
