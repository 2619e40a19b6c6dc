"""The words of a name, taken apart: what tells a body from others, and what kind of body it is (R8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.policy.likeness_words import ENDINGS, KIND_OF, LEFT_OUT, OTHER_NAMES, SHORT_FOR, WEAK, squeezed

_NO_WORD = re.compile(r"[^\w]+|_")
# Written short at the end of a word: Energistyr., Klimamin.
_CUT_ENDING = re.compile(r"(?<=\w{3})(styr|min|tils)\.")
_INITIALS = re.compile(r"\b(\w)[./](?=\w\b)")


@dataclass(frozen=True, slots=True)
class Words:
    """A name taken apart: what tells it from others, what kind of body it is, what weighs little, and numbers."""

    telling: tuple[str, ...]
    kinds: tuple[str, ...]
    weak: tuple[str, ...]
    numbers: frozenset[str]


@lru_cache(maxsize=4096)
def words_of(folded: str) -> Words:
    """Take a folded name apart; punctuation, order of words and common abbreviations mean nothing."""
    telling, kinds, weak, numbers = [], [], [], []
    for word in _plain_words(folded):
        if word.isdecimal() or (len(word) == 1 and word not in LEFT_OUT):
            numbers.append(word)
        elif word in WEAK:
            weak.append(word)
        elif word not in LEFT_OUT:
            stem, kind = _apart(word)
            telling.extend([_without_s(stem)] if stem else [])
            kinds.extend([kind] if kind else [])
    return Words(tuple(telling), tuple(dict.fromkeys(kinds)), tuple(weak), frozenset(numbers))


def _plain_words(folded: str) -> Iterator[str]:
    """The words as the table has them, each spelt out."""
    text = _CUT_ENDING.sub(r" \1 ", _INITIALS.sub(r"\1", folded.replace("'", ""))).replace("&", " ")
    for part in _NO_WORD.split(text):
        if part.isdecimal():
            yield part.lstrip("0") or part
        elif word := squeezed(part):
            word = squeezed(SHORT_FOR.get(word, word))
            yield OTHER_NAMES.get(word, word)


def _apart(word: str) -> tuple[str, str]:
    """The word's own part and the kind of body it names: (sikkerhed, styrelse); either may be empty."""
    if kind := _kind_of(word):
        return "", kind
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending), KIND_OF[ending]
    return _apart_with_slip(word)


_LONG_KINDS = [word for word in KIND_OF if len(word) >= 7 or word in ("komune", "region")]
_LONG_ENDINGS = [ending for ending in ENDINGS if len(ending) >= 7]


@lru_cache(maxsize=65536)
def _apart_with_slip(word: str) -> tuple[str, str]:
    """The same where there is a slip of the pen in the ending: Klimaministreiet."""
    for ending in _LONG_ENDINGS:
        for size in (len(ending), len(ending) - 1, len(ending) + 1):
            if len(word) > size + 2 and OSA.distance(word[-size:], ending, score_cutoff=1) <= 1:
                return word[:-size], KIND_OF[ending]
    return word, ""


@lru_cache(maxsize=65536)
def _kind_of(word: str) -> str:
    """The kind that the word names, with a slip of the pen in a long one."""
    if word in KIND_OF or len(word) < 5:
        return KIND_OF.get(word, "")
    near = process.extractOne(word, _LONG_KINDS, scorer=OSA.distance, score_cutoff=1)
    return KIND_OF[near[0]] if near else ""


def _without_s(word: str) -> str:
    """Without the s of the genitive and of compounds; from all words alike, so that none differs by it."""
    return word.removesuffix("s") if len(word) > 4 else word
