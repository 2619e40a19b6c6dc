"""Indexes of trigrams, as each database has them: names that are alike (R8), and words wherever they stand (R22).

PostgreSQL keeps them in a GIN index of its extension pg_trgm. SQLite keeps them in a table of FTS5 beside the rows,
which triggers follow; of names a second table tells how common each trigram is, and holds nothing of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import DDL, Index, Integer, String, Table, TableClause, column, event, table

from app.models.authority import Authority
from app.models.base import Model
from app.models.invitation import Invitation
from app.models.user import ImiUser


class Trigrams(NamedTuple):
    """SQLite's table of the trigrams of a column; `counted` tells in how many rows each of them stands."""

    of: Table
    column: str
    kept: TableClause
    counted: TableClause


def _trigrams(kind: type[Model], name: str, of: str) -> Trigrams:
    kept = table(name, column("rowid", Integer), column(name, String))
    counted = table(f"{name}_grams", column("term", String), column("doc", Integer))
    return Trigrams(kind.__table__, of, kept, counted)


# By the name of the table whose rows they lead to.
LIKENESS = {
    "authority": _trigrams(Authority, "authority_likeness", "likeness_key"),
    "invitation": _trigrams(Invitation, "invitation_likeness", "likeness_key"),
}
SEARCH = {
    "authority": _trigrams(Authority, "authority_search", "search_key"),
    "ab_user": _trigrams(ImiUser, "user_search", "search_key"),
}


def sqlite_statements(trigrams: Trigrams) -> list[str]:
    """What SQLite is told once the table is there."""
    of, key, name = trigrams.of.name, trigrams.column, trigrams.kept.name
    added = f"INSERT INTO {name} (rowid, {key}) VALUES (NEW.id, NEW.{key});"  # noqa: S608 (our names)
    removed = f"INSERT INTO {name} ({name}, rowid, {key}) VALUES ('delete', OLD.id, OLD.{key});"  # noqa: S608
    return [
        f"""
CREATE VIRTUAL TABLE {name} USING fts5({key}, content='{of}', content_rowid='id',
tokenize='trigram', detail='none', columnsize=0)
""",
        f"CREATE VIRTUAL TABLE {name}_grams USING fts5vocab({name}, row)",
        f"CREATE TRIGGER {name}_added AFTER INSERT ON {of} BEGIN {added} END",
        f"CREATE TRIGGER {name}_removed AFTER DELETE ON {of} BEGIN {removed} END",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF id, {key} ON {of} BEGIN {removed} {added} END",
    ]


for _each in (*LIKENESS.values(), *SEARCH.values()):
    Index(
        f"ix_{_each.of.name}_{_each.column}",
        _each.of.c[_each.column],
        postgresql_using="gin",
        postgresql_ops={_each.column: "gin_trgm_ops"},
    ).ddl_if(dialect="postgresql")
    for _statement in sqlite_statements(_each):
        event.listen(_each.of, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]

event.listen(
    Model.metadata,
    "before_create",
    DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm").execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]
)
