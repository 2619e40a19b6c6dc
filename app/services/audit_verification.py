"""Proving that nobody touched the log: the chain is computed anew and compared with what stands, and with signed heads.

A changed entry, a missing one, one that was slipped in, a cut tail, a rewritten chain: each is found and named (R68).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select

from app import clock
from app.extensions import db
from app.models import AuditEvent, AuditHead, AuditLink, AuditPerson
from app.services import audit
from app.services.audit_anchor import Anchor
from app.services.audit_chain import Head, link_hash

CHUNK = 1000
MOST_FAULTS = 20
SALT = 32
# The head is signed every ten minutes; an entry that has waited longer than this tells that it is not.
SIGNED_WITHIN = timedelta(hours=1)
_events = AuditEvent.__table__
Link = Mapping[str, Any]


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
    unsigned = "unsigned"


@dataclass(frozen=True)
class Fault:
    """One fault; `position` is the place in the chain, 0 for an entry that has none; `event_id` the entry's number."""

    kind: FaultKind
    position: int = 0
    event_id: int = 0


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
    head, own = standing()
    known = [*([own] if own else []), *anchors]
    hashes = _walk(report, head, {anchor.position for anchor in known})
    for anchor in known:
        report.anchors += 1
        report.add(*_faults_of(anchor, hashes, report.entries))
    report.add(*(Fault(FaultKind.unsealed, event_id=number) for number in _unsealed()))
    report.add(*_waiting_for_a_signature(own.position if own else 0))
    return report


def standing() -> tuple[Head, Anchor | None]:
    """The end of the chain and its last signature, read in one statement: both move on while one looks."""
    row = db.session.execute(select(*AuditHead.__table__.columns)).first()
    if row is None:
        return Head(0, ""), None
    if row.signed_at is None:
        return Head(row.position, row.hash), None
    return Head(row.position, row.hash), Anchor(row.signed_position, row.signed_hash, row.signed_at, row.signature)


def fault_since(anchor: Anchor | None, head: Head) -> Fault | None:
    """What is wrong with the last signature, or with what was written since, up to the head; None where all holds."""
    end = Head(anchor.position, anchor.hash) if anchor else Head(0, "")
    if anchor and (not anchor.is_ours() or not _is_link(end)):
        return Fault(FaultKind.rewritten if anchor.is_ours() else FaultKind.bad_signature, anchor.position)
    for link, persons in _links(head.position, after=end.position):
        faults, end = _next(link, persons, end)
        if faults:
            return faults[0]
    return None if end == head else Fault(FaultKind.head_differs, head.position)


def _is_link(head: Head) -> bool:
    stands = db.session.scalar(select(AuditLink.hash).where(AuditLink.position == head.position))
    return head.position == 0 or stands == head.hash


def _walk(report: Report, head: Head, wanted: set[int]) -> dict[int, str]:
    """Compute the chain from its beginning to where the head says it ends; the hashes at the wanted positions."""
    end, hashes = Head(0, ""), {0: ""}
    for link, persons in _links(head.position):
        faults, end = _next(link, persons, end)
        report.add(*faults)
        report.entries = max(0, end.position)
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
    head = func.coalesce(select(func.max(AuditHead.position)).scalar_subquery(), 0)
    return select(func.min(AuditLink.position)).where(AuditLink.position > head)


def _next(link: Link, persons: list[Any], end: Head) -> tuple[list[Fault], Head]:
    """The faults of one link, and the end of the chain after it.

    After a fault, one goes on from what stands there: the first broken entry is named, and not all that follow it.
    """
    position, number, here = link["position"], link["event_id"], Head(link["position"], link["hash"])
    if position < 1:  # no place in the chain: slipped in before its beginning
        return [Fault(FaultKind.unsealed, position, number)], end
    faults = [] if position == end.position + 1 else [Fault(FaultKind.gap, end.position + 1)]
    if link["id"] is None:
        return [*faults, Fault(FaultKind.missing, position, number)], here
    entry = {column.name: link.get(column.name) for column in _events.c}
    if entry["at"] is None or not isinstance(entry["person_digests"], dict):  # it cannot even be read
        return [*faults, Fault(FaultKind.changed, position, number)], here
    # Where a link is missing, what was before it cannot be known: that one is named, not its neighbour.
    if not faults and link_hash(entry, position, end.hash) != link["hash"]:
        faults.append(Fault(FaultKind.changed, position, number))
    if not _persons_agree(entry["person_digests"], persons):
        faults.append(Fault(FaultKind.person_changed, position, number))
    return faults, here


