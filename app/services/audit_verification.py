"""Proving that nobody touched the log: the chain is computed anew and compared with what stands, and with signed heads.

A changed entry, a missing one, one that was slipped in, a cut tail, a rewritten chain: each is found and named (R68).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from sqlalchemy import RowMapping, func, select

from app.errors import InvalidInput
from app.extensions import db
from app.i18n import _l
from app.models import AuditEvent, AuditHead, AuditLink, AuditPerson
from app.services import audit
from app.services.audit_chain import Head, key, link_hash, signed_text

CHUNK = 1000
MOST_FAULTS = 20
MARK = "log-head "
_events = AuditEvent.__table__


class FaultKind(StrEnum):
    """What can be wrong with the log. Their sentences stand in `app.i18n.log`."""

    changed = "changed"
    missing = "missing"
    gap = "gap"
    unsealed = "unsealed"
    person_changed = "person_changed"
    head_differs = "head_differs"
    cut_off = "cut_off"
    rewritten = "rewritten"
    bad_signature = "bad_signature"


@dataclass(frozen=True)
class Fault:
    """One fault; `position` is the place in the chain, 0 for an entry that has none; `event_id` the entry's number."""

    kind: FaultKind
    position: int = 0
    event_id: int = 0


@dataclass(frozen=True)
class Anchor:
    """A signed head, as it stands in the database or was kept elsewhere."""

    position: int
    hash: str
    signed_at: datetime
    signature: str

    def is_ours(self) -> bool:
        """Whether it was signed with our key."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
            key().public_key().verify(signature, signed_text(self.position, self.hash, self.signed_at))
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


@dataclass
class Report:
    """How many entries were verified, against how many signed heads, and what was found, first things first."""

    entries: int = 0
    anchors: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, *faults: Fault) -> None:
        self.faults += faults[: max(0, MOST_FAULTS - len(self.faults))]

    @property
    def is_whole(self) -> bool:
        return not self.faults


def verify(anchors: Iterable[Anchor] = ()) -> Report:
    """Verify the whole log, and each signed head: the database's own and those given."""
    report = Report()
    head = db.session.execute(select(AuditHead.position, AuditHead.hash)).one()
    known = [*_own_anchor(), *anchors]
    hashes = _walk(report, Head(*head), {anchor.position for anchor in known})
    for anchor in known:
        report.anchors += 1
        report.add(*_faults_of(anchor, hashes, report.entries))
    report.add(*(Fault(FaultKind.unsealed, event_id=number) for number in _unsealed()))
    return report


def _walk(report: Report, head: Head, wanted: set[int]) -> dict[int, str]:
    """Compute the chain from its beginning to where the head says it ends; the hashes at the wanted positions."""
    end, hashes = Head(0, ""), {0: ""}
    for link, persons in _links(head.position):
        faults, end = _next(link, persons, end)
        report.add(*faults)
        report.entries = end.position
        if end.position in wanted:
            hashes[end.position] = end.hash
    if end.position < head.position:
        report.add(Fault(FaultKind.cut_off, end.position + 1))
    elif end.hash != head.hash and report.is_whole:
        report.add(Fault(FaultKind.head_differs, end.position))
    if (last := db.session.scalar(_beyond_head())) is not None:
        report.add(Fault(FaultKind.head_differs, last))
    return hashes


def _beyond_head() -> Any:
    """A link behind the head, in one statement: what others append meanwhile moves the head in the same commit."""
    return select(func.min(AuditLink.position)).where(AuditLink.position > select(AuditHead.position).scalar_subquery())


