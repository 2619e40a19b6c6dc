"""Two forms over one thing: what only one has changed counts, and only what both have is in conflict (R26)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Field, SelectMultipleField

from app.views.registration_form import SAID_OF_DUPLICATES, answer, fill

APART = frozenset({"csrf_token", SAID_OF_DUPLICATES})
LONGEST = 300_000  # letters; more than all fields can hold, and all areas that can be chosen
Pairs = Iterable[Sequence[str]]


@dataclass(frozen=True)
class Compared:
    """`conflicts`: label, theirs, mine. `taken`: label and theirs, of what is in my form now."""

    conflicts: list[tuple[str, str, str]]
    taken: list[tuple[str, str]]


def kept(pairs: Pairs) -> str:
    """What a form began with, as it carries it along."""
    return json.dumps([list(pair) for pair in pairs], ensure_ascii=False)


def begun_with(text: str) -> list[list[str]] | None:
    """The same, read back; None where it is nothing that a form of ours carries."""
    if len(text) > LONGEST:  # to read it would cost much, and it is none of ours
        return None
    try:
        pairs = json.loads(text)
    except (ValueError, RecursionError):
        return None
    fits = isinstance(pairs, list) and all(
        isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in pairs
    )
    return pairs if fits else None


def brought_together(make: Callable[[], Any], before: Pairs | None, theirs: Any, mine: Any) -> Compared:
    """Put into my form what only they have changed since `before`; where that is unknown, all that differs is in
    conflict. `make` gives an empty form of the kind."""
    begun = None if before is None else fill(make(), before)
    conflicts, taken = [], []
    for field in mine:
        name = field.short_name
        if name in APART or name not in theirs:
            continue
        other, label = theirs[name], str(field.label.text)
        if begun is not None and _take(field, other, begun[name]):
            taken.append((label, answer(other)))
        elif _said(other) != _said(field) and (begun is None or _said(other) != _said(begun[name])):
            conflicts.append((label, answer(other), answer(field)))
    return Compared(conflicts, taken)


def _take(mine: Field, theirs: Field, before: Field) -> bool:
    """Whether what they have made of the field was taken over, in whole or, of a list, in part."""
    if isinstance(mine, SelectMultipleField):
        return _take_entries(mine, theirs, before)
    if _said(mine) != _said(before) or _said(theirs) == _said(before):
        return False
    mine.data = theirs.data
    return True


def _take_entries(mine: Field, theirs: Field, before: Field) -> bool:
    """Of a list each entry counts by itself: one that they added or took away, and one that I did."""
    chosen, begun = set(mine.data or []), set(before.data or [])
    added, dropped = set(theirs.data or []) - begun, begun - set(theirs.data or [])
    together = (chosen | added) - dropped
    mine.data = sorted(together)
    return together != chosen


def _said(field: Field) -> Any:
    """What stands in the field, without what a browser makes of it."""
    if isinstance(field, SelectMultipleField):
        return set(field.data or [])
    return (field.data or "").replace("\r\n", "\n").strip()
