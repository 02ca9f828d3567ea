"""the life of a report: stages, what is seen of each change, who sees it at all; lines, areas, hours, numbers

Revision: c83d5f10b6e2
Follows: f0a6d83c5e17
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "c83d5f10b6e2"
down_revision = "f0a6d83c5e17"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OLD_CATEGORIES = "'lighting', 'sightline', 'blocked', 'abandoned', 'traffic', 'theft', 'gathering', 'hazard'"
CATEGORIES = (
    "'lighting', 'lamp_out', 'sightline', 'overgrown', 'blocked', 'fire_lane', 'abandoned', 'left_vehicle', 'traffic', "
    "'school_crossing', 'surface', 'theft', 'open_entry', 'camera_out', 'gathering', 'dumping', 'dogs', 'hazard', "
    "'wires', 'water', 'fire_risk'"
)
STAGES = (
    "'submitted', 'triaged', 'open', 'acknowledged', 'investigating', 'scheduled', 'claimed_fixed', 'verified_fixed', "
    "'merged', 'referred', 'no_action', 'withdrawn', 'expired', 'reopened'"
)
STATE_OF_STAGE = """
CREATE FUNCTION state_of_stage(stage text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN stage = 'verified_fixed' THEN 'fixed'
        WHEN stage IN ('merged', 'no_action', 'withdrawn', 'expired') THEN 'closed'
        ELSE 'open'
    END
$$
"""
KEEP_SINCE = """
CREATE OR REPLACE FUNCTION keep_state_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.state_since := coalesce(NEW.fixed_at, NEW.state_since, now());
    ELSIF {changed} THEN
        NEW.state_since := now();
    END IF;
    RETURN NEW;
END $$
"""
CHECKS = {
    "stage": f"stage IN ({STAGES})",
    "visibility": "visibility IN ('held', 'shown', 'hidden')",
    "extent_kind": "GeometryType(extent) IN ('LINESTRING', 'POLYGON')",
    "extent_sound": "ST_IsValid(extent) AND NOT ST_IsEmpty(extent)",
    "weekdays": "weekdays BETWEEN 1 AND 127",
    "hours": "(from_hour IS NULL) = (until_hour IS NULL) AND from_hour BETWEEN 0 AND 23 AND until_hour BETWEEN 0 AND 24",
    "asset": "(asset_kind IS NULL) = (asset_number IS NULL) AND asset_kind IN ('lamp', 'camera') "
    "AND char_length(asset_number) BETWEEN 1 AND 60",
    "sent": "(sent_key_hash IS NULL) = (sent_body_hash IS NULL)",
    "merged": "merged_into_id IS NULL OR stage = 'merged'",
    "merged_elsewhere": "merged_into_id <> id",
}


def upgrade() -> None:
    """Give each report the stage that its state stood for."""
    op.execute("DROP TRIGGER keep_state_since ON hazard")
    op.execute(STATE_OF_STAGE)
    op.add_column("hazard", sa.Column("stage", sa.String(), server_default="open", nullable=False))
    op.execute(
        "UPDATE hazard SET stage = CASE state WHEN 'fixed' THEN 'verified_fixed' WHEN 'closed' THEN 'no_action' "
        "ELSE 'open' END"
    )
    op.drop_column("hazard", "state")
    op.add_column(
        "hazard", sa.Column("state", sa.String(), sa.Computed("state_of_stage(stage)", persisted=True), nullable=False)
    )
    op.execute(KEEP_SINCE.format(changed="state_of_stage(NEW.stage) <> state_of_stage(OLD.stage)"))
    op.execute(
        "CREATE TRIGGER keep_state_since BEFORE INSERT OR UPDATE OF stage ON hazard "
        "FOR EACH ROW EXECUTE FUNCTION keep_state_since()"
    )
    for column in _columns():
        op.add_column("hazard", column)
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "hazard", condition)
    op.create_unique_constraint(op.f("uq_hazard_sent_key_hash"), "hazard", ["sent_key_hash"])
    op.create_foreign_key(
        op.f("fk_hazard_merged_into_id"), "hazard", "hazard", ["merged_into_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(op.f("ix_hazard_merged_into_id"), "hazard", ["merged_into_id"], unique=False)
    _categories(CATEGORIES)
    _updates()


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("visibility", sa.String(), server_default="shown", nullable=False),
        sa.Column("extent", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=True),
        sa.Column("happened_at", MOMENT, nullable=True),
        sa.Column("weekdays", sa.SmallInteger(), nullable=True),
        sa.Column("from_hour", sa.SmallInteger(), nullable=True),
        sa.Column("until_hour", sa.SmallInteger(), nullable=True),
        sa.Column("asset_kind", sa.String(), nullable=True),
        sa.Column("asset_number", sa.String(), nullable=True),
        sa.Column("sent_key_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sent_body_hash", sa.LargeBinary(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    )


def _updates() -> None:
    op.create_table(
        "hazard_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hazard_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("from_stage", sa.String(), nullable=True),
        sa.Column("to_stage", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("body", sa.String(), server_default="", nullable=False),
        sa.Column("words", sa.String(), server_default="", nullable=False),
        sa.Column("words_state", sa.String(), server_default="shown", nullable=False),
        sa.CheckConstraint(f"from_stage IN ({STAGES})", name=op.f("ck_hazard_update_from_stage")),
        sa.CheckConstraint(f"to_stage IN ({STAGES})", name=op.f("ck_hazard_update_to_stage")),
        sa.CheckConstraint(
            "actor IN ('reporter', 'moderator', 'staff', 'patrol', 'meeting', 'system')",
            name=op.f("ck_hazard_update_actor"),
        ),
        sa.CheckConstraint("words_state IN ('held', 'shown', 'hidden')", name=op.f("ck_hazard_update_words_state")),
        sa.CheckConstraint("char_length(words) <= 500", name=op.f("ck_hazard_update_words_length")),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazard.id"], name=op.f("fk_hazard_update_hazard_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard_update")),
    )
    op.create_index(op.f("ix_hazard_update_hazard_id"), "hazard_update", ["hazard_id"], unique=False)


def downgrade() -> None:
    """Keep what the state tells of the stage."""
    op.drop_table("hazard_update")
    op.execute("UPDATE hazard SET category = 'hazard' WHERE category NOT IN (" + OLD_CATEGORIES + ")")
    _categories(OLD_CATEGORIES)
    op.drop_constraint(op.f("fk_hazard_merged_into_id"), "hazard", type_="foreignkey")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_hazard_{name}"), "hazard", type_="check")
    for column in _columns():
        op.drop_column("hazard", column.name)
    op.execute("DROP TRIGGER keep_state_since ON hazard")
    op.drop_column("hazard", "state")
    op.add_column("hazard", sa.Column("state", sa.String(), server_default="open", nullable=False))
    op.execute("UPDATE hazard SET state = state_of_stage(stage)")
    op.alter_column("hazard", "state", server_default=None)
    op.create_check_constraint("state", "hazard", "state IN ('open', 'fixed', 'closed')")
    op.drop_column("hazard", "stage")
    op.execute("DROP FUNCTION state_of_stage(text)")
    op.execute(KEEP_SINCE.format(changed="NEW.state IS DISTINCT FROM OLD.state"))
    op.execute(
        "CREATE TRIGGER keep_state_since BEFORE INSERT OR UPDATE OF state ON hazard "
        "FOR EACH ROW EXECUTE FUNCTION keep_state_since()"
    )


def _categories(codes: str) -> None:
    op.drop_constraint(op.f("ck_hazard_category"), "hazard", type_="check")
    op.create_check_constraint("category", "hazard", f"category IN ({codes})")
