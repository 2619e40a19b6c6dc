"""Invitations to bodies to register themselves (§2.2)."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime, closed, new_public_id


class InvitationStatus(StrEnum):
    """Where an invitation stands."""

    sent = "sent"
    expired = "expired"
    cancelled = "cancelled"
    registered = "registered"
    returned = "returned"
    validated = "validated"
    rejected = "rejected"


class Invitation(Model):
    """An invitation to one body; only the hash of its link's token is stored (R12, R13).

    `typed` is what the invited body has written so far and not sent: pairs of a field's name and its value (R14). There
    is no authority before it is sent. `expires_at` is the first moment after the last day.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(
            "status NOT IN ('registered', 'returned', 'validated') OR authority_id IS NOT NULL",
            name="answered_has_authority",
        ),
        CheckConstraint("(typed IS NULL) = (typed_at IS NULL)", name="typed_has_moment"),
        CheckConstraint("typed IS NULL OR status IN ('sent', 'returned')", name="typed_while_open"),
        Index("ix_invitation_inviter_status", "inviting_authority_id", "status", "expires_at"),
        Index("ix_invitation_country_status", "country_code", "status", "expires_at"),
        Index(
            "ix_invitation_email_key",
            "country_code",
            "email_key",
            postgresql_where=text("email_key <> ''"),
            sqlite_where=text("email_key <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    country_code: Mapped[str] = mapped_column(ForeignKey("country.code"))
    inviting_authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    invited_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    recipient_email: Mapped[str] = mapped_column(String(254))
    invited_name: Mapped[str] = mapped_column(String(250))
    language: Mapped[str] = mapped_column(String(5), default="da")
    message: Mapped[str] = mapped_column(String(2000), default="")
    suggested_modules: Mapped[list[int]] = mapped_column(JSON, default=list)
    suggested_classification: Mapped[list[int]] = mapped_column(JSON, default=list)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    status: Mapped[InvitationStatus] = mapped_column(closed(InvitationStatus, "invitation_status"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    times_sent: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    closing_reason: Mapped[str] = mapped_column(String(1000), default="")
    # One invitation registers one body, and a body comes from one invitation.
    authority_id: Mapped[int | None] = mapped_column(ForeignKey("authority.id", ondelete="CASCADE"), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    # R8: by these the invited body is found again (`policy.likeness`).
    likeness_key: Mapped[str] = mapped_column(String(500), default="")
    email_key: Mapped[str] = mapped_column(String(254), default="")

    typed: Mapped[list[list[str]] | None] = mapped_column(JSON(none_as_null=True))
    typed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_reason: Mapped[str] = mapped_column(String(1000), default="")
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # that it ends soon, of this link (M8)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.invited_name


class Registrant(Model):
    """Who is to be the first user of a body that has registered itself: he has no account before validation (R18)."""

    __tablename__ = "registrant"

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id", ondelete="CASCADE"), primary_key=True)
    first_name: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(String(64))
    email_address: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(5), default="da")
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waiting_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # that it has waited long (M17)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"
