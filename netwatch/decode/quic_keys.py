"""Keys of QUIC's Initial packets, which anybody can derive (RFC 9001 section 5.2, RFC 9369 section 3.3)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.quic_header import VERSION_1, VERSION_2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.quic_header import LongHeader

_SALT_1: Final = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_2: Final = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
_SALT_29: Final = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_SALT_23: Final = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
_SALT_22: Final = bytes.fromhex("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a")
SALTS: Final = {
    VERSION_1: _SALT_1,
    VERSION_2: _SALT_2,
    **{0xFF000000 | draft: _SALT_1 for draft in (33, 34)},
    **{0xFF000000 | draft: _SALT_29 for draft in range(29, 33)},
    **{0xFF000000 | draft: _SALT_23 for draft in range(23, 29)},
    0xFF000016: _SALT_22,
    0xFACEB001: _SALT_22,
    0xFACEB002: _SALT_23,
    0xFACEB00E: _SALT_23,
    0x54303530: bytes.fromhex("7ff579e5acd072915580304c43a2367c60488310"),
    0x54303531: bytes.fromhex("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d"),
}
"""By version: RFC 9001, RFC 9369, the drafts of RFC 9001 from 22 on, Facebook's of drafts 22 and 27, Google's T050
and T051."""
RESERVED: Final = 0x0A0A0A0A
RESERVED_BITS: Final = 0x0F0F0F0F
"""Versions that are there to be refused (RFC 9000 section 15); whoever tried them in tests did so with the last drafts'
keys."""

_SAMPLE: Final = 16
_LONGEST_NUMBER: Final = 4


class InitialKeys:
    """Opens the Initial packets that one end sends."""

    def __init__(self, version: int, identifier: bytes, *, server: bool) -> None:
        """Derive keys from the first destination connection identifier of the client.

        Raises:
            KeyError: nobody knows the salt of this version.
        """
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import ECB

        prefix = b"quicv2 " if version == VERSION_2 else b"quic "
        secret = hmac.digest(salt_of(version), identifier, "sha256")
        own = _expanded(secret, b"server in" if server else b"client in", 32)
        self._opener = AESGCM(_expanded(own, prefix + b"key", 16))
        self._nonce = int.from_bytes(_expanded(own, prefix + b"iv", 12), "big")
        header_key = AES(_expanded(own, prefix + b"hp", 16))
        self._mask = Cipher(header_key, ECB()).encryptor()  # noqa: S305  # single blocks: RFC 9001 section 5.4.3

    def open(self, datagram: bytes, header: LongHeader) -> bytes | None:
        """Return the frames of a packet, None when these are not its keys."""
        from cryptography.exceptions import InvalidTag

        at = header.number_at
        sample = datagram[at + _LONGEST_NUMBER : at + _LONGEST_NUMBER + _SAMPLE]
        if len(sample) < _SAMPLE or header.end < at + _LONGEST_NUMBER + _SAMPLE:
            return None
        mask = self._mask.update(sample)
        first = datagram[header.start] ^ mask[0] & 0x0F
        size = (first & 3) + 1
        number = bytes(byte ^ other for byte, other in zip(datagram[at : at + size], mask[1 : 1 + size], strict=True))
        nonce = (self._nonce ^ int.from_bytes(number, "big")).to_bytes(12, "big")
        clear = bytes([first]) + datagram[header.start + 1 : at] + number
        try:
            return self._opener.decrypt(nonce, datagram[at + size : header.end], clear)
        except InvalidTag:
            return None


def salt_of(version: int) -> bytes:
    """Return the salt of a version.

    Raises:
        KeyError: nobody knows it.
    """
    return _SALT_29 if version & RESERVED_BITS == RESERVED else SALTS[version]


def knows_salt(version: int) -> bool:
    """Return whether `salt_of` knows a version."""
    return version in SALTS or version & RESERVED_BITS == RESERVED


def know_salts(versions: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return for each version what `knows_salt` does."""
    known: NDArray[np.bool_] = np.isin(versions, _KNOWN) | (versions & np.uint32(RESERVED_BITS) == RESERVED)
    return known


_KNOWN: Final = np.array(sorted(SALTS), np.uint32)


def _expanded(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 section 7.1) with an empty context, of at most one hash."""
    full = b"tls13 " + label
    information = size.to_bytes(2, "big") + bytes([len(full)]) + full + b"\0\1"
    return hmac.digest(secret, information, "sha256")[:size]