def _persons_agree(digests: Mapping[str, str], persons: list[Any]) -> bool:
    """Whether each value is what the entry was sealed with; one that was erased is not there, and no fault (R68)."""
    return all(
        len(row.salt) == SALT and digests.get(row.field) == audit.digest(row.salt, row.person_id, row.field, row.value)
        for row in persons
    )


def _links(last: int, after: int | None = None) -> Iterator[tuple[Link, list[Any]]]:
    """The links up to a position with their entries and personal values, a thousand at a time."""
    while rows := _read(_joined(last, after).limit(CHUNK)):
        after = rows[-1]["position"]
        persons = _persons_of([row["event_id"] for row in rows])
        yield from ((row, persons.get(row["event_id"], [])) for row in rows)


def _joined(last: int, after: int | None) -> Select[Any]:
    links = select(AuditLink.position, AuditLink.event_id, AuditLink.hash, *_events.c)
    here = links.outerjoin(AuditEvent, AuditEvent.id == AuditLink.event_id).where(AuditLink.position <= last)
    return (here if after is None else here.where(AuditLink.position > after)).order_by(AuditLink.position)


def _read(rows: Select[Any]) -> list[Link]:
    """The rows; where one of them cannot be read, one after another, and that one without what it holds."""
    try:
        return [dict(row) for row in db.session.execute(rows).mappings()]
    except (ValueError, TypeError):
        places = rows.with_only_columns(AuditLink.position, AuditLink.event_id, AuditLink.hash)
        return [_read_one(dict(place)) for place in db.session.execute(places).mappings()]


def _read_one(place: dict[str, Any]) -> Link:
    number = place["position"]
    try:
        return dict(db.session.execute(_joined(number, number - 1)).mappings().one())
    except (ValueError, TypeError):
        return {**place, "id": place["event_id"]}


def _persons_of(event_ids: list[int]) -> dict[int, list[Any]]:
    columns = (AuditPerson.event_id, AuditPerson.person_id, AuditPerson.field, AuditPerson.value, AuditPerson.salt)
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(select(*columns).where(AuditPerson.event_id.in_(event_ids))):
        found.setdefault(row.event_id, []).append(row)
    return found


def _unsealed() -> list[int]:
    """Entries that are not in the chain: no transaction of ours leaves one."""
    linked = select(AuditLink.event_id).where(AuditLink.event_id == AuditEvent.id).exists()
    return list(db.session.scalars(select(AuditEvent.id).where(~linked).order_by(AuditEvent.id).limit(MOST_FAULTS)))


def _waiting_for_a_signature(signed: int) -> list[Fault]:
    """The first entry behind the signature, where it has waited for so long that nobody signs any more."""
    link = select(AuditLink.position).join(AuditEvent, AuditEvent.id == AuditLink.event_id)
    waits = link.where(AuditLink.position == signed + 1, AuditEvent.at < clock.now() - SIGNED_WITHIN)
    position = db.session.scalar(waits)
    return [] if position is None else [Fault(FaultKind.unsigned, position)]


def _faults_of(anchor: Anchor, hashes: Mapping[int, str], entries: int) -> list[Fault]:
    if not anchor.is_ours():
        return [Fault(FaultKind.bad_signature, anchor.position)]
    if anchor.position > entries:
        return [Fault(FaultKind.cut_off, entries + 1)]
    # Where the link itself is missing, that has been named.
    stands = hashes.get(anchor.position, anchor.hash) == anchor.hash
    return [] if stands else [Fault(FaultKind.rewritten, anchor.position)]
