"""The log's chain, and the schedule.

Entries that are there already are sealed here, in the order of their numbers: from now on, every entry has its place.

Revision ID: 0002
Revises: 0001
"""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSED = "R68: the log is append-only"
# The head moves on only, to what is a link; a signature is never taken away, and is of a link too.
ONLY_ON = """
NEW.position < OLD.position OR NEW.signed_position < OLD.signed_position
OR (OLD.signed_at IS NOT NULL AND NEW.signed_at IS NULL)
OR (NEW.position > 0 AND NOT EXISTS
  (SELECT 1 FROM audit_link WHERE position = NEW.position AND hash = NEW.hash))
OR (NEW.signed_position > 0 AND NOT EXISTS
  (SELECT 1 FROM audit_link WHERE position = NEW.signed_position AND hash = NEW.signed_hash))
"""
# Links have no gaps and no place before the first.
NOT_NEXT = "NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM audit_link)"


def _sqlite(table, name, moment, condition=""):
    when = f"\nWHEN {condition}" if condition else ""
    return f"""
CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table}{when}
BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END
"""


def _replaced(table, *columns):
    taken = " OR ".join(f"{column} = NEW.{column}" for column in columns)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {taken})"


def _postgresql(table, name, moment, each="ROW"):
    return f"""
CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table} FOR EACH {each}
EXECUTE FUNCTION audit_event_append_only()
"""


def _checked(table, name, moment, condition):
    """PostgreSQL's WHEN takes no query, so the condition stands in a function of the trigger's own."""
    return [
        f"""
CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {condition} THEN
    RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
""",
        f"""
CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table} FOR EACH ROW
EXECUTE FUNCTION {table}_{name}()
""",
    ]


SQLITE_TRIGGERS = (
    _sqlite("audit_event", "no_update", "UPDATE"),
    _sqlite("audit_event", "no_delete", "DELETE"),
    _sqlite("audit_event", "no_replace", "INSERT", _replaced("audit_event", "id")),
    _sqlite("audit_link", "no_update", "UPDATE"),
    _sqlite("audit_link", "no_delete", "DELETE"),
    _sqlite("audit_link", "no_replace", "INSERT", _replaced("audit_link", "position", "event_id", "hash")),
    _sqlite("audit_link", "next", "INSERT", NOT_NEXT),
    _sqlite("audit_person", "no_update", "UPDATE"),
    _sqlite("audit_person", "no_replace", "INSERT", _replaced("audit_person", "id")),
    _sqlite("audit_head", "only_on", "UPDATE", ONLY_ON),
    _sqlite("audit_head", "no_delete", "DELETE"),
    _sqlite("audit_head", "no_replace", "INSERT", _replaced("audit_head", "id")),
)
# Those of audit_event itself stand since 0001.
POSTGRESQL_TRIGGERS = (
    _postgresql("audit_link", "no_change", "UPDATE OR DELETE"),
    _postgresql("audit_link", "no_truncate", "TRUNCATE", "STATEMENT"),
    *_checked("audit_link", "next", "INSERT", NOT_NEXT),
    _postgresql("audit_person", "no_update", "UPDATE"),
    _postgresql("audit_person", "no_truncate", "TRUNCATE", "STATEMENT"),
    *_checked("audit_head", "only_on", "UPDATE", ONLY_ON),
    _postgresql("audit_head", "no_delete", "DELETE"),
    _postgresql("audit_head", "no_truncate", "TRUNCATE", "STATEMENT"),
)
TRIGGERS_BEFORE = (
    _sqlite("audit_event", "no_update", "UPDATE"),
    _sqlite("audit_event", "no_delete", "DELETE"),
    _sqlite("audit_event", "no_replace", "INSERT", _replaced("audit_event", "id", "hash")),
)


