"""What every table shares: names of constraints, times in UTC, closed lists of values."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from enum import StrEnum

from flask_appbuilder import Model
from sqlalchemy import DateTime, Dialect, Enum, String, TypeDecorator
from sqlalchemy.types import TypeEngine

# Before the first table: FAB's own tables get their constraint names by the same convention, and a migration can
# name what it drops. `%(constraint_name)s` keeps the short names that CHECKs are given by hand.
Model.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC (R74); SQLite, which knows no zones, gives it back aware all the same."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone is refused.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def closed(kind: type[StrEnum], name: str) -> Enum:
    """A column that holds one of the enumeration's names, kept by a CHECK and not by a type of the database.

    Names equal values (a member called otherwise is refused here), because FAB's forms take the one for the other.
    """
    differing = [member.name for member in kind if member.name != member.value]
    if differing:
        raise ValueError(f"{kind.__name__}: names and values differ: {differing}")
    return Enum(kind, native_enum=False, create_constraint=True, length=32, name=name)


def sorting_key(length: int) -> TypeEngine[str]:
    """A column of keys that are made to be sorted by: byte for byte, on both databases alike.

    SQLite does so by itself; PostgreSQL would sort by the language of the database, which passes over signs.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def new_public_id() -> uuid.UUID:
    """The number by which the world knows a row; tells nothing about how many there are."""
    return uuid.uuid4()


Names = dict[str, str]


def name_in(names: Names, language: str) -> str:
    """The name in the language, else in English, else in Danish, else in any (R72)."""
    for choice in (language, "en", "da"):
        if names.get(choice):
            return names[choice]
    return next(iter(names.values()), "")


__all__ = ["Model", "Names", "UtcDateTime", "closed", "name_in", "new_public_id"]
