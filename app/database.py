"""How the product talks to its database: SQLite's manners, which PostgreSQL has by itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

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
