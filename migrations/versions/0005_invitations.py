"""Invitations: what was typed so far, who is to be the first user, and which mail carries whose link.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitation") as batch:
        batch.add_column(sa.Column("typed", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("typed_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("return_reason", sa.String(1000), nullable=False, server_default=""))
        batch.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_check_constraint(
            op.f("ck_invitation_typed_has_moment"), "(typed IS NULL) = (typed_at IS NULL)"
        )
        batch.create_check_constraint(
            op.f("ck_invitation_typed_while_open"), "typed IS NULL OR status IN ('sent', 'returned')"
        )
    with op.batch_alter_table("invitation") as batch:
        batch.alter_column("return_reason", server_default=None)
    _follow_with_trigrams()
    op.create_table(
        "registrant",
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(64), nullable=False),
        sa.Column("last_name", sa.String(64), nullable=False),
        sa.Column("email_address", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_registrant")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_registrant_authority_id"), ondelete="CASCADE"
        ),
    )
    with op.batch_alter_table("outgoing_mail") as batch:
        batch.alter_column("kind", type_=sa.String(20), existing_type=sa.String(10), existing_nullable=False)
        batch.add_column(sa.Column("invitation_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_outgoing_mail_invitation_id"), "invitation", ["invitation_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(op.f("ix_outgoing_mail_invitation_id"), "outgoing_mail", ["invitation_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outgoing_mail_invitation_id"), "outgoing_mail")
    op.execute("DELETE FROM outgoing_mail WHERE length(kind) > 10")
    with op.batch_alter_table("outgoing_mail") as batch:
        batch.drop_constraint(op.f("fk_outgoing_mail_invitation_id"), type_="foreignkey")
        batch.drop_column("invitation_id")
        batch.alter_column("kind", type_=sa.String(10), existing_type=sa.String(20), existing_nullable=False)
    op.drop_table("registrant")
    with op.batch_alter_table("invitation") as batch:
        batch.drop_constraint(op.f("ck_invitation_typed_while_open"), type_="check")
        batch.drop_constraint(op.f("ck_invitation_typed_has_moment"), type_="check")
        for column in ("reminded_at", "return_reason", "typed_at", "typed"):
            batch.drop_column(column)
    _follow_with_trigrams()


def _follow_with_trigrams():
    """SQLite builds the table anew for its constraints, and loses the triggers by which trigrams follow it (0003)."""
    if op.get_context().dialect.name != "sqlite":
        return
    name = "invitation_likeness"
    added = f"INSERT INTO {name} (rowid, likeness_key) VALUES (NEW.id, NEW.likeness_key);"
    removed = f"INSERT INTO {name} ({name}, rowid, likeness_key) VALUES ('delete', OLD.id, OLD.likeness_key);"
    op.execute(f"CREATE TRIGGER {name}_added AFTER INSERT ON invitation BEGIN {added} END")
    op.execute(f"CREATE TRIGGER {name}_removed AFTER DELETE ON invitation BEGIN {removed} END")
    op.execute(
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF id, likeness_key ON invitation BEGIN {removed} {added} END"
    )
