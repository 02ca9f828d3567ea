"""density along streets; hotspots of each family of events, and how their maps fared

Revision: 5e1b93d7a460
Follows: 9d41a6e83b07
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "5e1b93d7a460"
down_revision = "9d41a6e83b07"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
EVENTS = "events IN ('reports', 'traffic', 'crime')"
PLACE_KINDS = "kind IN ('hotspot', 'circle', 'fresh', 'problem', 'segment', 'junction', 'course')"
DRAWN = ("hotspot_analysis", "hotspot_place", "hotspot_street", "hotspot_score")


def upgrade() -> None:
    """Densities are per km of street; what was measured before, from exact places of reports, is measured anew."""
    op.execute("DELETE FROM diagnosis")
    op.alter_column("diagnosis_segment", "density_per_km2", new_column_name="density_per_km")
    op.alter_column("dead_zone", "density_per_km2", new_column_name="density_per_km")
    op.add_column("dead_zone", sa.Column("hotspot_rank", sa.SmallInteger(), nullable=True))
    _analyses()
    _drawn()
    for table in DRAWN:
        op.execute(
            f"CREATE TRIGGER raise_layer_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION raise_layer_version('diagnosis')"
        )


def _analyses() -> None:
    op.create_table(
        "hotspot_analysis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_key", sa.String(), nullable=False),
        sa.Column("area_name", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("data_as_of", MOMENT, nullable=False),
        sa.Column("events", sa.String(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("map_cells", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(EVENTS, name=op.f("ck_hotspot_analysis_events")),
        sa.CheckConstraint("event_count >= 0", name=op.f("ck_hotspot_analysis_event_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot_analysis")),
    )
    op.create_index(op.f("ix_hotspot_analysis_area_key"), "hotspot_analysis", ["area_key"], unique=False)
    op.create_table(
        "hotspot_analysis_village",
        sa.Column("analysis_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["hotspot_analysis.id"],
            name=op.f("fk_hotspot_analysis_village_analysis_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["village.id"], name=op.f("fk_hotspot_analysis_village_village_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("analysis_id", "village_id", name=op.f("pk_hotspot_analysis_village")),
    )
    op.create_index(
        op.f("ix_hotspot_analysis_village_village_id"), "hotspot_analysis_village", ["village_id"], unique=False
    )
    op.create_table(
        "hotspot_score",
        sa.Column("analysis_id", sa.Integer(), nullable=False),
        sa.Column("scored_at", MOMENT, nullable=False),
        sa.Column("later_until", MOMENT, nullable=False),
        sa.Column("later_count", sa.Integer(), nullable=False),
        sa.Column("scored", postgresql.JSONB(), nullable=True),
        _to_analysis("hotspot_score"),
        sa.PrimaryKeyConstraint("analysis_id", name=op.f("pk_hotspot_score")),
    )


def _drawn() -> None:
    op.create_table(
        "hotspot_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("analysis_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint("rank > 0", name=op.f("ck_hotspot_place_rank")),
        sa.CheckConstraint(PLACE_KINDS, name=op.f("ck_hotspot_place_kind")),
        *_geometry_checks("hotspot_place"),
        _to_analysis("hotspot_place"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot_place")),
        sa.UniqueConstraint("analysis_id", "kind", "rank", name=op.f("uq_hotspot_place_analysis_id_kind_rank")),
    )
    op.create_table(
        "hotspot_street",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("analysis_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("length_m", sa.Float(), nullable=False),
        sa.Column("per_km", sa.Float(), nullable=False),
        sa.Column("density_class", sa.SmallInteger(), nullable=False),
        sa.Column("geom", Geometry("LINESTRING", srid=4326, spatial_index=False), nullable=False),
        *_geometry_checks("hotspot_street"),
        _to_analysis("hotspot_street"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot_street")),
        sa.UniqueConstraint("analysis_id", "ordinal", name=op.f("uq_hotspot_street_analysis_id_ordinal")),
    )
    for table in ("hotspot_place", "hotspot_street"):
        op.execute(f"CREATE INDEX idx_{table}_geom ON {table} USING gist (geom)")


def _to_analysis(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["analysis_id"], ["hotspot_analysis.id"], name=op.f(f"fk_{table}_analysis_id"), ondelete="CASCADE"
    )


def _geometry_checks(table: str) -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    return (
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f(f"ck_{table}_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f(f"ck_{table}_geom_valid")),
    )


def downgrade() -> None:
    """Drop them; densities are per km² again."""
    for table in ("hotspot_street", "hotspot_place", "hotspot_score", "hotspot_analysis_village", "hotspot_analysis"):
        op.drop_table(table)
    op.execute("DELETE FROM diagnosis")
    op.drop_column("dead_zone", "hotspot_rank")
    op.alter_column("diagnosis_segment", "density_per_km", new_column_name="density_per_km2")
    op.alter_column("dead_zone", "density_per_km", new_column_name="density_per_km2")
