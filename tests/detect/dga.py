"""Names as malware makes them up: our own generators in the manner of known families, seeded."""

from __future__ import annotations

import random
import string
from typing import Final

FAMILIES: Final = ("conficker", "kraken", "necurs", "qakbot", "cryptolocker", "gameover", "hex")
_WORDS = """able arrive behind bottle cover dried early forest gather heavy journey kitchen letter middle north object
people quarter ready silver through under valley winter yellow young market season street"""
_VOWELS, _CONSONANTS = "aeiouy", "bcdfghjklmnpqrstvwxz"


def generated(family: str, count: int, seed: int = 1) -> list[str]:
    """Return `count` domain names in the manner of a family."""
    draw = random.Random(f"{family}{seed}")
    return [_name(family, draw) for _ in range(count)]


def word_list(count: int, seed: int = 1) -> list[str]:
    """Return names of two words, as suppobox makes them: nothing in their letters gives them away."""
    draw = random.Random(seed)
    words = _WORDS.split()
    pairs = [(first, second) for first in words for second in words]
    return [f"{first}{second}.net" for first, second in draw.sample(pairs, count)]


def _name(family: str, draw: random.Random) -> str:
    letters = string.ascii_lowercase
    match family:
        case "conficker":
            return _text(draw, letters, 8, 11) + draw.choice((".com", ".net", ".org", ".info", ".biz"))
        case "kraken":
            stem = "".join(
                draw.choice(_CONSONANTS) + draw.choice(_VOWELS + _CONSONANTS) for _ in range(draw.randint(4, 6))
            )
            return stem + draw.choice((".dyndns.org", ".mooo.com", ".com", ".net"))
        case "necurs":
            return _text(draw, letters, 9, 21) + draw.choice((".tw", ".net", ".com", ".in", ".mx", ".eu"))
        case "qakbot":
            return _text(draw, letters, 8, 25) + draw.choice((".com", ".net", ".org", ".info", ".biz"))
        case "cryptolocker":
            return _text(draw, letters[:25], 12, 15) + draw.choice((".com", ".net", ".ru", ".co.uk", ".info"))
        case "gameover":
            return _text(draw, letters + string.digits, 22, 28) + draw.choice((".com", ".net", ".org", ".biz"))
        case _:
            return _text(draw, "0123456789abcdef", 12, 16) + ".com"


def _text(draw: random.Random, alphabet: str, least: int, most: int) -> str:
    return "".join(draw.choice(alphabet) for _ in range(draw.randint(least, most)))
