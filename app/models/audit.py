"""The log: what was done, by whom, to what. It has no foreign keys, so that no removal touches it (R62, R68)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class LoggedAct(StrEnum):
    """Everything that is ever logged. Each has its sentence in `app.i18n.log`; what is not here cannot be recorded."""

    authority_registered = "authority.registered"
    user_registered = "user.registered"
    module_access_granted = "module_access.granted"
    username_shown = "username.shown"
    username_passed_on = "username.passed_on"
    draft_saved = "draft.saved"
    draft_discarded = "draft.discarded"
    drafts_purged = "drafts.purged"
    language_chosen = "user.language_chosen"
    password_changed = "password.changed"  # noqa: S105 (the name of an act, as those below)
    password_change_refused = "password.change_refused"  # noqa: S105
    password_blocked = "password.blocked"  # noqa: S105
    password_entered_again = "password.entered_again"  # noqa: S105
    password_entered_wrongly = "password.entered_wrongly"  # noqa: S105
    password_reset = "password.reset"  # noqa: S105
    signed_in = "log_in.succeeded"
    log_in_failed = "log_in.failed"
    temporary_password_expired = "log_in.temporary_password_expired"  # noqa: S105
    signed_out = "log_out"
    right_refused = "right.refused"
    limit_reached = "limit.reached"
    run_asked = "job.run_asked"
    mail_sent_again = "mail.sent_again"
    mail_marked_sent = "mail.marked_sent"
    mail_given_up = "mail.given_up"
    authority_edited = "authority.edited"
    authority_confirmed = "authority.confirmed"
    authority_generated = "authority.generated"
    invitation_sent = "invitation.sent"
    invitation_sent_again = "invitation.sent_again"
    invitation_cancelled = "invitation.cancelled"
    invitation_expired = "invitation.expired"
    registration_saved = "registration.saved"
    registration_submitted = "registration.submitted"
    registration_corrected = "registration.corrected"
    registration_validated = "registration.validated"
    registration_returned = "registration.returned"
    registration_rejected = "registration.rejected"
    registration_purged = "registration.purged"
    authorities_exported = "authorities.exported"
    users_exported = "users.exported"
    invitations_exported = "invitations.exported"


class AuditEvent(Model):
    """One act. Persons' data are not in it: only the digests of the rows in `audit_person` that hold them.

    `data` holds old and new values that concern no person; `person_digests` maps a field's name to the SHA-256 of salt
    and value. Its place in the chain stands in `audit_link`.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_authority", "authority_id", "id"),
        Index("ix_audit_event_actor", "actor_user_id", "id"),
        Index("ix_audit_event_subject", "subject_kind", "subject_id", "id"),
        Index("ix_audit_event_act", "act", "at"),
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


class AuditRepeat(Model):
    """How often a refusal was repeated within a minute: one entry, one count (R67).

    Stands apart because entries never change. `source` is a keyed hash of who or what was refused, so that a network
    address stands nowhere in the log.
    """

    __tablename__ = "audit_repeat"
    __table_args__ = (Index("ix_audit_repeat_source", "source", "until"),)

    event_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    times: Mapped[int] = mapped_column(default=1)


class AuditLink(Model):
    """An event's place in the chain, in the order in which transactions ended; positions have no gaps (R68)."""

    __tablename__ = "audit_link"
    __table_args__ = (CheckConstraint("position > 0", name="has_a_place"),)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Model):
    """The end of the chain: one row, locked last before a commit. What stands after `signed_` is the last signature."""

    __tablename__ = "audit_head"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("signed_position <= position", name="signed_is_there"),
        CheckConstraint("(signed_at IS NULL) = (signature = '')", name="signed_is_signed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default="")
    signed_position: Mapped[int] = mapped_column(default=0)
    signed_hash: Mapped[str] = mapped_column(String(64), default="")
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signature: Mapped[str] = mapped_column(String(128), default="")
