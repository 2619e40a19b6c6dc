"""How the product talks to its database: SQLite's manners, which PostgreSQL has by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table, event

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
)


def prepare(engine: Engine) -> None:
    """Teach an SQLite engine whole transactions; does nothing for PostgreSQL.

    Python's driver begins a transaction at the first write only, which leaves every check before it outside. So we
    begin ourselves: at once with the write lock where the transaction is to write, else as a reader who locks nobody.
    """
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def put_in(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Very many rows at once: COPY on PostgreSQL, one statement for many rows on SQLite; constraints are on.

    The values are such as the drivers take; moments are text in UTC, without a zone.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f'COPY "{table.name}" ({names}) FROM STDIN', rows)
    elif rows:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', list(rows))  # noqa: S608


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def move_numbers_on(connection: Connection, table: Table) -> None:
    """Let the database give numbers behind those that were put in; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        # FAB's sequence belongs to no column, so it is found by its name; so are ours.
        name = table.name
        connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM \"{name}\"))")  # noqa: S608


def analyze(connection: Connection) -> None:
    """Let the database know how many rows there are, so that it plans accordingly."""
    connection.exec_driver_sql("ANALYZE")
