"""Reading the log: entries as sentences, with the names that persons had then, and how the log stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from app import clock
from app.errors import NotFound
from app.extensions import db
from app.i18n.exports import filters_in_words
from app.i18n.log import A_NETWORK, ACTS, FORMER_USER, LIMITS, SOMEBODY_UNKNOWN, THE_SYSTEM
from app.i18n.operations import JOBS
from app.models import AuditEvent, AuditPerson, AuditRepeat, ImiUser, LoggedAct
from app.policy.actor import Actor
from app.policy.operations import may_run_jobs
from app.services.audit_verification import standing

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """One line of the log, in the reader's language; its number is what a fault of the log names."""

    number: int
    at: datetime
    sentence: str
    authority_name: str
    times: int


@dataclass(frozen=True)
class LogState:
    """How many entries there are, and up to which the head is signed, and when."""

    entries: int
    signed_position: int
    signed_at: datetime | None


def state() -> LogState:
    """How the log stands; even where somebody has deleted its head."""
    head, anchor = standing()
    return LogState(head.position, anchor.position if anchor else 0, anchor.signed_at if anchor else None)


def latest(actor: Actor, most: int) -> list[Entry]:
    """The latest entries of the whole log, for those who may read all of it; NotFound for others (R70)."""
    if not may_run_jobs(actor):
        raise NotFound
    times = func.coalesce(AuditRepeat.times, 1).label("times")
    query = select(*AuditEvent.__table__.columns, times).outerjoin(AuditRepeat, AuditRepeat.event_id == AuditEvent.id)
    events = db.session.execute(query.order_by(AuditEvent.id.desc()).limit(most)).all()
    names = _names([event.id for event in events])
    return [
        Entry(event.id, event.at, sentence(event, names.get(event.id, {})), event.actor_authority_name, event.times)
        for event in events
    ]


def _names(event_ids: list[int]) -> dict[int, dict[str, str]]:
    """The personal values that have not been erased, by entry and field."""
    columns = (AuditPerson.event_id, AuditPerson.field, AuditPerson.value)
    found: dict[int, dict[str, str]] = {}
    for row in db.session.execute(select(*columns).where(AuditPerson.event_id.in_(event_ids))):
        found.setdefault(row.event_id, {})[row.field] = row.value
    return found


class _Values(dict[str, Any]):
    """What an older entry does not hold is left open, so that its sentence can be read all the same."""

    def __missing__(self, key: str) -> str:
        return "…"


def sentence(event: Any, persons: Mapping[str, str]) -> str:
    """What happened, in the reader's language (R69). A person whose name was erased is a former user (R49).

    An act that this version does not know, as one of a newer or a forged entry, is shown by its raw name.
    """
    if event.act not in ACTS:
        return str(event.act)
    values = _Values({name: value for name, value in event.data.items() if isinstance(value, str | int)})
    nobody = A_NETWORK if event.act == LoggedAct.limit_reached.value else THE_SYSTEM
    actor = persons.get("actor.name") or _somebody(event.actor_user_id, nobody)
    values |= {"actor": actor, "subject": _subject(event, persons)}
    if "filters" in event.data:
        values["filters"] = filters_in_words(event.data["filters"])
    if "job" in values:
        values["job"] = JOBS.get(values["job"], (values["job"], ""))[0]
    said = str(LIMITS.get(str(values.get("limit", "")), ACTS[event.act])) % values
    # A name is written as its bearer writes it; words that stand in its place begin a sentence as any others.
    return said if said.startswith(tuple(persons.values())) else said[:1].upper() + said[1:]


def _subject(event: Row[Any], persons: Mapping[str, str]) -> str:
    if event.subject_kind == ImiUser.__tablename__:
        return persons.get("subject.name") or _somebody(event.subject_id, SOMEBODY_UNKNOWN)
    return event.subject_name or str(SOMEBODY_UNKNOWN)


def _somebody(number: int | None, otherwise: object) -> str:
    return str(otherwise) if number is None else str(FORMER_USER) % {"number": number}


def failed_log_ins(period: timedelta = HOUR) -> int:
    """How many log-ins failed of late, over all usernames together: many mean that somebody tries them out (R55)."""
    recent = select(func.sum(AuditRepeat.times)).join(AuditEvent, AuditEvent.id == AuditRepeat.event_id)
    where = (AuditEvent.act == LoggedAct.log_in_failed.value, AuditEvent.at > clock.now() - period)
    return db.session.scalar(recent.where(*where)) or 0
