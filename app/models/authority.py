"""Authorities: the bodies registered in IMI, their titles, their classification and who manages their access."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, UtcDateTime, closed, new_public_id, sorting_key
from app.models.classification import ClassificationEntry
from app.models.country import Country


class AuthorityKind(StrEnum):
    """What a body is by itself; that it is an access manager is computed from its delegations (R30)."""

    commission = "commission"
    nimic = "nimic"
    authority = "authority"


class AuthorityStatus(StrEnum):
    """The stored status. *Suspended* is no status: it is shown where all module access is suspended."""

    draft = "draft"
    awaiting_validation = "awaiting_validation"
    returned = "returned"
    rejected = "rejected"
    lapsed = "lapsed"
    active = "active"
    deactivated = "deactivated"


class RegistrationRoute(StrEnum):
    """How a body came in: registered by an access manager, or by itself after an invitation."""

    direct = "direct"
    invited = "invited"


REGISTERED = "status IN ('active', 'deactivated')"


class Authority(Model):
    """A body registered in IMI, or on its way to be."""

    __tablename__ = "authority"
    __table_args__ = (
        # The Commission, and nobody else, belongs to no country.
        CheckConstraint("(kind = 'commission') = (country_code IS NULL)", name="country_but_for_commission"),
        # R64: these two can never be deactivated, nor be anything but active.
        CheckConstraint("kind = 'authority' OR status = 'active'", name="coordinators_are_active"),
        CheckConstraint("(status = 'deactivated') = (deactivated_at IS NOT NULL)", name="deactivated_has_moment"),
        CheckConstraint("status <> 'deactivated' OR purge_on IS NOT NULL", name="deactivated_has_purge_date"),
        CheckConstraint("status <> 'active' OR purge_on IS NULL", name="active_is_not_purged"),
        CheckConstraint(
            "status NOT IN ('active', 'deactivated')"
            " OR (official_name <> '' AND official_name_key <> '' AND city <> '' AND (email <> '' OR phone <> ''))",
            name="registered_is_complete",
        ),
        CheckConstraint("(identifier_scheme = '') = (identifier_value = '')", name="identifier_is_whole"),
        # R9: one body, one registration. Drafts and awaiting registrations do not count.
        Index(
            "uq_authority_name",
            "country_code",
            "official_name_key",
            unique=True,
            postgresql_where=text(REGISTERED),
            sqlite_where=text(REGISTERED),
        ),
        # R64: one national coordinator a country, one Commission.
        Index(
            "uq_authority_nimic",
            "country_code",
            unique=True,
            postgresql_where=text("kind = 'nimic'"),
            sqlite_where=text("kind = 'nimic'"),
        ),
        Index(
            "uq_authority_commission",
            "kind",
            unique=True,
            postgresql_where=text("kind = 'commission'"),
            sqlite_where=text("kind = 'commission'"),
        ),
        UniqueConstraint("id", "country_code"),
        Index("ix_authority_country_name", "country_code", "official_name_key", "id"),
        Index("ix_authority_status_purge", "status", "purge_on"),
        # The orders of the lists, in a country and in all of them.
        Index("ix_authority_order_in_country", "country_code", "sort_key", "id"),
        Index("ix_authority_order", "sort_key", "id"),
        Index("ix_authority_city_order_in_country", "country_code", "city_sort_key", "sort_key", "id"),
        Index("ix_authority_city_order", "city_sort_key", "sort_key", "id"),
        # R8: by these a body is found again; `app.models.trigrams` adds the one for names.
        *(
            Index(
                f"ix_authority_{column}",
                "country_code",
                column,
                postgresql_where=text(f"{column} <> ''"),
                sqlite_where=text(f"{column} <> ''"),
            )
            for column in ("email_key", "phone_key", "website_key", "identifier_value")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    kind: Mapped[AuthorityKind] = mapped_column(
        closed(AuthorityKind, "authority_kind"), default=AuthorityKind.authority
    )
    status: Mapped[AuthorityStatus] = mapped_column(closed(AuthorityStatus, "authority_status"))
    route: Mapped[RegistrationRoute] = mapped_column(
        closed(RegistrationRoute, "registration_route"), default=RegistrationRoute.direct
    )
    country_code: Mapped[str | None] = mapped_column(ForeignKey("country.code"))

    official_name: Mapped[str] = mapped_column(String(250), default="")
    official_name_key: Mapped[str] = mapped_column(String(500), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    street: Mapped[str] = mapped_column(String(150), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    working_languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    identifier_scheme: Mapped[str] = mapped_column(String(20), default="")
    identifier_value: Mapped[str] = mapped_column(String(40), default="")

    # Who did it stands in the log with names; these columns lead to rows that may be gone.
    registered_by_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("ab_user.id", ondelete="SET NULL", use_alter=True), index=True
    )
    registered_by_authority_id: Mapped[int | None] = mapped_column(
        ForeignKey("authority.id", ondelete="SET NULL"), index=True
    )
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    validated_by_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("ab_user.id", ondelete="SET NULL", use_alter=True), index=True
    )
    validated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    purge_on: Mapped[date | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("ab_user.id", ondelete="SET NULL", use_alter=True), index=True
    )
    version: Mapped[int] = mapped_column(default=1)

    # What `policy.likeness.match_keys` makes of name, e-mail, telephone and website.
    likeness_key: Mapped[str] = mapped_column(String(500), default="")
    email_key: Mapped[str] = mapped_column(String(254), default="")
    phone_key: Mapped[str] = mapped_column(String(20), default="")
    website_key: Mapped[str] = mapped_column(String(300), default="")

    # What `policy.finding` makes of names, titles, descriptions, town and classification: words to be found by (R22),
    # and the places in lists. `services.finding_keys` keeps them; pages never read them.
    search_key: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)
    sort_key: Mapped[str] = mapped_column(sorting_key(250), default="", server_default="", deferred=True)
    city_sort_key: Mapped[str] = mapped_column(sorting_key(100), default="", server_default="", deferred=True)

    # When its administrators were last asked to confirm its data, by M17.
    confirmation_reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    country: Mapped[Country | None] = relationship()
    texts: Mapped[list[AuthorityText]] = relationship(
        order_by="AuthorityText.language", cascade="all, delete-orphan", passive_deletes=True
    )
    classification: Mapped[list[ClassificationEntry]] = relationship(
        secondary="authority_classification", order_by=ClassificationEntry.position
    )

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.official_name


class AuthorityText(Model):
    """What the body is called and does, a language each: the informal title, and if wanted a description (R2)."""

    __tablename__ = "authority_text"
    __table_args__ = (CheckConstraint("title <> '' OR description <> ''", name="says_something"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    title: Mapped[str] = mapped_column(String(250), default="")
    description: Mapped[str] = mapped_column(String(2000), default="")


class AuthorityClassification(Model):
    """The entries of general lists that describe a body."""

    __tablename__ = "authority_classification"
    __table_args__ = (Index(None, "entry_id"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("classification_entry.id"), primary_key=True)


class AccessManagerLink(Model):
    """That one body manages the access of another. By itself it gives no right (R30)."""

    __tablename__ = "access_manager_link"
    __table_args__ = (
        CheckConstraint("authority_id <> manager_id", name="nobody_manages_himself"),
        Index("ix_access_manager_link_manager", "manager_id", "authority_id"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id", ondelete="CASCADE"), primary_key=True)
    manager_id: Mapped[int] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)

    manager: Mapped[Authority] = relationship(foreign_keys=[manager_id])
