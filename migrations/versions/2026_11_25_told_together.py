"""reports that are told together, and people who say so too

Revision: d27c61b9e0a4
Follows: e4a07c92d5b1
"""

import sqlalchemy as sa
from alembic import op

revision = "d27c61b9e0a4"
down_revision = "e4a07c92d5b1"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STAGES = (
    "'submitted', 'triaged', 'open', 'acknowledged', 'investigating', 'scheduled', 'claimed_fixed', 'referred', "
    "'reopened', 'verified_fixed', 'merged', 'no_action', 'withdrawn', 'expired'"
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "hazard_merge",
        sa.Column("hazard_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("from_stage", sa.String(), nullable=False),
        sa.Column("state_since", MOMENT, nullable=False),
        sa.CheckConstraint("into_id <> hazard_id", name=op.f("ck_hazard_merge_elsewhere")),
        sa.CheckConstraint(
            f"from_stage IN ({STAGES}) AND from_stage <> 'merged'", name=op.f("ck_hazard_merge_from_stage")
        ),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazard.id"], name=op.f("fk_hazard_merge_hazard_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["into_id"], ["hazard.id"], name=op.f("fk_hazard_merge_into_id")),
        sa.PrimaryKeyConstraint("hazard_id", name=op.f("pk_hazard_merge")),
    )
    op.create_index(op.f("ix_hazard_merge_into_id"), "hazard_merge", ["into_id"], unique=False)
    op.create_table(
        "hazard_support",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("hazard_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("note_state", sa.String(), server_default="shown", nullable=False),
        sa.Column("notice_version", sa.String(), nullable=True),
        sa.CheckConstraint("note_state IN ('held', 'shown', 'hidden')", name=op.f("ck_hazard_support_note_state")),
        sa.CheckConstraint("char_length(note) <= 500", name=op.f("ck_hazard_support_note_length")),
        sa.CheckConstraint("notice_version ~ '^[a-z0-9.-]{1,40}$'", name=op.f("ck_hazard_support_notice_version")),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazard.id"], name=op.f("fk_hazard_support_hazard_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard_support")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hazard_support_public_id")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_hazard_support_key_hash")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_hazard_support_link_hash")),
    )
    op.create_index(op.f("ix_hazard_support_hazard_id"), "hazard_support", ["hazard_id"], unique=False)
    # Their number is told with the report: what is kept of the layer is stale.
    op.execute(
        "CREATE TRIGGER raise_layer_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hazard_support "
        "FOR EACH STATEMENT EXECUTE FUNCTION raise_layer_version('hazards')"
    )


def downgrade() -> None:
    """Take them away; reports that were told together stand by themselves again."""
    op.drop_table("hazard_support")
    op.execute(
        "UPDATE hazard SET merged_into_id = NULL, stage = m.from_stage FROM hazard_merge m WHERE m.hazard_id = hazard.id"
    )
    op.drop_table("hazard_merge")
