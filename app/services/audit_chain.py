"""The chain of the log: each entry is sealed with the hash of the one before it, last of all before the commit (R68).

Transactions queue up at the head for the moment between their last statement and their commit, and nowhere else: who
waits there holds all its other locks already, so nobody waits for anybody crosswise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, insert, select, update

from app.extensions import db
from app.models import AuditEvent, AuditHead, AuditLink

CHUNK = 500
_NO_SYNCHRONISING = {"synchronize_session": False}
_events = AuditEvent.__table__


class Head(NamedTuple):
    """Where the chain ends: the number of its entries, and the hash of the last; 0 and nothing where there is none."""

    position: int
    hash: str


class Sealing:
    """The entries of one transaction, sealed before it commits. An entry whose savepoint was undone is not there."""

    def __init__(self) -> None:
        self.event_ids: list[int] = []

    def __call__(self) -> None:
        """Lock the head, add a link for each entry in the order of their numbers, move the head on."""
        if not self.event_ids:
            return
        ids = sorted(set(self.event_ids))
        entries = [each for start in range(0, len(ids), CHUNK) for each in _entries(ids[start : start + CHUNK])]
        if not entries:
            return
        # All is read before: from here to the commit, every other transaction that logs waits.
        links, head = _linked(entries, locked_head())
        db.session.execute(insert(AuditLink), links)
        db.session.execute(
            update(AuditHead).values(position=head.position, hash=head.hash), execution_options=_NO_SYNCHRONISING
        )
        self.event_ids.clear()


def locked_head() -> Head:
    """The end of the chain, held until the end of the transaction."""
    return Head(*db.session.execute(select(AuditHead.position, AuditHead.hash).with_for_update()).one())


def _entries(ids: Iterable[int]) -> list[RowMapping]:
    """As the database has them, which is how they are read when they are verified."""
    db.session.flush()
    found = select(_events).where(_events.c.id.in_(list(ids))).order_by(_events.c.id)
    return list(db.session.execute(found).mappings())


def _linked(entries: Iterable[RowMapping], head: Head) -> tuple[list[dict[str, Any]], Head]:
    links = []
    for entry in entries:
        head = Head(head.position + 1, link_hash(entry, head.position + 1, head.hash))
        links.append({"position": head.position, "event_id": entry["id"], "hash": head.hash})
    return links, head


def link_hash(entry: Mapping[Any, Any], position: int, previous: str) -> str:
    """SHA-256 of the entry's canonical JSON with its place and the hash of the entry before it."""
    canonical = {str(name): value for name, value in entry.items()}
    canonical |= {"at": in_utc(entry["at"]), "position": position, "previous": previous}
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def in_utc(moment: datetime) -> str:
    """The moment as it stands in what is hashed and signed."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
