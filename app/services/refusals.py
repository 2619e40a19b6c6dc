"""What was refused, as entries of the log: in a transaction of their own, repeats within a minute counted (R67)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, update

from app import clock
from app.extensions import db
from app.models import AuditRepeat, LoggedAct
from app.policy.actor import Actor
from app.services import audit, audit_chain
from app.settings import setting

WINDOW = timedelta(minutes=1)


def record(
    act: LoggedAct,
    actor: Actor | None,
    subject: Any = None,
    *,
    source: str,
    data: Mapping[str, Any] | None = None,
    first: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry, or count one more of the same kind, from the same source, about the same thing, within a minute.

    `source` says where it came from: a user's number, or a network address, of which only a keyed hash is stored.
    `first` holds what only the first of them is told with: who tries a thousand numbers leaves one entry a minute.
    The door calls it after the refused act's transaction is rolled back, and commits.
    """
    values = dict(data or {})
    key = _key(act, source, getattr(subject, "id", None), values)
    # The head is locked only where nothing was counted, so that two at once do not both begin an entry.
    if _count(key):
        return
    audit_chain.locked_head()
    if _count(key):
        return
    event = audit.record(actor, act, subject, data=values | dict(first or {}))
    db.session.add(AuditRepeat(event_id=event.id, source=key, until=clock.now() + WINDOW))
    db.session.flush()


def _count(key: str) -> bool:
    again = (
        update(AuditRepeat)
        .where(AuditRepeat.source == key, AuditRepeat.until > clock.now())
        .values(times=AuditRepeat.times + 1)
    )
    done = db.session.execute(again, execution_options={"synchronize_session": False})
    return isinstance(done, CursorResult) and done.rowcount > 0


def _key(act: LoggedAct, source: str, subject_id: int | None, data: Mapping[str, Any]) -> str:
    """A keyed hash: whoever reads the database cannot try out all the network addresses there are."""
    secret = hashlib.sha256(b"sources of refusals" + setting("LOG_KEY")).digest()
    text = repr((act.value, source, subject_id, sorted(data.items())))
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
