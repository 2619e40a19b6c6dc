"""When the administrators of an authority were last reminded to confirm its data.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authority", sa.Column("confirmation_reminded_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # Not in a batch: SQLite can drop a column by itself, and a table built anew would lose its triggers (0003).
    op.drop_column("authority", "confirmation_reminded_at")
