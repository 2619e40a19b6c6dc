"""Modules, their legal areas and their user roles: master data of the Commission."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, Names, closed
from app.models.classification import ClassificationList


class ModuleType(StrEnum):
    """What a module exchanges."""

    request = "request"
    notification = "notification"
    alert = "alert"
    repository = "repository"
    case = "case"
    public_interface = "public_interface"


class Setting(StrEnum):
    """The three yes/no settings of an access to a request module (R32)."""

    approval = "approval"
    refusal = "refusal"
    allocation = "allocation"


class Area(Model):
    """A legal area; `act` is the citation of its act, for reference."""

    __tablename__ = "area"

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    names: Mapped[Names] = mapped_column(JSON)
    act: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(default=0)


class Module(Model):
    """A part of the shared system to which authorities get access."""

    __tablename__ = "module"
    __table_args__ = (
        CheckConstraint("offers_coordinator OR NOT requires_linked_coordinator", name="coordinator_is_offered"),
        CheckConstraint("type = 'request' OR NOT has_request_settings", name="settings_for_requests_only"),
        CheckConstraint("retired_from IS NULL OR retired_from >= active_from", name="retired_after_active"),
        Index(None, "area_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"))
    type: Mapped[ModuleType] = mapped_column(closed(ModuleType, "module_type"))
    names: Mapped[Names] = mapped_column(JSON)
    offers_coordinator: Mapped[bool] = mapped_column(default=False)
    requires_linked_coordinator: Mapped[bool] = mapped_column(default=False)
    has_request_settings: Mapped[bool] = mapped_column(default=False)
    active_from: Mapped[date]
    retired_from: Mapped[date | None]
    position: Mapped[int] = mapped_column(default=0)

    area: Mapped[Area] = relationship()
    classification_lists: Mapped[list[ClassificationList]] = relationship(
        secondary="module_classification_list", order_by=ClassificationList.position
    )
    user_roles: Mapped[list[UserRole]] = relationship(order_by="UserRole.position")


class ModuleClassificationList(Model):
    """Which lists describe an access to the module."""

    __tablename__ = "module_classification_list"
    __table_args__ = (Index(None, "list_id"),)

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("classification_list.id"), primary_key=True)


class UserRole(Model):
    """A role that users can hold in a module, for which role of the authority, and with which setting (R34, R35)."""

    __tablename__ = "user_role"
    __table_args__ = (
        UniqueConstraint("module_id", "code"),
        UniqueConstraint("id", "module_id"),
        CheckConstraint("for_authority OR for_coordinator", name="for_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    code: Mapped[str] = mapped_column(String(40))
    names: Mapped[Names] = mapped_column(JSON)
    for_authority: Mapped[bool]
    for_coordinator: Mapped[bool]
    needs_setting: Mapped[Setting | None] = mapped_column(closed(Setting, "needs_setting"))
    position: Mapped[int] = mapped_column(default=0)
