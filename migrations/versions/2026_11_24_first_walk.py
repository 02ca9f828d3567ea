"""first walk

Revision: 6c3185cc4999
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "6c3185cc4999"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_geospatial_table(
        "building",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("height_m", sa.Double(), nullable=True),
        sa.Column("levels", sa.Double(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_building_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_building_geom_valid")),
        sa.CheckConstraint("height_m > 0 AND height_m < 1000", name=op.f("ck_building_height_sane")),
        sa.CheckConstraint("levels > 0 AND levels < 250", name=op.f("ck_building_levels_sane")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_building_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_building_geom", "building", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "camera",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("azimuth_deg", sa.Double(), nullable=True),
        sa.Column("field_of_view_deg", sa.Double(), nullable=True),
        sa.Column("reach_m", sa.Double(), nullable=True),
        sa.Column("mount_height_m", sa.Double(), nullable=True),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('fixed', 'panning', 'dome')", name=op.f("ck_camera_kind")),
        sa.CheckConstraint("site IN ('public', 'traffic', 'indoor', 'unknown')", name=op.f("ck_camera_site")),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_camera_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_camera_geom_valid")),
        sa.CheckConstraint("azimuth_deg >= 0 AND azimuth_deg < 360", name=op.f("ck_camera_azimuth")),
        sa.CheckConstraint("field_of_view_deg > 0 AND field_of_view_deg <= 360", name=op.f("ck_camera_field_of_view")),
        sa.CheckConstraint("mount_height_m > 0 AND mount_height_m <= 100", name=op.f("ck_camera_mount_height")),
        sa.CheckConstraint("reach_m > 0 AND reach_m <= 1000", name=op.f("ck_camera_reach")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_camera_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_camera_geom", "camera", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "community",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('association', 'village_office', 'condominium')", name=op.f("ck_community_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community")),
        sa.UniqueConstraint("name", name=op.f("uq_community_name")),
    )
    op.create_table(
        "diagnosis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_key", sa.String(), nullable=False),
        sa.Column("area_name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("data_as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("events", sa.String(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("has_hotspots", sa.Boolean(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("events IN ('reports', 'traffic', 'crime')", name=op.f("ck_diagnosis_events")),
        sa.CheckConstraint("event_count >= 0", name=op.f("ck_diagnosis_event_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnosis")),
    )
    op.create_index(op.f("ix_diagnosis_area_key"), "diagnosis", ["area_key"], unique=False)
    op.create_geospatial_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("precision", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("killed", sa.SmallInteger(), nullable=False),
        sa.Column("injured", sa.SmallInteger(), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_tile",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "kind IN ('accident_a1', 'accident_a2', 'accident', 'theft_bicycle', 'theft_motorcycle', 'theft_car', 'burglary', 'robbery', 'other')",
            name=op.f("ck_incident_kind"),
        ),
        sa.CheckConstraint("precision IN ('minute', 'hours', 'day', 'month')", name=op.f("ck_incident_precision")),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_incident_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_incident_geom_valid")),
        sa.CheckConstraint("accuracy_m >= 0", name=op.f("ck_incident_accuracy")),
        sa.CheckConstraint("killed >= 0 AND injured >= 0", name=op.f("ck_incident_casualties")),
        sa.CheckConstraint("occurred_until >= occurred_at", name=op.f("ck_incident_time_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_incident_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_incident_geom", "incident", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "idx_incident_geom_tile", "incident", ["geom_tile"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_incident_kind_occurred_at", "incident", ["kind", "occurred_at"], unique=False)
    op.create_table(
        "layer_version",
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("layer", name=op.f("pk_layer_version")),
    )
    op.create_geospatial_table(
        "public_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "GeometryType(geom) IN ('POINT', 'POLYGON', 'MULTIPOLYGON')", name=op.f("ck_public_place_geom_kind")
        ),
        sa.CheckConstraint(
            "kind IN ('school', 'park', 'temple', 'market', 'police', 'fire_station', 'hospital', 'shelter', 'aed', 'station', 'library', 'community_centre', 'parking', 'water', 'other')",
            name=op.f("ck_public_place_kind"),
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_public_place_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_public_place_geom_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_place")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_public_place_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_public_place_geom", "public_place", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "street_lamp",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_street_lamp_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_street_lamp_geom_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street_lamp")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_street_lamp_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_street_lamp_geom", "street_lamp", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "street_node",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_street_node_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_street_node_geom_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street_node")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_street_node_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_street_node_geom", "street_node", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "village",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("county", sa.String(), nullable=False),
        sa.Column("town", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("is_fictional", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_village_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_village_geom_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village")),
        sa.UniqueConstraint("source", "code", name=op.f("uq_village_source_code")),
    )
    op.create_geospatial_index(
        "idx_village_geom", "village", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_village_code"), "village", ["code"], unique=False)
    op.create_index(op.f("ix_village_name"), "village", ["name"], unique=False)
    op.create_geospatial_table(
        "block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("adopter", sa.String(), nullable=False),
        sa.Column("adopter_kind", sa.String(), nullable=False),
        sa.Column("weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("in_force_until", sa.Date(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "adopter_kind IN ('school', 'company', 'shop', 'agency', 'temple', 'condominium')",
            name=op.f("ck_block_adopter_kind"),
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_block_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_block_geom_valid")),
        sa.CheckConstraint("in_force_until >= in_force_from", name=op.f("ck_block_in_force")),
        sa.CheckConstraint("starts_at <> ends_at", name=op.f("ck_block_hours")),
        sa.CheckConstraint("weekdays BETWEEN 1 AND 127", name=op.f("ck_block_weekdays")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_block_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_block_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_block_geom", "block", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_block_village_id"), "block", ["village_id"], unique=False)
    op.create_table(
        "community_village",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_community_village_community_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["village.id"], name=op.f("fk_community_village_village_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", "village_id", name=op.f("pk_community_village")),
    )
    op.create_index(op.f("ix_community_village_village_id"), "community_village", ["village_id"], unique=False)
    op.create_geospatial_table(
        "dead_zone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("diagnosis_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("guardianship_share", sa.Double(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("period IN ('day', 'evening', 'night')", name=op.f("ck_dead_zone_period")),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_dead_zone_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_dead_zone_geom_valid")),
        sa.CheckConstraint("rank > 0", name=op.f("ck_dead_zone_rank")),
        sa.ForeignKeyConstraint(
            ["diagnosis_id"], ["diagnosis.id"], name=op.f("fk_dead_zone_diagnosis_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_zone")),
        sa.UniqueConstraint("diagnosis_id", "period", "rank", name=op.f("uq_dead_zone_diagnosis_id_period_rank")),
    )
    op.create_geospatial_index(
        "idx_dead_zone_geom", "dead_zone", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "diagnosis_segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("diagnosis_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("edge_id", sa.Integer(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("density_per_km2", sa.Double(), nullable=False),
        sa.Column("density_class", sa.SmallInteger(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("guardianship", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_diagnosis_segment_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_diagnosis_segment_geom_valid")),
        sa.ForeignKeyConstraint(
            ["diagnosis_id"], ["diagnosis.id"], name=op.f("fk_diagnosis_segment_diagnosis_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnosis_segment")),
        sa.UniqueConstraint("diagnosis_id", "ordinal", name=op.f("uq_diagnosis_segment_diagnosis_id_ordinal")),
    )
    op.create_geospatial_index(
        "idx_diagnosis_segment_geom",
        "diagnosis_segment",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "diagnosis_village",
        sa.Column("diagnosis_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["diagnosis_id"], ["diagnosis.id"], name=op.f("fk_diagnosis_village_diagnosis_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["village.id"], name=op.f("fk_diagnosis_village_village_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("diagnosis_id", "village_id", name=op.f("pk_diagnosis_village")),
    )
    op.create_index(op.f("ix_diagnosis_village_village_id"), "diagnosis_village", ["village_id"], unique=False)
    op.create_geospatial_table(
        "hazard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("noticed_at", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "category IN ('lighting', 'sightline', 'blocked', 'abandoned', 'traffic', 'theft', 'gathering', 'hazard')",
            name=op.f("ck_hazard_category"),
        ),
        sa.CheckConstraint("noticed_at IN ('any', 'day', 'night')", name=op.f("ck_hazard_noticed_at")),
        sa.CheckConstraint("state IN ('open', 'fixed', 'closed')", name=op.f("ck_hazard_state")),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_hazard_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_hazard_geom_valid")),
        sa.CheckConstraint("accuracy_m >= 0", name=op.f("ck_hazard_accuracy")),
        sa.CheckConstraint("char_length(description) <= 500", name=op.f("ck_hazard_description_length")),
        sa.CheckConstraint("severity BETWEEN 1 AND 3", name=op.f("ck_hazard_severity")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_hazard_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hazard_public_id")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_hazard_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_hazard_geom", "hazard", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_hazard_category"), "hazard", ["category"], unique=False)
    op.create_index(op.f("ix_hazard_reported_at"), "hazard", ["reported_at"], unique=False)
    op.create_index(op.f("ix_hazard_village_id"), "hazard", ["village_id"], unique=False)
    op.create_table(
        "patrol_team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('year_round', 'new_year', 'joint')", name=op.f("ck_patrol_team_kind")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_patrol_team_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_team")),
        sa.UniqueConstraint("village_id", "name", name=op.f("uq_patrol_team_village_id_name")),
    )
    op.create_index(op.f("ix_patrol_team_village_id"), "patrol_team", ["village_id"], unique=False)
    op.create_geospatial_table(
        "street_edge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("from_node_id", sa.Integer(), nullable=False),
        sa.Column("to_node_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("street_class", sa.String(), nullable=False),
        sa.Column("is_walkable", sa.Boolean(), nullable=False),
        sa.Column("is_oneway", sa.Boolean(), nullable=False),
        sa.Column("is_lit", sa.Boolean(), nullable=True),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "street_class IN ('motorway', 'main', 'collector', 'lane', 'alley', 'footway', 'cycleway', 'rail')",
            name=op.f("ck_street_edge_street_class"),
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_street_edge_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_street_edge_geom_valid")),
        sa.CheckConstraint("length_m > 0", name=op.f("ck_street_edge_length_positive")),
        sa.ForeignKeyConstraint(["from_node_id"], ["street_node.id"], name=op.f("fk_street_edge_from_node_id")),
        sa.ForeignKeyConstraint(["to_node_id"], ["street_node.id"], name=op.f("fk_street_edge_to_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street_edge")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_street_edge_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_street_edge_geom", "street_edge", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_street_edge_from_node_id"), "street_edge", ["from_node_id"], unique=False)
    op.create_index(op.f("ix_street_edge_to_node_id"), "street_edge", ["to_node_id"], unique=False)
    op.create_geospatial_table(
        "patrol_route",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck_patrol_route_geom_not_empty")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_patrol_route_geom_valid")),
        sa.CheckConstraint("starts_at <> ends_at", name=op.f("ck_patrol_route_hours")),
        sa.CheckConstraint("weekdays BETWEEN 1 AND 127", name=op.f("ck_patrol_route_weekdays")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["patrol_team.id"], name=op.f("fk_patrol_route_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_route")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_patrol_route_source_source_id")),
    )
    op.create_geospatial_index(
        "idx_patrol_route_geom", "patrol_route", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_patrol_route_team_id"), "patrol_route", ["team_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_patrol_route_team_id"), table_name="patrol_route")
    op.drop_geospatial_index(
        "idx_patrol_route_geom", table_name="patrol_route", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("patrol_route")
    op.drop_index(op.f("ix_street_edge_to_node_id"), table_name="street_edge")
    op.drop_index(op.f("ix_street_edge_from_node_id"), table_name="street_edge")
    op.drop_geospatial_index(
        "idx_street_edge_geom", table_name="street_edge", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("street_edge")
    op.drop_index(op.f("ix_patrol_team_village_id"), table_name="patrol_team")
    op.drop_table("patrol_team")
    op.drop_index(op.f("ix_hazard_village_id"), table_name="hazard")
    op.drop_index(op.f("ix_hazard_reported_at"), table_name="hazard")
    op.drop_index(op.f("ix_hazard_category"), table_name="hazard")
    op.drop_geospatial_index("idx_hazard_geom", table_name="hazard", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("hazard")
    op.drop_index(op.f("ix_diagnosis_village_village_id"), table_name="diagnosis_village")
    op.drop_table("diagnosis_village")
    op.drop_geospatial_index(
        "idx_diagnosis_segment_geom", table_name="diagnosis_segment", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("diagnosis_segment")
    op.drop_geospatial_index("idx_dead_zone_geom", table_name="dead_zone", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("dead_zone")
    op.drop_index(op.f("ix_community_village_village_id"), table_name="community_village")
    op.drop_table("community_village")
    op.drop_index(op.f("ix_block_village_id"), table_name="block")
    op.drop_geospatial_index("idx_block_geom", table_name="block", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("block")
    op.drop_index(op.f("ix_village_name"), table_name="village")
    op.drop_index(op.f("ix_village_code"), table_name="village")
    op.drop_geospatial_index("idx_village_geom", table_name="village", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("village")
    op.drop_geospatial_index(
        "idx_street_node_geom", table_name="street_node", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("street_node")
    op.drop_geospatial_index(
        "idx_street_lamp_geom", table_name="street_lamp", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("street_lamp")
    op.drop_geospatial_index(
        "idx_public_place_geom", table_name="public_place", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("public_place")
    op.drop_table("layer_version")
    op.drop_index("ix_incident_kind_occurred_at", table_name="incident")
    op.drop_geospatial_index(
        "idx_incident_geom_tile", table_name="incident", postgresql_using="gist", column_name="geom_tile"
    )
    op.drop_geospatial_index("idx_incident_geom", table_name="incident", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("incident")
    op.drop_index(op.f("ix_diagnosis_area_key"), table_name="diagnosis")
    op.drop_table("diagnosis")
    op.drop_table("community")
    op.drop_geospatial_index("idx_camera_geom", table_name="camera", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("camera")
    op.drop_geospatial_index("idx_building_geom", table_name="building", postgresql_using="gist", column_name="geom")
    op.drop_geospatial_table("building")
