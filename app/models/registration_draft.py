"""Drafts of a registration: step 1 as far as it has been typed (R6)."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, UtcDateTime, new_public_id
from app.models.user import ImiUser

DRAFT_NAME_LENGTH = 250


class RegistrationDraft(Model):
    """What somebody has typed into the form of a registration, right or wrong. It is no authority.

    `authority_id` is the body of who made it, whose administrators share it. `typed` holds pairs of field and value,
    as the form sends them; `official_name` is the typed one, cut for lists. `kept`: somebody asked for it to be kept;
    otherwise it is what a check page stands on, which only its maker sees.
    """

    __tablename__ = "registration_draft"
    __table_args__ = (
        Index("ix_registration_draft_authority", "authority_id", "kept", "changed_at"),
        Index("ix_registration_draft_untouched", "kept", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id", ondelete="CASCADE"))
    country_code: Mapped[str] = mapped_column(ForeignKey("country.code"), index=True)
    made_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    changed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    official_name: Mapped[str] = mapped_column(String(DRAFT_NAME_LENGTH), default="")
    typed: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    kept: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    changed_by: Mapped[ImiUser | None] = relationship(foreign_keys=[changed_by_user_id])

    def __str__(self) -> str:
        """Nothing: what is typed is not checked yet, and stands in no log."""
        return ""
