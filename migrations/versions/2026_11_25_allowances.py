"""how often somebody may do what costs or annoys

Revision: a3d85f6017ce
Follows: 0c7e4b1f5a92
"""

import sqlalchemy as sa
from alembic import op

revision = "a3d85f6017ce"
down_revision = "0c7e4b1f5a92"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "allowance",
        sa.Column("limit", sa.String(), nullable=False),
        sa.Column("asker", sa.LargeBinary(), nullable=False),
        sa.Column("used_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("limit", "asker", name="pk_allowance"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_allowance_used_until", "allowance", ["used_until"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("allowance")
