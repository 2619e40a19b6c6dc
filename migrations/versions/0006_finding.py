"""Keys by which lists find authorities and people, and put them in Danish order, with their indexes (R22).

Rows that are there already get their keys from app/policy/finding.py: a key is what the running system says it is, and
where a later version says otherwise, its migration makes them anew in the same way.

Revision ID: 0006
Revises: 0005
"""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from app.policy.finding import authority_keys, person_keys

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SEARCHED = {"authority": "authority_search", "ab_user": "user_search"}
SORTED = {"authority": {"sort_key": 250, "city_sort_key": 100}, "ab_user": {"sort_key": 150}}
INDEXES = {
    "ix_authority_order_in_country": ("authority", ["country_code", "sort_key", "id"]),
    "ix_authority_order": ("authority", ["sort_key", "id"]),
    "ix_authority_city_order_in_country": ("authority", ["country_code", "city_sort_key", "sort_key", "id"]),
    "ix_authority_city_order": ("authority", ["city_sort_key", "sort_key", "id"]),
    "ix_ab_user_order": ("ab_user", ["sort_key", "id"]),
}
BATCH = 1000


def upgrade() -> None:
    # Columns with a default of their own are added in place: SQLite need not build the table anew, with its triggers.
    for table, columns in SORTED.items():
        op.add_column(table, sa.Column("search_key", sa.Text(), nullable=False, server_default=""))
        for column, length in columns.items():
            kind = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
            op.add_column(table, sa.Column(column, kind, nullable=False, server_default=""))
    _fill_authorities()
    _fill_users()
    for name, (table, columns) in INDEXES.items():
        op.create_index(op.f(name), table, columns)
    for table, name in SEARCHED.items():
        _create_trigrams(table, name)


def downgrade() -> None:
    for table, name in SEARCHED.items():
        _drop_trigrams(table, name)
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(op.f(name), table)
    for table, columns in SORTED.items():
        for column in ("search_key", *columns):
            op.drop_column(table, column)


def _is_sqlite():
    return op.get_context().dialect.name == "sqlite"


def _create_trigrams(table, name):
    if not _is_sqlite():
        op.create_index(
            op.f(f"ix_{table}_search_key"),
            table,
            ["search_key"],
            postgresql_using="gin",
            postgresql_ops={"search_key": "gin_trgm_ops"},
        )
        return
    added = f"INSERT INTO {name} (rowid, search_key) VALUES (NEW.id, NEW.search_key);"
    removed = f"INSERT INTO {name} ({name}, rowid, search_key) VALUES ('delete', OLD.id, OLD.search_key);"
    op.execute(
        f"""
CREATE VIRTUAL TABLE {name} USING fts5(search_key, content='{table}', content_rowid='id',
tokenize='trigram', detail='none', columnsize=0)
"""
    )
    op.execute(f"CREATE VIRTUAL TABLE {name}_grams USING fts5vocab({name}, row)")
    op.execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")
    op.execute(f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} BEGIN {added} END")
    op.execute(f"CREATE TRIGGER {name}_removed AFTER DELETE ON {table} BEGIN {removed} END")
    op.execute(f"CREATE TRIGGER {name}_changed AFTER UPDATE OF id, search_key ON {table} BEGIN {removed} {added} END")


def _drop_trigrams(table, name):
    if not _is_sqlite():
        op.drop_index(op.f(f"ix_{table}_search_key"), table)
        return
    for moment in ("added", "removed", "changed"):
        op.execute(f"DROP TRIGGER {name}_{moment}")
    op.execute(f"DROP TABLE {name}_grams")
    op.execute(f"DROP TABLE {name}")


def _fill_authorities():
    def keys_of(rows):
        ids = [row["id"] for row in rows]
        texts, entries = _texts(ids), _entries(ids)
        for row in rows:
            yield authority_keys(row["official_name"], row["city"], texts[row["id"]], entries[row["id"]])

    _fill("authority", "SELECT id, official_name, city FROM authority", keys_of)


def _texts(ids):
    found = defaultdict(list)
    text = sa.table("authority_text", *map(sa.column, ("authority_id", "title", "description")))
    for number, title, description in op.get_bind().execute(
        sa.select(text.c.authority_id, text.c.title, text.c.description).where(text.c.authority_id.in_(ids))
    ):
        found[number].append((title, description))
    return found


def _entries(ids):
    found = defaultdict(list)
    link = sa.table("authority_classification", sa.column("authority_id"), sa.column("entry_id"))
    entry = sa.table("classification_entry", sa.column("id"), sa.column("names", sa.JSON()))
    for number, names in op.get_bind().execute(
        sa.select(link.c.authority_id, entry.c.names)
        .select_from(link.join(entry, entry.c.id == link.c.entry_id))
        .where(link.c.authority_id.in_(ids))
    ):
        found[number].append(names)
    return found


def _fill_users():
    def keys_of(rows):
        for row in rows:
            yield person_keys(row["first_name"], row["last_name"], row["email_address"])

    _fill("ab_user", "SELECT id, first_name, last_name, email_address FROM ab_user", keys_of)


def _fill(table, found, keys_of):
    """A batch of rows after the other, by their numbers."""
    connection, last = op.get_bind(), 0
    columns = ("search_key", *SORTED[table])
    told = sa.text(f"UPDATE {table} SET {', '.join(f'{name} = :{name}' for name in columns)} WHERE id = :id")
    page = sa.text(f"{found} WHERE id > :last ORDER BY id LIMIT {BATCH}")
    while rows := connection.execute(page, {"last": last}).mappings().all():
        connection.execute(told, [{"id": row["id"], **keys} for row, keys in zip(rows, keys_of(rows), strict=True)])
        last = rows[-1]["id"]
