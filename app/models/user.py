"""Users: FAB's account, plus the authority they belong to and the state of their password."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from flask_appbuilder.security.sqla.models import User as FabUser
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.authority import Authority
from app.models.base import Model, UtcDateTime, new_public_id, sorting_key


class PassedOnHow(StrEnum):
    """By what a username is told: anything but mail (R5)."""

    telephone = "telephone"
    in_person = "in_person"
    by_letter = "by_letter"
    other_channel = "other_channel"


class ImiUser(FabUser):
    """A person who signs in; a row of FAB's `ab_user` with our columns.

    FAB's `email` holds a made-up address, because it is unique over the whole table and so would tell across borders
    who is registered (R70); the real one is `email_address`. FAB's counters and dates stay empty: ours are in UTC.
    """

    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id", use_alter=True))
    email_address: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(5), default="da")
    is_superuser: Mapped[bool] = mapped_column(default=False)
    is_administrator: Mapped[bool] = mapped_column(default=False)

    password_is_temporary: Mapped[bool] = mapped_column(default=True)
    password_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    temporary_password_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_log_ins: Mapped[int] = mapped_column(default=0)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_log_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_log_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    username_passed_on_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    username_passed_on_how: Mapped[str] = mapped_column(String(200), default="")
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    # Words to be found by, of the name and the address and never of the username (R44), and the place in lists.
    search_key: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)
    sort_key: Mapped[str] = mapped_column(sorting_key(150), default="", server_default="", deferred=True)

    authority: Mapped[Authority] = relationship(foreign_keys=[authority_id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class UserModuleRole(Model):
    """A user role that a user holds in a module.

    The keys say R46: the role is one of the module of an access of the user's own authority. Suspension keeps the
    rows, so that earlier roles come back (R36).
    """

    __tablename__ = "user_module_role"
    __table_args__ = (
        ForeignKeyConstraint(["user_id", "authority_id"], ["ab_user.id", "ab_user.authority_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["access_id", "authority_id", "module_id"],
            ["module_access.id", "module_access.authority_id", "module_access.module_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["user_role_id", "module_id"], ["user_role.id", "user_role.module_id"]),
        Index("ix_user_module_role_access", "access_id", "authority_id", "module_id"),
        Index("ix_user_module_role_role", "user_role_id", "module_id"),
        Index("ix_user_module_role_user", "user_id", "authority_id"),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    user_role_id: Mapped[int] = mapped_column(primary_key=True)
    authority_id: Mapped[int]
    access_id: Mapped[int]
    module_id: Mapped[int]


class PasswordHistory(Model):
    """The hashes of the last passwords a user chose: they cannot be used again (R52)."""

    __tablename__ = "password_history"
    __table_args__ = (Index("ix_password_history_user", "user_id", "chosen_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    password_hash: Mapped[str] = mapped_column(String(256))
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RetiredUsername(Model):
    """A username that was in use once, as a keyed hash: it is never given again (R44)."""

    __tablename__ = "retired_username"

    username_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    retired_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UserSession(Model):
    """A signed-in browser. Only the hash of its token is stored; ending the row ends the session."""

    __tablename__ = "user_session"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    password_entered_at: Mapped[datetime] = mapped_column(UtcDateTime)


_table = FabUser.__table__
_table.append_constraint(UniqueConstraint("id", "authority_id"))
# Two people of one body do not share an address; two bodies may share a mailbox (R70).
Index("uq_ab_user_address_in_authority", _table.c.authority_id, func.lower(_table.c.email_address), unique=True)
# Log-in finds the name in any case, by an index.
Index("uq_ab_user_username_lower", func.lower(_table.c.username), unique=True)
# The order of the list of users.
Index("ix_ab_user_order", _table.c.sort_key, _table.c.id)

# FAB notes who made and changed an account: the log says that. Its keys would keep a user from being removed who made
# another, so they are never filled, give way, and have an index.
for _name in ("created_by_fk", "changed_by_fk"):
    _column = _table.c[_name]
    _column.default = None
    for _key in _column.foreign_keys:
        _key.ondelete = "SET NULL"
        if _key.constraint is not None:
            _key.constraint.ondelete = "SET NULL"
    Index(f"ix_ab_user_{_name}", _column)
