"""letters by e-mail or LINE, with an id that stays the same when they are repeated

Revision: f0a6d83c5e17
Follows: c41f7b2e9d05
"""

import sqlalchemy as sa
from alembic import op

revision = "f0a6d83c5e17"
down_revision = "c41f7b2e9d05"
branch_labels = None
depends_on = None

NEW = ("channel", "refusals", "attempt_id", "first_attempt_at", "is_unsure", "is_repeatable", "dedupe_key")


def upgrade() -> None:
    op.add_column("message", sa.Column("channel", sa.String(), server_default="email", nullable=False))
    op.add_column("message", sa.Column("refusals", sa.Integer(), server_default="0", nullable=False))
    op.add_column("message", sa.Column("attempt_id", sa.Uuid(), nullable=True))
    op.add_column("message", sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("is_unsure", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("message", sa.Column("is_repeatable", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("message", sa.Column("dedupe_key", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq_message_dedupe_key"), "message", ["dedupe_key"])
    op.create_check_constraint(op.f("ck_message_channel"), "message", "channel IN ('email', 'line')")


def downgrade() -> None:
    op.execute("DELETE FROM message WHERE channel = 'line'")
    for column in NEW:
        op.drop_column("message", column)
