"""What stays of a removed authority: that it was there, and when (R62)."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class RemovalRecord(Model):
    """A removed authority: public id, country, dates, counts of what went with it; no names."""

    __tablename__ = "removal_record"

    public_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    country_code: Mapped[str] = mapped_column(String(2), index=True)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    purge_on: Mapped[date | None]
    removed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
