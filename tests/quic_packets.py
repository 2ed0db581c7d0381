"""Initial packets of QUIC made by hand, with keys derived in another way than the product does it."""

from __future__ import annotations

import struct

from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

SALTS = {
    1: bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
    0x6B3343CF: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
    0x1A2A3A4A: bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899"),
    0xFF00001D: bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899"),
}


def varint(value: int) -> bytes:
    """Return a number of variable length."""
    for bits, size in ((6, 1), (14, 2), (30, 4)):
        if value < 1 << bits:
            return (value | (size.bit_length() - 1) << 8 * size - 2).to_bytes(size, "big")
    return (value | 3 << 62).to_bytes(8, "big")


def crypto(offset: int, data: bytes) -> bytes:
    """Return a CRYPTO frame."""
    return b"\x06" + varint(offset) + varint(len(data)) + data


def expand(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label."""
    full = b"tls13 " + label
    info = struct.pack("!HB", size, len(full)) + full + b"\0"
    return HKDFExpand(SHA256(), size, info).derive(secret)


def initial(
    frames: bytes,
    *,
    original: bytes,
    destination: bytes | None = None,
    source: bytes = b"",
    version: int = 1,
    server: bool = False,
    token: bytes = b"",
    number: int = 0,
    number_size: int = 4,
    size: int = 0,
) -> bytes:
    """Return a protected Initial packet; keys come from `original`, the payload is padded to `size`."""
    mac = hmac.HMAC(SALTS[version], SHA256())
    mac.update(original)
    secret = expand(mac.finalize(), b"server in" if server else b"client in", 32)
    prefix = b"quicv2 " if version == 0x6B3343CF else b"quic "
    key, nonce, mask_key = (
        expand(secret, prefix + label, length) for label, length in ((b"key", 16), (b"iv", 12), (b"hp", 16))
    )
    frames = frames.ljust(max(size, 20), b"\0")
    first = 0xC0 | (0x10 if version == 0x6B3343CF else 0) | number_size - 1
    destination = original if destination is None else destination
    header = bytes([first]) + struct.pack("!I", version) + bytes([len(destination)]) + destination
    header += bytes([len(source)]) + source + varint(len(token)) + token
    header += (len(frames) + 16 + number_size | 0x4000).to_bytes(2, "big")
    counted = number.to_bytes(number_size, "big")
    nonce = (int.from_bytes(nonce, "big") ^ number).to_bytes(12, "big")
    sealed = AESGCM(key).encrypt(nonce, frames, header + counted)
    mask = Cipher(algorithms.AES(mask_key), modes.ECB()).encryptor().update(sealed[4 - number_size :][:16])
    counted = bytes(byte ^ other for byte, other in zip(counted, mask[1:], strict=False))
    return bytes([first ^ mask[0] & 15]) + header[1:] + counted + sealed