def _next(link: RowMapping, persons: list[AuditPerson], end: Head) -> tuple[list[Fault], Head]:
    """The faults of one link, and the end of the chain after it.

    After a fault, one goes on from what stands there: the first broken entry is named, and not all that follow it.
    """
    position, number = link["position"], link["event_id"]
    faults = [] if position == end.position + 1 else [Fault(FaultKind.gap, end.position + 1)]
    if link["id"] is None:
        return [*faults, Fault(FaultKind.missing, position, number)], Head(position, link["hash"])
    entry = {column.name: link[column.name] for column in _events.c}
    # Where a link is missing, what was before it cannot be known: that one is named, not its neighbour.
    if not faults and link_hash(entry, position, end.hash) != link["hash"]:
        faults.append(Fault(FaultKind.changed, position, number))
    if not _persons_agree(entry["person_digests"], persons):
        faults.append(Fault(FaultKind.person_changed, position, number))
    return faults, Head(position, link["hash"])


def _persons_agree(digests: Mapping[str, str], persons: list[AuditPerson]) -> bool:
    """Whether each value is what the entry was sealed with; one that was erased is not there, and no fault (R68)."""
    return all(digests.get(row.field) == audit.digest(row.salt, row.value) for row in persons)


def _links(last: int) -> Iterator[tuple[RowMapping, list[AuditPerson]]]:
    """The links up to a position with their entries and personal values, a thousand at a time."""
    position = 0
    joined = select(AuditLink.position, AuditLink.event_id, AuditLink.hash, *_events.c).outerjoin(
        AuditEvent, AuditEvent.id == AuditLink.event_id
    )
    while True:
        here = joined.where(AuditLink.position > position, AuditLink.position <= last)
        rows = db.session.execute(here.order_by(AuditLink.position).limit(CHUNK)).mappings().all()
        if not rows:
            return
        position = rows[-1]["position"]
        persons = _persons_of([row["event_id"] for row in rows])
        yield from ((row, persons.get(row["event_id"], [])) for row in rows)


def _persons_of(event_ids: list[int]) -> dict[int, list[AuditPerson]]:
    columns = (AuditPerson.event_id, AuditPerson.field, AuditPerson.value, AuditPerson.salt)
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(select(*columns).where(AuditPerson.event_id.in_(event_ids))):
        found.setdefault(row.event_id, []).append(row)
    return found


def _unsealed() -> list[int]:
    """Entries that are not in the chain: no transaction of ours leaves one."""
    linked = select(AuditLink.event_id).where(AuditLink.event_id == AuditEvent.id).exists()
    return list(db.session.scalars(select(AuditEvent.id).where(~linked).order_by(AuditEvent.id).limit(MOST_FAULTS)))


def _own_anchor() -> list[Anchor]:
    row = db.session.execute(
        select(AuditHead.signed_position, AuditHead.signed_hash, AuditHead.signed_at, AuditHead.signature)
    ).one()
    if row.signed_at is None:
        return []
    return [Anchor(row.signed_position, row.signed_hash, row.signed_at, row.signature)]


def _faults_of(anchor: Anchor, hashes: Mapping[int, str], entries: int) -> list[Fault]:
    if not anchor.is_ours():
        return [Fault(FaultKind.bad_signature, anchor.position)]
    if anchor.position > entries:
        return [Fault(FaultKind.cut_off, entries + 1)]
    # Where the link itself is missing, that has been named.
    stands = hashes.get(anchor.position, anchor.hash) == anchor.hash
    return [] if stands else [Fault(FaultKind.rewritten, anchor.position)]


def anchors_in(lines: Iterable[str]) -> list[Anchor]:
    """The signed heads in a file of the structured log; InvalidInput where there is none, or one cannot be read."""
    texts = [line.partition(MARK)[2] for line in lines if MARK in line]
    if not texts:
        raise InvalidInput(_l("The file holds no signed head of the log: none of its lines says log-head."))
    try:
        return [_anchor(json.loads(text)) for text in texts]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(_l("The file holds a head of the log that cannot be read.")) from error


def _anchor(values: Mapping[str, Any]) -> Anchor:
    moment = datetime.fromisoformat(values["signed_at"])
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone is refused.")
    return Anchor(int(values["position"]), str(values["hash"]), moment, str(values["signature"]))
