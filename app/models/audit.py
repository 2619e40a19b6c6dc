"""The log: what was done, by whom, to what. It has no foreign keys, so that no removal touches it (R62, R68)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, JSON, Index, LargeBinary, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class AuditEvent(Model):
    """One act. Persons' data are not in it: only the digests of the rows in `audit_person` that hold them.

    `data` holds old and new values that concern no person; `person_digests` maps a field's name to the SHA-256 of salt
    and value. `repeats` counts equal refusals within a minute (R67). The last two columns chain the events (R68).
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_authority", "authority_id", "id"),
        Index("ix_audit_event_actor", "actor_user_id", "id"),
        Index("ix_audit_event_subject", "subject_kind", "subject_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    act: Mapped[str] = mapped_column(String(60))
    actor_user_id: Mapped[int | None]
    actor_authority_id: Mapped[int | None]
    actor_authority_name: Mapped[str] = mapped_column(String(250), default="")
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    subject_name: Mapped[str] = mapped_column(String(300), default="")
    authority_id: Mapped[int | None]
    country_code: Mapped[str] = mapped_column(String(2), default="")
    outside_own: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    person_digests: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    repeats: Mapped[int] = mapped_column(default=1)
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64), unique=True)


class AuditPerson(Model):
    """One personal value of one event, salted. Erasing a person deletes the rows; the chain still verifies (R68)."""

    __tablename__ = "audit_person"
    __table_args__ = (Index(None, "event_id"), Index(None, "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    person_id: Mapped[int | None]
    field: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Model):
    """The end of the chain: one row, locked last before a commit."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int | None]
    hash: Mapped[str] = mapped_column(String(64), default="")
    signature: Mapped[str] = mapped_column(String(200), default="")
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


APPEND_ONLY_SQLITE = [
    """
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'R68: the log is append-only'); END
""",
    """
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
BEGIN SELECT RAISE(ABORT, 'R68: the log is append-only'); END
""",
    # INSERT OR REPLACE deletes without asking the trigger on delete.
    """
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id OR hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'R68: the log is append-only'); END
""",
]
APPEND_ONLY_POSTGRESQL = [
    """
CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'R68: the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
    """
CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW
EXECUTE FUNCTION audit_event_append_only()
""",
    """
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT
EXECUTE FUNCTION audit_event_append_only()
""",
]
for _dialect, _statements in (("sqlite", APPEND_ONLY_SQLITE), ("postgresql", APPEND_ONLY_POSTGRESQL)):
    for _statement in _statements:
        event.listen(AuditEvent.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
