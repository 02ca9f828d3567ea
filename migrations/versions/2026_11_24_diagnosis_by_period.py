"""a diagnosis keeps each period's hazard, its notes and its legend

Revision: 3d9a7c51e0f4
Follows: 8f1d2b6a4c10
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "3d9a7c51e0f4"
down_revision = "8f1d2b6a4c10"
branch_labels = None
depends_on = None

NEW_COLUMNS = {
    "diagnosis": ("notes", "density_breaks"),
    "diagnosis_segment": ("hazard",),
    "dead_zone": ("guardianship", "beside", "density_per_km2", "event_count"),
}


def upgrade() -> None:
    """Add the columns; a diagnosis made before lacks what they hold and is made anew in a second."""
    op.execute("DELETE FROM diagnosis")
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("diagnosis", sa.Column("notes", jsonb, nullable=False))
    op.add_column("diagnosis", sa.Column("density_breaks", jsonb, nullable=False))
    op.add_column("diagnosis_segment", sa.Column("hazard", jsonb, nullable=False))
    op.add_column("dead_zone", sa.Column("guardianship", jsonb, nullable=False))
    op.add_column("dead_zone", sa.Column("beside", sa.String(), nullable=False))
    op.add_column("dead_zone", sa.Column("density_per_km2", sa.Double(), nullable=False))
    op.add_column("dead_zone", sa.Column("event_count", sa.Integer(), nullable=False))


def downgrade() -> None:
    """Drop them again."""
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
