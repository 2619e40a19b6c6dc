"""Names as they are compared: two that look alike are one (R8, R9, R22)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from app.policy.confusables import TABLE

# Letters that are no base letter with a mark: as Danes and Germans write them without the key.
_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`"
_LOOK_ALIKES = {"\u04d5": "ae", "\u04e9": "oe", "\u0275": "oe"}  # of æ and ø; of single letters: policy.confusables
_SPELT_OUT = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "ð": "d", "þ": "th", "ł": "l", "đ": "d"} | _LOOK_ALIKES
)


@lru_cache(maxsize=8192)  # towns, titles and entries of lists come again and again
def fold(text: str) -> str:
    """The text without case, accents, look-alike letters and double spaces; the key under which names are unique.

    Marks are dropped, visible or not; every dash is a hyphen, every apostrophe the plain one.
    """
    composed = unicodedata.normalize("NFKC", text).casefold().translate(_SPELT_OUT)
    bare = "".join(_plain(c) for c in unicodedata.normalize("NFKD", composed))
    return " ".join(bare.translate(TABLE).split())


def _plain(letter: str) -> str:
    category = unicodedata.category(letter)
    if category[0] == "M" or category == "Cf":
        return ""
    return "-" if category == "Pd" else "'" if letter in _APOSTROPHES else letter


def ascii_letters(text: str) -> str:
    """The Latin letters of a folded text; what is written in another script throughout gives none."""
    return "".join(c for c in fold(text) if "a" <= c <= "z")
