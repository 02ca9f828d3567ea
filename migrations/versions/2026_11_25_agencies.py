"""signing in through agencies

Revision: 0c7e4b1f5a92
Follows: 5b7e20c4f6a9
"""

import sqlalchemy as sa
from alembic import op

revision = "0c7e4b1f5a92"
down_revision = "5b7e20c4f6a9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "agency_trip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agency_trip"),
        sa.UniqueConstraint("browser_hash", name="uq_agency_trip_browser_hash"),
    )
    op.create_index("ix_agency_trip_expires_at", "agency_trip", ["expires_at"])
    op.create_table(
        "agency_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agency_account"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_agency_account_person_id", ondelete="CASCADE"),
        sa.UniqueConstraint("issuer", "subject", name="uq_agency_account_issuer_subject"),
        sa.UniqueConstraint("person_id", "issuer", name="uq_agency_account_person_id_issuer"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("agency_account")
    op.drop_table("agency_trip")
