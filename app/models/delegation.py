"""Delegations: what a national coordinator has entrusted to another body of its country."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.authority import Authority
from app.models.base import Model, UtcDateTime, closed, new_public_id


class Reach(StrEnum):
    """Which bodies a delegation covers: all of the country, or those the delegate is access manager of."""

    country = "country"
    own = "own"


class Delegation(Model):
    """Access management entrusted to a body, wholly or partly, from one day to another (both included, R30)."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_it_begins"),
        ForeignKeyConstraint(["delegate_id", "country_code"], ["authority.id", "authority.country_code"]),
        Index("ix_delegation_delegate", "delegate_id", "valid_from"),
        Index(None, "country_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    country_code: Mapped[str] = mapped_column(String(2))
    delegate_id: Mapped[int]
    all_modules: Mapped[bool]
    reach: Mapped[Reach] = mapped_column(closed(Reach, "reach"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    delegate: Mapped[Authority] = relationship()

    __mapper_args__ = {"version_id_col": version}


class DelegationModule(Model):
    """The modules of a delegation that does not cover all."""

    __tablename__ = "delegation_module"
    __table_args__ = (Index(None, "module_id"),)

    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegation.id", ondelete="CASCADE"), primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
