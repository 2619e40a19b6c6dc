"""Keys by which an authority is found again, whoever writes its name otherwise, and their indexes (R8).

Rows that are there already get their keys from app/policy/likeness.py: a key is what the running system says it is, and
where a later version says otherwise, its migration makes them anew in the same way.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from app.policy.likeness import match_keys

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LENGTHS = {"likeness_key": 500, "email_key": 254, "phone_key": 20, "website_key": 300}
COLUMNS = {"authority": tuple(LENGTHS), "invitation": ("likeness_key", "email_key")}
EXACT = {
    "authority": ("email_key", "phone_key", "website_key", "identifier_value"),
    "invitation": ("email_key",),
}
BATCH = 1000


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(sa.Column(column, sa.String(LENGTHS[column]), nullable=False, server_default=""))
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.alter_column(column, server_default=None)
    _fill_authorities()
    _fill_invitations()
    for table, columns in EXACT.items():
        for column in columns:
            there = sa.text(f"{column} <> ''")
            op.create_index(
                op.f(f"ix_{table}_{column}"),
                table,
                ["country_code", column],
                postgresql_where=there,
                sqlite_where=there,
            )
    if not _is_sqlite():
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for table in COLUMNS:
        _create_trigrams(table)


def downgrade() -> None:
    """The extension stays: it was perhaps there before, and does no harm."""
    for table, columns in COLUMNS.items():
        _drop_trigrams(table)
        for column in EXACT[table]:
            op.drop_index(op.f(f"ix_{table}_{column}"), table)
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)


def _is_sqlite():
    return op.get_context().dialect.name == "sqlite"


def _create_trigrams(table):
    if not _is_sqlite():
        op.create_index(
            op.f(f"ix_{table}_likeness_key"),
            table,
            ["likeness_key"],
            postgresql_using="gin",
            postgresql_ops={"likeness_key": "gin_trgm_ops"},
        )
        return
    name = f"{table}_likeness"
    added = f"INSERT INTO {name} (rowid, likeness_key) VALUES (NEW.id, NEW.likeness_key);"
    removed = f"INSERT INTO {name} ({name}, rowid, likeness_key) VALUES ('delete', OLD.id, OLD.likeness_key);"
    op.execute(
        f"""
CREATE VIRTUAL TABLE {name} USING fts5(likeness_key, content='{table}', content_rowid='id',
tokenize='trigram', detail='none', columnsize=0)
"""
    )
    op.execute(f"CREATE VIRTUAL TABLE {name}_grams USING fts5vocab({name}, row)")
    op.execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")
    op.execute(f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} BEGIN {added} END")
    op.execute(f"CREATE TRIGGER {name}_removed AFTER DELETE ON {table} BEGIN {removed} END")
    op.execute(
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF id, likeness_key ON {table} BEGIN {removed} {added} END"
    )


def _drop_trigrams(table):
    if not _is_sqlite():
        op.drop_index(op.f(f"ix_{table}_likeness_key"), table)
        return
    for moment in ("added", "removed", "changed"):
        op.execute(f"DROP TRIGGER {table}_likeness_{moment}")
    op.execute(f"DROP TABLE {table}_likeness_grams")
    op.execute(f"DROP TABLE {table}_likeness")


def _fill_authorities():
    found = "SELECT id, official_name, email, phone, website, country_code FROM authority"
    _fill("authority", found, lambda row: match_keys(**{name: row[name] for name in row if name != "id"}))


def _fill_invitations():
    found = "SELECT id, invited_name, recipient_email FROM invitation"
    _fill("invitation", found, _keys_of_invitation)


def _keys_of_invitation(row):
    keys = match_keys(official_name=row["invited_name"], email=row["recipient_email"])
    return {column: keys[column] for column in COLUMNS["invitation"]}


def _fill(table, found, keys_of):
    """A batch of rows after the other, by their numbers."""
    connection, last = op.get_bind(), 0
    values = ", ".join(f"{column} = :{column}" for column in COLUMNS[table])
    while rows := connection.execute(
        sa.text(f"{found} WHERE id > :last ORDER BY id LIMIT {BATCH}"), {"last": last}
    ).mappings().all():
        connection.execute(
            sa.text(f"UPDATE {table} SET {values} WHERE id = :id"),
            [{"id": row["id"], **keys_of(dict(row))} for row in rows],
        )
        last = rows[-1]["id"]
