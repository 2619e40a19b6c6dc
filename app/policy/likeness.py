"""How alike two bodies are, so that none is registered twice (R8): keys to look them up by, and the judgement.

The keys stand in columns of every authority (`match_keys`), the database narrows by them, and `verdict` judges what it
finds. Pure: nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from rapidfuzz.distance import OSA

from app.policy.calling_codes import CALLING_CODES, KEEPS_ZERO
from app.policy.folding import fold
from app.policy.likeness_words import ANY_KIND, OPPOSITES, PLACES, WEAK
from app.policy.name_words import Words, words_of

LONGEST = 500  # letters of a key; what is longer is cut on both sides
SAME_WORD = 0.79  # two words are one with a slip of the pen in five letters
SIMILAR = 0.75  # names that share so much of their words are shown; tuned on bench/duplicate_pairs.py
CONTAINED = 0.58  # the same, where all words of the shorter name stand in the longer one
SAME_LETTERS = 0.9  # names that only divide their words otherwise
OTHER_KIND = 0.55  # what is left of the likeness where one is a ministry and the other a municipality
ONE_NUMBERED = 0.8  # the same where one of them has a number


# --- Keys -------------------------------------------------------------------------------------------------------------


def match_keys(
    *, official_name: str = "", email: str = "", phone: str = "", website: str = "", country_code: str | None = None
) -> dict[str, str]:
    """The columns by which a body is found again, whoever writes it otherwise; for every row of an authority."""
    return {
        "likeness_key": name_key(official_name),
        "email_key": email_key(email),
        "phone_key": phone_key(phone, country_code),
        "website_key": website_key(website),
    }


def name_key(name: str) -> str:
    """The words that tell this body from others, and its numbers; empty where a name has neither letters nor digits."""
    words = words_of(fold(name))
    return " ".join([*(words.telling or words.kinds or words.weak), *sorted(words.numbers)])[:LONGEST]


def email_key(address: str) -> str:
    """The address as mail programs compare it, near enough: without case."""
    return fold(address)[:254]


def phone_key(number: str, country_code: str | None) -> str:
    """Its digits with the country's code, so that 33 55 01 00 in Denmark is +45 33550100; empty without digits."""
    told = fold(number).replace("(0)", "")
    digits = "".join(c for c in told if "0" <= c <= "9")
    code = CALLING_CODES.get(country_code or "", "")
    if told.startswith("+") or not digits:
        return digits[:20]
    if digits.startswith("00"):
        return digits[2:22]
    if code and digits.startswith(code) and len(digits) > 9:
        return digits[:20]
    return (code + (digits if country_code in KEEPS_ZERO else digits.lstrip("0")))[:20]


def website_key(address: str) -> str:
    """Host without www, and path: neither http or https, nor what follows a question mark, makes another site."""
    text = address.strip().lower()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    return (host.removeprefix("www.") + parts.path.rstrip("/"))[:300] if host else ""


# --- Judgement --------------------------------------------------------------------------------------------------------


class Reason(StrEnum):
    """What makes two bodies look like one."""

    identical_name = "identical_name"
    same_identifier = "same_identifier"
    similar_name = "similar_name"
    same_email = "same_email"
    same_phone = "same_phone"
    same_website = "same_website"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a body is compared by: its folded name, the keys of `match_keys`, its identifier as scheme and value."""

    folded_name: str
    email_key: str = ""
    phone_key: str = ""
    website_key: str = ""
    identifier: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether they look like one body: `reasons` is empty where not. `score` puts the likeliest first."""

    score: float
    reasons: frozenset[Reason]


WEIGHT = {Reason.same_identifier: 1.0, Reason.same_email: 0.5, Reason.same_phone: 0.4, Reason.same_website: 0.3}


def verdict(one: Traits, other: Traits) -> Verdict:
    """How alike two bodies are, and why."""
    reasons, score = set(_shared(one, other)), 0.0
    if one.folded_name and one.folded_name == other.folded_name:
        reasons.add(Reason.identical_name)
        score = 2.0
    elif (likeness := alike(one.folded_name, other.folded_name)) > 0:
        reasons.add(Reason.similar_name)
        score = likeness
    return Verdict(score + sum(WEIGHT.get(reason, 0) for reason in reasons), frozenset(reasons))


