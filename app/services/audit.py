"""Recording acts, in the transaction of the act (R67)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from app import clock
from app.extensions import db
from app.models import AuditEvent, AuditPerson, Authority, ImiUser, LoggedAct
from app.policy.actor import Actor
from app.services.audit_chain import Sealing
from app.transaction import before_commit

# Which request or job an act belongs to; set by the door.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def record(
    actor: Actor | None,
    act: LoggedAct,
    subject: Any,
    *,
    authority: Authority | None = None,
    data: Mapping[str, Any] | None = None,
    persons: Mapping[str, tuple[int | None, str]] | None = None,
    reason: str = "",
    outside_own: bool = False,
) -> AuditEvent:
    """Add an event to the current transaction; it is sealed into the chain when that is about to commit.

    `persons` maps a field to (number of the person, value): these values stand apart, salted, and only their digests
    in the event, so that a person can be erased (R68). `actor` is None for the system itself and for the shell.
    """
    people = dict(persons or {}) | _names(actor, subject)
    salted = {field: (who, value, secrets.token_bytes(32)) for field, (who, value) in people.items()}
    event = AuditEvent(
        at=clock.now(),
        act=act,
        actor_user_id=actor.user_id if actor else None,
        actor_authority_id=actor.authority_id if actor else None,
        actor_authority_name=actor.authority_name if actor else "",
        data=dict(data or {}),
        person_digests={field: digest(salt, who, field, value) for field, (who, value, salt) in salted.items()},
        reason=reason,
        outside_own=outside_own,
        request_id=request_id.get(),
        **_subject(subject, authority),
    )
    db.session.add(event)
    db.session.flush()
    before_commit("seal the log", Sealing).event_ids.append(event.id)
    db.session.add_all(
        AuditPerson(event_id=event.id, person_id=who, field=field, value=value, salt=salt)
        for field, (who, value, salt) in salted.items()
    )
    return event


def digest(salt: bytes, person_id: int | None, field: str, value: str) -> str:
    """What the event keeps of a personal value: it binds the value to its field and to its person."""
    text = json.dumps([salt.hex(), person_id, field, value], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _names(actor: Actor | None, subject: Any) -> dict[str, tuple[int | None, str]]:
    """The names as they were at that moment."""
    names: dict[str, tuple[int | None, str]] = {}
    if actor is not None:
        names["actor.name"] = (actor.user_id, actor.full_name)
    if isinstance(subject, ImiUser):
        names["subject.name"] = (subject.id, subject.full_name)
    return names


def _subject(subject: Any, authority: Authority | None) -> dict[str, Any]:
    about = subject if isinstance(subject, Authority) else authority
    if subject is None:
        return {
            "subject_kind": "nobody",
            "subject_id": None,
            "subject_name": "",
            "authority_id": None,
            "country_code": "",
        }
    return {
        "subject_kind": type(subject).__tablename__,
        "subject_id": subject.id,
        "subject_name": "" if isinstance(subject, ImiUser) else str(subject)[:300],
        "authority_id": about.id if about else getattr(subject, "authority_id", None),
        "country_code": (about.country_code or "") if about else "",
    }
