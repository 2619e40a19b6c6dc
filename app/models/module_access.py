"""Access of authorities to modules: role, settings, classification, linked coordinators."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    DDL,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.authority import Authority
from app.models.base import Model, UtcDateTime, closed
from app.models.classification import ClassificationEntry
from app.models.module import Module


class AccessStatus(StrEnum):
    """Granted or suspended; none is the absence of a row."""

    granted = "granted"
    suspended = "suspended"


class ModuleRole(StrEnum):
    """The role an authority has in one module."""

    authority = "authority"
    coordinator = "coordinator"


class ModuleAccess(Model):
    """What one authority may do in one module."""

    __tablename__ = "module_access"
    __table_args__ = (
        UniqueConstraint("authority_id", "module_id"),
        # The targets of the composite keys below: they carry facts of this row into the rows that rest on them.
        UniqueConstraint("id", "module_id", "country_code", "role", name="uq_module_access_role"),
        UniqueConstraint("id", "module_id", "country_code", "role", "status", name="uq_module_access_standing"),
        UniqueConstraint("id", "authority_id", "module_id", name="uq_module_access_holder"),
        ForeignKeyConstraint(
            ["authority_id", "country_code"], ["authority.id", "authority.country_code"], ondelete="CASCADE"
        ),
        CheckConstraint("(status = 'suspended') = (suspended_at IS NOT NULL)", name="suspended_has_moment"),
        CheckConstraint("status <> 'suspended' OR suspension_reason <> ''", name="suspended_has_reason"),
        Index("ix_module_access_module", "module_id", "status", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    authority_id: Mapped[int]
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    country_code: Mapped[str] = mapped_column(String(2))
    status: Mapped[AccessStatus] = mapped_column(closed(AccessStatus, "access_status"))
    role: Mapped[ModuleRole] = mapped_column(closed(ModuleRole, "module_role"))
    approval: Mapped[bool] = mapped_column(default=False)
    refusal: Mapped[bool] = mapped_column(default=False)
    allocation: Mapped[bool] = mapped_column(default=False)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    grant_reason: Mapped[str] = mapped_column(String(1000), default="")
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspended_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    suspension_reason: Mapped[str] = mapped_column(String(1000), default="")
    version: Mapped[int] = mapped_column(default=1)

    authority: Mapped[Authority] = relationship(viewonly=True)
    module: Mapped[Module] = relationship()
    classification: Mapped[list[ClassificationEntry]] = relationship(
        secondary="module_access_classification", order_by=ClassificationEntry.position
    )

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.module.code


class ModuleAccessClassification(Model):
    """The entries of the module's lists that describe an access."""

    __tablename__ = "module_access_classification"
    __table_args__ = (Index(None, "entry_id"),)

    access_id: Mapped[int] = mapped_column(ForeignKey("module_access.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("classification_entry.id"), primary_key=True)


class LinkedCoordinator(Model):
    """A coordinator to which an authority is linked in a module.

    The keys say what R33 and R39 say: both ends stand in the same module and country, the one is an authority there,
    the other a coordinator whose access is granted. A coordinator therefore cannot be suspended, or change its role,
    while anybody is linked to it, whatever code runs.
    """

    __tablename__ = "linked_coordinator"
    __table_args__ = (
        ForeignKeyConstraint(
            ["access_id", "module_id", "country_code", "access_role"],
            ["module_access.id", "module_access.module_id", "module_access.country_code", "module_access.role"],
            name="fk_linked_coordinator_dependant",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["coordinator_id", "module_id", "country_code", "coordinator_role", "coordinator_status"],
            [
                "module_access.id",
                "module_access.module_id",
                "module_access.country_code",
                "module_access.role",
                "module_access.status",
            ],
            name="fk_linked_coordinator_coordinator",
        ),
        CheckConstraint("access_role = 'authority'", name="dependant_is_authority"),
        CheckConstraint("coordinator_role = 'coordinator'", name="coordinator_is_coordinator"),
        CheckConstraint("coordinator_status = 'granted'", name="coordinator_is_granted"),
        Index("ix_linked_coordinator_coordinator", "coordinator_id", "module_id"),
    )

    access_id: Mapped[int] = mapped_column(primary_key=True)
    coordinator_id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int]
    country_code: Mapped[str] = mapped_column(String(2))
    access_role: Mapped[str] = mapped_column(String(32), default=ModuleRole.authority.value)
    coordinator_role: Mapped[str] = mapped_column(String(32), default=ModuleRole.coordinator.value)
    coordinator_status: Mapped[str] = mapped_column(String(32), default=AccessStatus.granted.value)

    access: Mapped[ModuleAccess] = relationship(foreign_keys=[access_id], primaryjoin=access_id == ModuleAccess.id)
    coordinator: Mapped[ModuleAccess] = relationship(
        foreign_keys=[coordinator_id], primaryjoin=coordinator_id == ModuleAccess.id
    )


# R38: the role changes only while the access is suspended.
ROLE_TRIGGER_SQLITE = """
CREATE TRIGGER module_access_role_change BEFORE UPDATE OF role ON module_access
WHEN OLD.role <> NEW.role AND (OLD.status <> 'suspended' OR NEW.status <> 'suspended')
BEGIN SELECT RAISE(ABORT, 'R38: the role changes only while the access is suspended'); END
"""
ROLE_FUNCTION_POSTGRESQL = """
CREATE FUNCTION module_access_role_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'R38: the role changes only while the access is suspended' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""  # noqa: E501
ROLE_TRIGGER_POSTGRESQL = """
CREATE TRIGGER module_access_role_change BEFORE UPDATE OF role ON module_access FOR EACH ROW
WHEN (OLD.role <> NEW.role AND (OLD.status <> 'suspended' OR NEW.status <> 'suspended'))
EXECUTE FUNCTION module_access_role_change()
"""
for _dialect, _statement in (
    ("sqlite", ROLE_TRIGGER_SQLITE),
    ("postgresql", ROLE_FUNCTION_POSTGRESQL),
    ("postgresql", ROLE_TRIGGER_POSTGRESQL),
):
    event.listen(
        ModuleAccess.__table__,
        "after_create",
        DDL(_statement).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
    )
