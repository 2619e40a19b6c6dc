"""Names for very many bodies and people: put together from a country's words, so that hardly two are alike."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path

from app.policy.folding import fold

FILE = Path(__file__).parent.parent / "reference" / "generated" / "words.csv"
STEP = 982_451_653  # a prime: names that follow each other have little in common


@dataclass(frozen=True)
class Words:
    """What a country's names are put together from; `share` is its part of all authorities."""

    share: int
    kinds: tuple[str, ...]
    subjects: tuple[str, ...]
    joint: str
    towns: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """The name of a body, the key under which it is compared, what it is concerned with, and its town."""

    name: str
    key: str
    subject: str
    town: str


def words() -> dict[str, Words]:
    """The words of each country."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["country"]: _words(row) for row in csv.DictReader(file, strict=True)}


def _words(row: dict[str, str]) -> Words:
    several = {name: tuple(row[name].split(";")) for name in ("kinds", "subjects", "prefixes", "roots", "endings")}
    towns = {
        fold(town): town
        for prefix in several["prefixes"]
        for root in several["roots"]
        for ending in several["endings"]
        for town in [prefix + (root.lower() if prefix[-1:].isalpha() else root) + ending]
    }
    return Words(
        share=int(row["share"]),
        kinds=several["kinds"],
        subjects=several["subjects"],
        joint=row["joint"],
        towns=tuple(towns.values()),
        first=tuple(row["first"].split(";")),
        last=tuple(row["last"].split(";")),
    )


def names(words: Words) -> Iterator[Name]:
    """Names without end, no two with the same key; once all words have met, they are numbered."""
    towns = [(town, fold(town)) for town in words.towns]
    heads = [(kind, subject) for kind in words.kinds for subject in words.subjects]
    known = [(f"{kind} {subject} {words.joint}".strip(), subject) for kind, subject in heads]
    folded = [(head, fold(head), subject) for head, subject in known]
    size = len(towns) * len(folded)
    step = STEP % size or 1
    while gcd(step, size) != 1:
        step += 1
    number = 0
    while True:
        place = number * step % size
        town, town_key = towns[place % len(towns)]
        head, head_key, subject = folded[place // len(towns)]
        again = f" {number // size + 1}" if number >= size else ""
        yield Name(f"{head} {town}{again}", f"{head_key} {town_key}{again}", subject, town)
        number += 1
