"""Classification lists and their entries: what an authority, or a module access, is concerned with."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, Names, closed


class ListScope(StrEnum):
    """What a list describes: an authority, or an authority's access to a module."""

    general = "general"
    module = "module"


class ClassificationList(Model):
    """A list of entries, of the general kind or for modules."""

    __tablename__ = "classification_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    scope: Mapped[ListScope] = mapped_column(closed(ListScope, "list_scope"))
    hierarchical: Mapped[bool] = mapped_column(default=False)
    names: Mapped[Names] = mapped_column(JSON)
    position: Mapped[int] = mapped_column(default=0)


class ClassificationEntry(Model):
    """One entry of a list; retired ones (`active` false) stay where they were given, but are offered no more."""

    __tablename__ = "classification_entry"
    __table_args__ = (
        UniqueConstraint("list_id", "code"),
        UniqueConstraint("id", "list_id"),
        # A parent stands in the same list.
        ForeignKeyConstraint(["parent_id", "list_id"], ["classification_entry.id", "classification_entry.list_id"]),
        Index(None, "parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("classification_list.id"))
    code: Mapped[str] = mapped_column(String(60))
    parent_id: Mapped[int | None]
    names: Mapped[Names] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)

    list: Mapped[ClassificationList] = relationship()