def upgrade() -> None:
    _drop_triggers("audit_event", "no_update", "no_delete", "no_replace")
    with op.batch_alter_table("audit_event") as batch:
        batch.drop_constraint(op.f("uq_audit_event_hash"), type_="unique")
        for column in ("repeats", "previous_hash", "hash"):
            batch.drop_column(column)
    op.create_index(op.f("ix_audit_event_act"), "audit_event", ["act", "at"])
    _create_chain()
    _create_schedule()
    _add_replaced_mail()
    _seal_what_is_there()
    for statement in SQLITE_TRIGGERS if _is_sqlite() else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    _drop_functions()
    op.drop_index(op.f("ix_outgoing_mail_replaced_by_id"), "outgoing_mail")
    with op.batch_alter_table("outgoing_mail") as batch:
        batch.drop_constraint(op.f("fk_outgoing_mail_replaced_by_id"), type_="foreignkey")
        batch.drop_column("replaced_by_id")
    op.drop_table("job_run")
    op.drop_table("schedule")
    _drop_triggers("audit_event", "no_update", "no_delete", "no_replace")
    _drop_triggers("audit_person", "no_update", "no_replace")
    if not _is_sqlite():
        op.execute("DROP TRIGGER audit_person_no_update ON audit_person")
        op.execute("DROP TRIGGER audit_person_no_truncate ON audit_person")
    for table in ("audit_link", "audit_repeat", "audit_head"):
        op.drop_table(table)
    op.drop_index(op.f("ix_audit_event_act"), "audit_event")
    _create_head_of_before()
    with op.batch_alter_table("audit_event") as batch:
        batch.add_column(sa.Column("repeats", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("previous_hash", sa.String(64), nullable=True))
        batch.add_column(sa.Column("hash", sa.String(64), nullable=True))
        batch.create_unique_constraint(op.f("uq_audit_event_hash"), ["hash"])
    with op.batch_alter_table("audit_event") as batch:
        batch.alter_column("repeats", server_default=None)
    if _is_sqlite():
        for statement in TRIGGERS_BEFORE:
            op.execute(statement)


def _is_sqlite():
    return op.get_bind().dialect.name == "sqlite"


def _drop_triggers(table, *names):
    """SQLite only: there a table that is made anew loses its triggers, and they are in the way."""
    if _is_sqlite():
        for name in names:
            op.execute(f"DROP TRIGGER {table}_{name}")


def _drop_functions():
    if not _is_sqlite():
        op.execute("DROP TRIGGER audit_link_next ON audit_link")
        op.execute("DROP TRIGGER audit_head_only_on ON audit_head")
        op.execute("DROP FUNCTION audit_link_next()")
        op.execute("DROP FUNCTION audit_head_only_on()")


def _create_chain():
    op.create_table(
        "audit_link",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_audit_link_has_a_place")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_link_event_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_link_hash")),
    )
    op.create_table(
        "audit_repeat",
        sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_repeat")),
    )
    op.create_index(op.f("ix_audit_repeat_source"), "audit_repeat", ["source", "until"])
    op.drop_table("audit_head")
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signed_position", sa.Integer(), nullable=False),
        sa.Column("signed_hash", sa.String(64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_only_one")),
        sa.CheckConstraint("signed_position <= position", name=op.f("ck_audit_head_signed_is_there")),
        sa.CheckConstraint("(signed_at IS NULL) = (signature = '')", name=op.f("ck_audit_head_signed_is_signed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def _create_head_of_before():
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(200), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def _add_replaced_mail():
    with op.batch_alter_table("outgoing_mail") as batch:
        batch.add_column(sa.Column("replaced_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_outgoing_mail_replaced_by_id"), "outgoing_mail", ["replaced_by_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(op.f("ix_outgoing_mail_replaced_by_id"), "outgoing_mail", ["replaced_by_id"])


def _create_schedule():
    op.create_table(
        "schedule",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("due", "running", "done", "failed", "lost", name="run_state", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("asked_by_user_id", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("is_idle", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(120), nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'running', 'done', 'failed', 'lost')", name=op.f("ck_job_run_run_state")
        ),
        sa.CheckConstraint("state <> 'running' OR lease_until IS NOT NULL", name=op.f("ck_job_run_leased_has_end")),
        sa.CheckConstraint(
            "(state IN ('done', 'failed', 'lost')) = (ended_at IS NOT NULL)", name=op.f("ck_job_run_ended_has_moment")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_user_id"], ["ab_user.id"], name=op.f("fk_job_run_asked_by_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("name", "slot", name=op.f("uq_job_run_name_slot")),
    )
    op.create_index(op.f("ix_job_run_asked_by_user_id"), "job_run", ["asked_by_user_id"])
    op.create_index(op.f("ix_job_run_state"), "job_run", ["state", "id"])


EVENT = sa.table(
    "audit_event",
    *(
        sa.column(name, kind)
        for name, kind in {
            "id": sa.Integer(),
            "at": sa.DateTime(timezone=True),
            "act": sa.String(),
            "actor_user_id": sa.Integer(),
            "actor_authority_id": sa.Integer(),
            "actor_authority_name": sa.String(),
            "subject_kind": sa.String(),
            "subject_id": sa.Integer(),
            "subject_name": sa.String(),
            "authority_id": sa.Integer(),
            "country_code": sa.String(),
            "outside_own": sa.Boolean(),
            "data": sa.JSON(),
            "person_digests": sa.JSON(),
            "reason": sa.Text(),
            "request_id": sa.String(),
        }.items()
    ),
)


def _bind_values_to_persons():
    """A personal value's digest holds its field and person too, from here on; the entries are not sealed yet."""
    connection = op.get_bind()
    if not _is_sqlite():
        op.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
    digests = {}
    columns = "event_id, person_id, field, value, salt"
    for row in connection.execute(sa.text(f"SELECT {columns} FROM audit_person ORDER BY id")).all():
        text = json.dumps([bytes(row.salt).hex(), row.person_id, row.field, row.value], ensure_ascii=False)
        digests.setdefault(row.event_id, {})[row.field] = hashlib.sha256(text.encode()).hexdigest()
    for number, values in digests.items():
        connection.execute(sa.update(EVENT).where(EVENT.c.id == number).values(person_digests=values))
    if not _is_sqlite():
        op.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")


def _seal_what_is_there():
    """The same form of an entry as in app/services/audit_chain.py, as it was when this was written."""
    _bind_values_to_persons()
    connection, position, last = op.get_bind(), 0, ""
    rows = connection.execute(sa.select(EVENT).order_by(EVENT.c.id)).mappings().all()
    for position, row in enumerate(rows, start=1):
        entry = {**row, "at": _in_utc(row["at"]), "position": position, "previous": last}
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        last = hashlib.sha256(text.encode()).hexdigest()
        connection.execute(
            sa.text("INSERT INTO audit_link (position, event_id, hash) VALUES (:position, :event_id, :hash)"),
            {"position": position, "event_id": row["id"], "hash": last},
        )
    connection.execute(
        sa.text(
            "INSERT INTO audit_head (id, position, hash, signed_position, signed_hash, signature)"
            " VALUES (1, :position, :hash, 0, '', '')"
        ),
        {"position": position, "hash": last},
    )


def _in_utc(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")
