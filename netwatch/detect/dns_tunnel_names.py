"""What is known of the names below one domain, bounded; and which names carry data with everybody's consent."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, deque
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from netwatch.detect.finding import MOST_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED: Final = (
    ".e5.sk",  # ESET asks for reputation
    ".avqs.mcafee.com", ".avts.mcafee.com", ".mcafee.com",
    ".sophosxl.net", ".sophosxl.com",
    ".hash.cymru.com", ".cymru.com",  # hashes of files, numbers of networks
    ".spamhaus.org", ".spamhaus.net", ".surbl.org", ".uribl.com", ".spamcop.net", ".sorbs.net", ".barracudacentral.org",
    ".abuseat.org", ".mailspike.net", ".dnswl.org", ".senderbase.org", ".habeas.com", ".dnsbl.info", ".njabl.org",
    ".rbl.jp", ".dsbl.org", ".ahbl.org", ".psbl.org", ".manitu.net", ".gbudb.net", ".rackcdn.com",  # lists of senders
    ".mx-verification.google.com",
    ".plex.direct",  # an address in every name
    ".akadns.net", ".akamaiedge.net", ".akamai.net", ".edgekey.net", ".edgesuite.net", ".akamaihd.net",
    ".cloudfront.net", ".amazonaws.com", ".azureedge.net", ".trafficmanager.net", ".windowsupdate.com",
    ".apple-dns.net", ".aaplimg.com", ".fastly.net", ".footprint.net", ".llnwd.net",  # content networks
    ".webcfs00.com", ".webcfs01.com", ".bitdefender.net", ".norton.com", ".kaspersky.com", ".trendmicro.com",
    ".sophos.com", ".opendns.com", ".measurementlab.org",
)  # fmt: skip
"""Domains whose owners have clients ask for data in names."""
SERVICE_LABELS: Final = ("_domainkey", "_dmarc", "_acme-challenge", "_spf", "_mta-sts", "_smtp", "_dane", "_dnsauth")
"""Names of records about mail, certificates and owners."""
ODD_TYPES: Final = frozenset({10, 65399})
"""NULL, which only tunnels ask for, and the private type of iodine."""
CARRYING_TYPES: Final = frozenset({5, 16, 25, 33})
"""CNAME, TXT, KEY and SRV, whose answers hold much."""
MARKED_LABEL: Final = "dnscat."
MOST_NAMES: Final = 1100
"""Names of one domain that are held: more than ten times the threshold of services."""
LONGEST_TOP_LEVEL: Final = 24
"""Letters of the longest top-level domain without A-label; the root zone's has 18."""
MOST_BETWEEN: Final = 64
"""New names between two judgements."""

_TRUST_ANCHOR = re.compile(r"^_ta-[0-9a-f-]+\.")
"""Signals of resolvers, RFC 8145 section 5.1."""


class Recent(NamedTuple):
    """Sums of the names in a window."""

    names: int
    size: int
    score: float
    odd: int
    carrying: int


class Subdomains:
    """Different names below one domain; when there are too many the oldest leave."""

    __slots__ = (
        "_answers",
        "_answers_size",
        "_due",
        "_held",
        "first_ns",
        "packets",
        "samples",
        "total",
        "total_size",
        "types",
    )

    LONG: ClassVar[int] = 100
    """Bytes of a name that carries data."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, tuple[int, int, float, bool, bool]] = OrderedDict()
        self._answers = self._answers_size = self._due = 0
        self.first_ns = 0
        self.total = self.total_size = 0
        """Different names and their bytes since the start, as far as that is known."""
        self.types: Counter[int] = Counter()
        self.samples: deque[str] = deque(maxlen=MOST_SAMPLES // 4)
        self.packets: deque[int] = deque(maxlen=MOST_SAMPLES)

    def add(self, sub: str, time_ns: int, *, score: float, odd: bool, carrying: bool, kind: int) -> bool:
        """Add a name; return False for one that is held already."""
        key = hash(sub)
        if key in self._held:
            return False
        self.first_ns = self.first_ns or time_ns
        self._held[key] = time_ns, len(sub), score, odd, carrying
        self.total += 1
        self.total_size += len(sub)
        self.types[kind] += 1
        self.samples.append(sub)
        if len(self._held) > MOST_NAMES:
            self._held.popitem(last=False)
        return True

    def due(self) -> bool:
        """Return whether it is time to judge: at every name first, later now and then, for looking back takes time."""
        if self.total < self._due:
            return False
        self._due = self.total + min(max(self.total // 16, 1), MOST_BETWEEN)
        return True

    def add_answer(self, size: int) -> None:
        """Take note of a response of so many bytes."""
        self._answers += 1
        self._answers_size += size

    @property
    def mean_answer(self) -> float:
        """Bytes of a response, 0 when there was none."""
        return self._answers_size / self._answers if self._answers else 0.0

    def expire(self, until_ns: int) -> None:
        """Forget what came before `until_ns`."""
        while self._held and next(iter(self._held.values()))[0] < until_ns:
            self._held.popitem(last=False)

    def since(self, from_ns: int) -> Recent:
        """Return the sums of what came at `from_ns` or later."""
        count = size = odd = carrying = 0
        score = 0.0
        for time_ns, length, bits, is_odd, carries in reversed(self._held.values()):
            if time_ns < from_ns:
                break
            count += 1
            size += length
            score += bits
            odd += is_odd
            carrying += carries
        return Recent(count, size, score, odd, carrying)

    def types_text(self) -> str:
        """Return the types that were asked for most."""
        return ", ".join(f"{_TYPES.get(kind, kind)} {count}" for kind, count in self.types.most_common(4))

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, sub: str) -> bool:
        return hash(sub) in self._held


_TYPES: Final = {1: "A", 5: "CNAME", 10: "NULL", 15: "MX", 16: "TXT", 25: "KEY", 28: "AAAA", 33: "SRV", 65: "HTTPS"}


def below(name: str, domain: str) -> str:
    """Return the labels of `name` in front of its `domain`."""
    return name[: -len(domain) - 1]


def has_top_level(name: str) -> bool:
    """Return True where the last label may be a top-level domain: letters only (RFC 3696 section 2), or an A-label."""
    last = name.rpartition(".")[2]
    return (last.isalpha() and len(last) <= LONGEST_TOP_LEVEL) or last.startswith("xn--")


def is_service_name(name: str) -> bool:
    """Return True for names that are long for a reason that is written down."""
    return (name.startswith("_ta-") and bool(_TRUST_ANCHOR.match(name))) or any(
        label in SERVICE_LABELS for label in name.split(".")
    )


def alphabet(samples: Iterable[str]) -> str:
    """Return what the letters of names look like."""
    letters = set("".join(samples).replace(".", ""))
    if letters <= set("0123456789abcdef"):
        return "hexadecimal"
    if letters <= set("abcdefghijklmnopqrstuvwxyz234567-"):
        return "base32"
    if letters <= set("abcdefghijklmnopqrstuvwxyz0123456789-_"):
        return "base36 or base64"
    return "binary"
