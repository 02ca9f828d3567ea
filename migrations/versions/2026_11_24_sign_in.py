"""sessions whose new token is known to have arrived; tokens of programs with their second factor

Revision: 5d2e90c7a1b6
Follows: 8c04d7a95e21
"""

import sqlalchemy as sa
from alembic import op

revision = "5d2e90c7a1b6"
down_revision = "8c04d7a95e21"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; who is deleted takes the invitations that they sent along."""
    op.add_column("sign_in", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "api_token", sa.Column("passed_second_factor", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("api_token", "passed_second_factor", server_default=None)
    op.create_index("ix_failed_attempt_network", "failed_attempt", ["network", "at"])
    _inviter("CASCADE")


def downgrade() -> None:
    """Take them away."""
    _inviter("SET NULL")
    op.drop_index("ix_failed_attempt_network", "failed_attempt")
    op.drop_column("api_token", "passed_second_factor")
    op.drop_column("sign_in", "confirmed_at")


def _inviter(on_delete: str) -> None:
    op.drop_constraint("fk_invitation_invited_by", "invitation", type_="foreignkey")
    op.create_foreign_key(
        "fk_invitation_invited_by", "invitation", "person", ["invited_by"], ["id"], ondelete=on_delete
    )
