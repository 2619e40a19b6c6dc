"""Drafts of registrations.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("country_code", sa.String(2), nullable=False),
        sa.Column("made_by_user_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_user_id", sa.Integer(), nullable=True),
        sa.Column("official_name", sa.String(250), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["authority.id"],
            name=op.f("fk_registration_draft_authority_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_registration_draft_country_code")),
        sa.ForeignKeyConstraint(
            ["made_by_user_id"],
            ["ab_user.id"],
            name=op.f("fk_registration_draft_made_by_user_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_user_id"],
            ["ab_user.id"],
            name=op.f("fk_registration_draft_changed_by_user_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_registration_draft_public_id")),
    )
    for name, columns in (
        ("authority", ["authority_id", "kept", "changed_at"]),
        ("untouched", ["kept", "changed_at"]),
        ("country_code", ["country_code"]),
        ("made_by_user_id", ["made_by_user_id"]),
        ("changed_by_user_id", ["changed_by_user_id"]),
    ):
        op.create_index(op.f(f"ix_registration_draft_{name}"), "registration_draft", columns)


def downgrade() -> None:
    op.drop_table("registration_draft")
