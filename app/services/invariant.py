"""What an invariant is: something that must never be so, and how its offenders are found (R75)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Select, func, null, select

from app.extensions import db

SHOWN = 20
BATCH = 1_000

Offender = tuple[int, int | None]  # the row's number, and its authority's where it belongs to one
Found = tuple[int, list[Offender]]  # how many, and the first of them


@dataclass(frozen=True)
class Finding:
    """An invariant that does not hold: how many rows offend, and the first of them. No personal data."""

    name: str
    rule: str
    sentence: object
    kind: str
    count: int
    ids: tuple[int, ...]
    authority_ids: tuple[int | None, ...]


@dataclass(frozen=True)
class Invariant:
    """What must never be so, by rule; `kind` says what the offending rows are."""

    name: str
    rule: str
    kind: str
    sentence: object
    find: Callable[[], Found]

    def check(self) -> Finding | None:
        """The finding, or None where all is well."""
        count, offenders = self.find()
        if not count:
            return None
        ids, authority_ids = zip(*offenders, strict=True)
        return Finding(self.name, self.rule, self.sentence, self.kind, count, ids, authority_ids)


def never(rule: str, kind: str, sentence: object) -> Callable[[Callable[[], Select[Any]]], Invariant]:
    """Make an invariant of a function that selects the offenders, see `offending`; its name becomes the invariant's."""

    def made(query: Callable[[], Select[Any]]) -> Invariant:
        return Invariant(_slug(query.__name__), rule, kind, sentence, lambda: _in_one_statement(query()))

    return made


def never_in_python(rule: str, kind: str, sentence: object) -> Callable[[Callable[[], Iterator[Offender]]], Invariant]:
    """The same for what no SELECT can say on both databases: the function yields the offenders in order."""

    def made(offenders: Callable[[], Iterator[Offender]]) -> Invariant:
        return Invariant(_slug(offenders.__name__), rule, kind, sentence, lambda: _counted(offenders()))

    return made


def offending(row_id: Any, authority_id: Any = None) -> Select[Any]:
    """The beginning of a query for offenders: each row once, with its authority's number if it belongs to one."""
    authority = null() if authority_id is None else authority_id
    return select(row_id.label("id"), authority.label("authority_id")).distinct()


def in_batches(key: Any, query: Any) -> Iterator[Sequence[Any]]:
    """All rows of the query, a thousand at a time in the order of the key, which must be its first column."""
    last = 0
    while True:
        rows = db.session.execute(query.where(key > last).order_by(key).limit(BATCH)).all()
        yield rows
        if len(rows) < BATCH:
            return
        last = rows[-1][0]


def _in_one_statement(query: Select[Any]) -> Found:
    found = query.subquery()
    first = select(found.c.id, found.c.authority_id, func.count().over()).order_by(found.c.id).limit(SHOWN)
    rows = db.session.execute(first).all()
    return (rows[0][2] if rows else 0), [(row[0], row[1]) for row in rows]


def _counted(offenders: Iterator[Offender]) -> Found:
    first = list(islice(offenders, SHOWN))
    return len(first) + sum(1 for _ in offenders), first


def _slug(name: str) -> str:
    return name.replace("_", "-")
