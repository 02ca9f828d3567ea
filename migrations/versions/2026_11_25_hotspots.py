"""density along streets; hotspot analyses and how they fared

Revision: 5e1b93d7a460
Follows: 9d41a6e83b07
"""

from alembic import op

revision = "5e1b93d7a460"
down_revision = "9d41a6e83b07"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Densities are per km of street; what was measured before, from exact places of reports, is measured anew."""
    op.execute("DELETE FROM diagnosis")
    op.alter_column("diagnosis_segment", "density_per_km2", new_column_name="density_per_km")
    op.alter_column("dead_zone", "density_per_km2", new_column_name="density_per_km")


def downgrade() -> None:
    """Back to events per km²."""
    op.execute("DELETE FROM diagnosis")
    op.alter_column("diagnosis_segment", "density_per_km", new_column_name="density_per_km2")
    op.alter_column("dead_zone", "density_per_km", new_column_name="density_per_km2")
