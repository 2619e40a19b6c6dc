"""The thirty countries of the system."""

from __future__ import annotations

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, Names


class Country(Model):
    """A country: ISO 3166-1 alpha-2, names by language, official languages (ISO 639-1)."""

    __tablename__ = "country"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    names: Mapped[Names] = mapped_column(JSON)
    languages: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(200), default="")
