"""Redactor: addresses, MAC addresses and names, each replaced by always the same other one of the same kind.

Addresses keep their prefixes (two in one network stay in one network) by the construction of Crypto-PAn: bit i of the
new address is bit i of the old one xor a keyed function of the bits before it (Xu, Fan, Ammar, Moon: Prefix-Preserving
IP Address Anonymization, ICNP 2002). The function is one bit of keyed BLAKE2s (RFC 7693) in place of AES. It is 0 on
the way to blocks whose meaning would be lost, so that these are mapped onto themselves.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2s
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

KEY_BYTES: Final = 32
MOST_KNOWN: Final = 65536
"""Replacements that can be found back; more are still replaced."""
BLOCKS: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "2000::/3")
BLOCKS_6: Final = ("fc00::/7", "fe80::/10")
KEPT: Final = ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/96", "ff00::/8")
"""BLOCKS (RFC 1918, 3927, 6598, 4291, 4193) are scrambled inside, KEPT (RFC 1122, 5771, 919, 4291) not at all: their
addresses name nobody."""
IPV4_BITS: Final = 32
LETTERS: Final = "bcdfghjklmnpqrstvwxz"
VOWELS: Final = "aeiou"
SYLLABLES: Final = 3
_SUBJECTS: Final = re.compile(
    r"""(?P<mac>(?<![\w:-])[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\2[0-9A-Fa-f]{2}){4}(?![\w-]|:\w))
    |(?P<ipv4>(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d))(?P<length>/\d{1,2}(?!\d))?
    |(?P<ipv6>(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?
        (?:(?<=::)|(?<!:))(?!\w|:[\w:]))(?P<length6>/\d{1,3}(?!\d))?
    |(?P<digest>(?<![\w])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![\w]))
    |(?P<name>(?<![\w.-])(?:[\w*-]+\.)+[A-Za-z][\w-]+(?![\w]))
    |(?<=[A-Z]\?\ )(?P<asked>[\w-]+)""",
    re.VERBOSE | re.ASCII,
)
_MORE_FILES: Final = re.compile(r" and [0-9]{1,6} more$")
_CAPTURE: Final = re.compile(r"\.(?:pcap|pcapng|cap)(?:\.(?:gz|zst|xz))?$")
_NET: Final = re.compile(r"(\bnet\s+)(\d{1,3}(?:\.\d{1,3}){0,2})(?![\w./])", re.ASCII)


class Redactor:
    """One key, so one set of replacements; another run has another key, and nothing in it tells of this one's."""

    def __init__(self, key: bytes | None = None) -> None:
        """Replace by `key`, 32 bytes; without one it is drawn now and never leaves the process."""
        self._key = secrets.token_bytes(KEY_BYTES) if key is None else key
        self._real: dict[str, str] = {}
        self.address = lru_cache(MOST_KNOWN)(self._address)
        self.name = lru_cache(MOST_KNOWN)(self._name)
        self.text = lru_cache(MOST_KNOWN)(self._text)

    def packed(self, address: bytes) -> bytes:
        """Return the replacement of an address of 4 or 16 bytes, or of a MAC address of 6."""
        if len(address) == len("MACMAC"):
            return self._mac(address)
        return ip_address(self.address(str(ip_address(address)))).packed

    def filter(self, text: str) -> str:
        """Return a display filter with its addresses, and what it holds in quotes, replaced; its fields stay."""
        parts = text.split('"')
        shown = [
            self._quoted(part)
            if place % 2
            else _SUBJECTS.sub(lambda found: self._replacement(found, names=False), part)
            for place, part in enumerate(parts)
        ]
        return '"'.join(shown)

    def file_name(self, text: str) -> str:
        """Return the name of a file with all but its ending replaced; that there are more files may stand behind it."""
        more = _MORE_FILES.search(text)
        ending = _CAPTURE.search(text[: more.start()] if more else text)
        return self._word(text.lower()) + (ending[0] if ending else "") + (more[0] if more else "")

    def capture_filter(self, text: str) -> str:
        """Return a BPF filter with its addresses and names replaced; `net 10.66` is a network too (pcap-filter(7))."""
        return self.text(_NET.sub(lambda found: f"{found[1]}{_written_out(found[2])}", text))

    def real(self, text: str) -> str:
        """Return `text`, which somebody typed off the screen, with what was replaced put back."""
        parts = text.split('"')
        quoted = [self._real.get(part.lower()) if place % 2 else None for place, part in enumerate(parts)]
        found = zip(parts, quoted, strict=True)
        return '"'.join(_SUBJECTS.sub(self._original, part) if known is None else known for part, known in found)

    def _original(self, found: re.Match[str]) -> str:
        """Return what a replacement stands for. Networks are worked out: nobody may have seen that one before."""
        length = found["length"] or found["length6"]
        if length and found[0].lower() not in self._real:
            with suppress(ValueError):
                network = ip_network(found[0], strict=False)
                number = self._unmasked(int(network.network_address), network.max_prefixlen, network.prefixlen)
                return f"{_packed(number, network.max_prefixlen)}{length}"
        return self._real.get(found[0].lower(), found[0])

    def _quoted(self, part: str) -> str:
        """Return the replacement of what a display filter has in quotes, which may be a part of a name."""
        shown = self.text(part)
        if shown != part or not any(letter.isalpha() for letter in part):
            return shown
        return self._know(part, self._word(part.lower()))

    def _address(self, text: str) -> str:
        """Return the replacement of an IPv4 or IPv6 address; anything else is returned as it is."""
        try:
            address = ip_address(text)
        except ValueError:
            return text
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return self._know(text, f"::ffff:{self.address(str(address.ipv4_mapped))}")
        width = address.max_prefixlen
        number = int(address)
        for kept in _NETWORKS[width][1]:
            if number >> (width - kept[1]) == kept[0]:
                return text
        changed = number ^ self._mask(number, width)
        return self._know(text, _packed(changed, width))

    def _mask(self, number: int, width: int) -> int:
        """Return the bits of a number to be changed, each by the bits before it."""
        mask = 0
        for place in range(width):
            mask = mask << 1 | self._changed(width, place, number >> (width - place))
        return mask

    def _changed(self, width: int, place: int, before: int) -> int:
        """Return 1 when the bit at `place` of a number of so many bits is to be changed, by the bits before it."""
        fixed = _FIXED.get(width, ())
        free = all(place >= length or network >> (length - place) != before for network, length in fixed)
        return self._bit(width, place, before) if free else 0

    def _unmasked(self, number: int, width: int, length: int) -> int:
        """Return the number whose replacement begins with the first `length` bits of `number`, and then has zeros."""
        real = 0
        for place in range(length):  # how one bit was changed depends on the real bits before it only
            real = real << 1 | (number >> (width - place - 1) & 1) ^ self._changed(width, place, real)
        return real << (width - length)

    def _bit(self, width: int, place: int, before: int) -> int:
        said = width.to_bytes(1, "big") + place.to_bytes(1, "big") + before.to_bytes(16, "big")
        return blake2s(said, key=self._key, digest_size=1).digest()[0] & 1

    def _mac(self, address: bytes) -> bytes:
        """Return the replacement of a MAC address; what makes it a group's or a local one (IEEE 802) stays."""
        if address[0] & 1 or not any(address):
            return address
        number = int.from_bytes(address, "big")
        changed = (number ^ self._mask(number, 48)) & ~(3 << 40) | number & 3 << 40
        return changed.to_bytes(6, "big")

    def _name(self, name: str) -> str:
        """Return the replacement of a name, label by label from the right: names of one domain stay in one.

        The last of several labels, those that begin with `_` (RFC 8552) and `*` stay; reverse names follow addresses.
        """
        if not name or name.startswith(("<", "(")):
            return name
        found = ip_address_of(name)
        if found:
            return self.text(name)
        if name.lower().endswith(".in-addr.arpa"):
            return self._know(name, _reversed(self.address(_reversed(name[: -len(".in-addr.arpa")]))) + ".in-addr.arpa")
        labels = name.split(".")
        kept = labels[-1:] if len(labels) > 1 else []
        shown = list(kept)
        for place in range(len(labels) - len(kept) - 1, -1, -1):
            label = labels[place]
            plain = label.startswith("_") or label in ("*", "", "arpa")
            shown.insert(0, label if plain else self._word(".".join(labels[place:]).lower()))
        return self._know(name, ".".join(shown))

    def _digest(self, digest: str) -> str:
        """Return the replacement of a hash of a certificate: public logs tell whose that is."""
        return blake2s(digest.encode(), key=self._key).hexdigest()[: len(digest)]

    def _word(self, name: str) -> str:
        """Return a word that can be spoken, by a whole name."""
        digest = blake2s(name.encode(errors="replace"), key=self._key, digest_size=2 * SYLLABLES).digest()
        pairs = zip(digest[::2], digest[1::2], strict=True)
        return "".join(LETTERS[one % len(LETTERS)] + VOWELS[other % len(VOWELS)] for one, other in pairs)

    def _text(self, text: str) -> str:
        """Return a text with every address and every name of several labels in it replaced."""
        return _SUBJECTS.sub(self._replacement, text)

    def _replacement(self, found: re.Match[str], *, names: bool = True) -> str:
        if found["mac"]:
            separator = found[2]
            changed = self._mac(bytes.fromhex(found["mac"].replace(separator, "")))
            return self._know(found["mac"], changed.hex(separator))
        if found["digest"]:
            return self._know(found[0], self._digest(found[0]))
        length = found["length"] or found["length6"] or ""
        if found["ipv4"] or found["ipv6"]:
            address = self.address(found["ipv4"] or found["ipv6"])
            with suppress(ValueError):
                return str(ip_network(address + length, strict=False)) if length else address
            return address + length
        return self.name(found[0]) if names else found[0]

    def _know(self, real: str, shown: str) -> str:
        if len(self._real) < MOST_KNOWN:
            self._real[shown.lower()] = real
        return shown


def ip_address_of(text: str) -> bool:
    """Return whether a text is an address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _packed(number: int, width: int) -> str:
    """Return a number of so many bits as an address."""
    return str(IPv4Address(number) if width == IPV4_BITS else IPv6Address(number))


def _written_out(network: str) -> str:
    """Return a network of which only the first bytes are written, with all of them and its length."""
    octets = network.split(".")
    return f"{'.'.join([*octets, *['0'] * (4 - len(octets))])}/{8 * len(octets)}"


def _reversed(dotted: str) -> str:
    return ".".join(reversed(dotted.split(".")))


def _networks(width: int, texts: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Return (leading bits, how many) of the networks whose addresses have `width` bits."""
    found = [ip_network(text) for text in texts]
    return tuple(
        (int(network.network_address) >> (width - network.prefixlen), network.prefixlen)
        for network in found
        if network.max_prefixlen == width
    )


_NETWORKS: Final = {width: (_networks(width, (*BLOCKS, *BLOCKS_6)), _networks(width, KEPT)) for width in (32, 128)}
_FIXED: Final = {width: tuple({each for kind in found for each in kind}) for width, found in _NETWORKS.items()}
"""All whose own bits stay."""