def _shared(one: Traits, other: Traits) -> Iterator[Reason]:
    pairs = {
        Reason.same_email: (one.email_key, other.email_key),
        Reason.same_phone: (one.phone_key, other.phone_key),
        Reason.same_website: (one.website_key, other.website_key),
    }
    yield from (reason for reason, (mine, theirs) in pairs.items() if mine and mine == theirs)
    if one.identifier[1] and one.identifier == other.identifier:
        yield Reason.same_identifier


def alike(one: str, other: str) -> float:
    """How much two folded names share of what they say, from 0 to 1; 0 where that is too little to be shown."""
    mine, theirs = words_of(one), words_of(other)
    if mine.numbers and theirs.numbers and mine.numbers != theirs.numbers:
        return 0.0
    shared, whole, contained = _overlap(_weighed(mine)[:MOST_WORDS], _weighed(theirs)[:MOST_WORDS])
    if shared < 0:
        return 0.0
    likeness = max(shared / whole if whole else 0.0, _same_letters(mine, theirs))
    if mine.numbers != theirs.numbers:
        likeness *= ONE_NUMBERED
    if not _kinds_agree(mine, theirs):
        likeness *= OTHER_KIND
    of_a_place = bool(PLACES & {*mine.kinds, *theirs.kinds})
    return likeness if likeness >= (CONTAINED if contained and not of_a_place else SIMILAR) else 0.0


# Each word of one name is held against each of the other: no body is called by more, but a hostile text may be.
MOST_WORDS = 12


def _weighed(words: Words) -> list[tuple[str, float]]:
    """The words with their weight: long ones say more; kinds only where there is nothing else."""
    telling = [(word, float(min(len(word), 12))) for word in words.telling or words.kinds]
    return telling + [(word, 1.0) for word in words.weak]


def _overlap(one: list[tuple[str, float]], other: list[tuple[str, float]]) -> tuple[float, float, bool]:
    """The weight that both share, the weight of all, and whether one stands wholly in the other; -1 for opposites."""
    shared, left = 0.0, list(other)
    missed: list[tuple[str, float]] = []
    for word, weight in one:
        best = max(left, key=lambda each: _likeness(word, each[0]), default=("", 0.0))
        closeness = _likeness(word, best[0])
        if closeness >= SAME_WORD:
            left.remove(best)
            shared += (weight + best[1]) * closeness
        else:
            missed.append((word, weight))
    if any(_are_opposites(word, rest) for word, _ in missed for rest, _ in left):
        return -1.0, 0.0, False
    whole = sum(weight for _, weight in one) + sum(weight for _, weight in other)
    return shared, whole, _only_weak(missed) or _only_weak(left)


def _only_weak(words: list[tuple[str, float]]) -> bool:
    return all(word in WEAK for word, _ in words)


@lru_cache(maxsize=65536)
def _likeness(one: str, other: str) -> float:
    """How alike two words are; short ones are the same or not, and opposites are never."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < 5 or _are_opposites(one, other):
        return 0.0
    return float(OSA.normalized_similarity(one, other, score_cutoff=SAME_WORD))


def _are_opposites(one: str, other: str) -> bool:
    """Nord- and Sydjylland: the same word behind another direction, size or age."""
    for group in OPPOSITES:
        mine, theirs = _opened(one, group), _opened(other, group)
        if any(rest in theirs and theirs[rest] != begun for rest, begun in mine.items()):
            return True
    return False


@lru_cache(maxsize=65536)
def _opened(word: str, group: frozenset[str]) -> dict[str, str]:
    """What follows each beginning of the group with which the word begins."""
    return {word.removeprefix(begun): begun for begun in group if word.startswith(begun)}


def _same_letters(one: Words, other: Words) -> float:
    """Names that only divide their words otherwise: Sundheds data, Sundhedsdata."""
    mine, theirs = "".join(one.telling), "".join(other.telling)
    if min(len(mine), len(theirs)) < 6 or _are_opposites(mine, theirs):
        return 0.0
    return float(OSA.normalized_similarity(mine, theirs, score_cutoff=SAME_LETTERS))


def _kinds_agree(one: Words, other: Words) -> bool:
    """Whether both can be the same kind of body; none agrees with every other. A museum of a town is not the town."""
    mine, theirs = set(one.kinds), set(other.kinds)
    return not mine or not theirs or mine == theirs or ANY_KIND in mine | theirs
