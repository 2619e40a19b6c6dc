"""Very many rows at once, past the services, with constraints on."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app import database
from app.extensions import db

Row = tuple[Any, ...]


def insert(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows, see `database.put_in`. Columns that are not named and that have a fixed default get it."""
    more = _defaults(table, columns)
    last = tuple(more.values())
    database.put_in(db.session.connection(), table, [*columns, *more], [row + last for row in rows])


def next_id(table: Table) -> int:
    """A number from which on there is no row."""
    return (db.session.scalar(select(func.max(table.c.id))) or 0) + 1


def move_numbers_on(table: Table) -> None:
    """Let the database give numbers behind those that were given here."""
    database.move_numbers_on(db.session.connection(), table)


def analyze() -> None:
    """Let the database know what has been filled in, so that it finds the rows as it will in life."""
    database.analyze(db.session.connection())


def _defaults(table: Table, columns: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in table.columns:
        if column.name not in columns and isinstance(column.default, ScalarElementColumnDefault):
            value = column.default.arg
            found[column.name] = value.name if isinstance(value, Enum) else value
    return found
