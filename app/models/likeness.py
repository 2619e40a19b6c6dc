"""The indexes by which names that are alike are found: trigrams, as each database has them (R8).

PostgreSQL keeps them in a GIN index of its extension pg_trgm. SQLite keeps them in a table of FTS5 beside the rows,
which triggers follow; a second table tells how common each trigram is, and holds nothing of its own.
"""

from __future__ import annotations

from sqlalchemy import DDL, Index, Integer, String, column, event, table

from app.models.authority import Authority
from app.models.base import Model
from app.models.invitation import Invitation

KINDS: tuple[type[Model], ...] = (Authority, Invitation)


# SQLite's tables of trigrams, by the name of the table they follow; how common each trigram is, by the name of those.
TRIGRAMS = {
    kind.__tablename__: table(name, column("rowid", Integer), column(name, String))
    for kind in KINDS
    for name in [f"{kind.__tablename__}_likeness"]
}
COUNTED = {
    index.name: table(f"{index.name}_grams", column("term", String), column("doc", Integer))
    for index in TRIGRAMS.values()
}


def sqlite_statements(of: str) -> list[str]:
    """What SQLite is told once the table is there."""
    name = TRIGRAMS[of].name
    added = f"INSERT INTO {name} (rowid, likeness_key) VALUES (NEW.id, NEW.likeness_key);"  # noqa: S608 (our names)
    removed = f"INSERT INTO {name} ({name}, rowid, likeness_key) VALUES ('delete', OLD.id, OLD.likeness_key);"  # noqa: S608
    return [
        f"""
CREATE VIRTUAL TABLE {name} USING fts5(likeness_key, content='{of}', content_rowid='id',
tokenize='trigram', detail='none', columnsize=0)
""",
        f"CREATE VIRTUAL TABLE {name}_grams USING fts5vocab({name}, row)",
        f"CREATE TRIGGER {name}_added AFTER INSERT ON {of} BEGIN {added} END",
        f"CREATE TRIGGER {name}_removed AFTER DELETE ON {of} BEGIN {removed} END",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF id, likeness_key ON {of} BEGIN {removed} {added} END",
    ]


for _kind in KINDS:
    _table = _kind.__table__
    Index(
        f"ix_{_table.name}_likeness_key",
        _table.c.likeness_key,
        postgresql_using="gin",
        postgresql_ops={"likeness_key": "gin_trgm_ops"},
    ).ddl_if(dialect="postgresql")
    for _statement in sqlite_statements(_table.name):
        event.listen(_table, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]

event.listen(
    Model.metadata,
    "before_create",
    DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm").execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]
)
