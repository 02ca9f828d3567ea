"""a report's place as members see it, its words held back, its reporter's own link

Revision: 8c04d7a95e21
Follows: b41e6f0c92d7
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "8c04d7a95e21"
down_revision = "b41e6f0c92d7"
branch_labels = None
depends_on = None

# The middle of the nearest street's part inside the village: the same for every report on that part, so that it tells
# the street and no more. Nearest by metres, among the twelve nearest by degrees; the lower id where two are as near.
# Where there is no street: the middle of the village's part of a fixed cell of about 250 m.
PLACE_ON_STREET = """
CREATE FUNCTION place_on_street(spot geometry, village integer) RETURNS geometry
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH outline AS MATERIALIZED (SELECT geom FROM village WHERE id = $2),
    near AS MATERIALIZED (
        SELECT e.id, e.geom FROM street_edge e, outline o
        WHERE ST_Intersects(e.geom, o.geom) ORDER BY e.geom <-> $1, e.id LIMIT 12
    ),
    part AS (
        SELECT n.id, (ST_Dump(ST_CollectionExtract(ST_Intersection(n.geom, o.geom), 2))).geom FROM near n, outline o
    ),
    nearest AS (
        SELECT geom FROM part WHERE ST_Length(geom) > 0
        ORDER BY ST_Distance(geom::geography, $1::geography), id, ST_Length(geom) DESC LIMIT 1
    ),
    cell AS (
        SELECT ST_Intersection(o.geom, ST_MakeEnvelope(x, y, x + 0.0025, y + 0.0025, ST_SRID($1))) AS geom
        FROM outline o, (SELECT floor(ST_X($1) / 0.0025) * 0.0025 AS x, floor(ST_Y($1) / 0.0025) * 0.0025 AS y) corner
    )
    SELECT coalesce(
        (SELECT ST_LineInterpolatePoint(geom, 0.5) FROM nearest),
        (SELECT ST_PointOnSurface(geom) FROM cell WHERE NOT ST_IsEmpty(geom)),
        (SELECT ST_PointOnSurface(geom) FROM outline)
    )
$$
"""
ON_REPORT = """
CREATE FUNCTION keep_place_on_street() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.street_geom := place_on_street(NEW.geom, NEW.village_id);
    RETURN NEW;
END $$
"""
# Streets change by whole files: once per statement, for the villages that a changed street touches.
ON_STREETS = """
CREATE FUNCTION move_reports_to_changed_streets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hazard SET street_geom = place_on_street(geom, village_id)
    WHERE village_id IN (
        SELECT v.id FROM village v
        WHERE EXISTS (SELECT FROM hazard h WHERE h.village_id = v.id)
          AND EXISTS (SELECT FROM changed c WHERE ST_Intersects(c.geom, v.geom))
    );
    RETURN NULL;
END $$
"""
ON_VILLAGE = """
CREATE FUNCTION move_reports_of_changed_village() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hazard SET street_geom = place_on_street(geom, village_id) WHERE village_id = NEW.id;
    RETURN NULL;
END $$
"""
STREET_TRIGGERS = {
    "move_reports_on_insert": "AFTER INSERT ON street_edge REFERENCING NEW TABLE AS changed",
    "move_reports_on_update": "AFTER UPDATE ON street_edge REFERENCING NEW TABLE AS changed",
    "move_reports_on_delete": "AFTER DELETE ON street_edge REFERENCING OLD TABLE AS changed",
}


def upgrade() -> None:
    """Add the columns, fill them, and have the database keep them."""
    op.add_column("hazard", sa.Column("text_state", sa.String(), server_default="shown", nullable=False))
    op.add_column("hazard", sa.Column("is_public_place", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("hazard", sa.Column("follow_up_hash", sa.LargeBinary(), nullable=True))
    op.create_unique_constraint(op.f("uq_hazard_follow_up_hash"), "hazard", ["follow_up_hash"])
    op.create_check_constraint("text_state", "hazard", "text_state IN ('held', 'shown', 'hidden')")
    op.add_column("hazard", sa.Column("street_geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=True))
    op.execute("CREATE INDEX idx_hazard_street_geom ON hazard USING gist (street_geom)")
    for function in (PLACE_ON_STREET, ON_REPORT, ON_STREETS, ON_VILLAGE):
        op.execute(function)
    op.execute("UPDATE hazard SET street_geom = place_on_street(geom, village_id)")
    op.alter_column("hazard", "street_geom", nullable=False)
    op.execute(
        "CREATE TRIGGER keep_place_on_street BEFORE INSERT OR UPDATE OF geom, village_id, street_geom ON hazard "
        "FOR EACH ROW EXECUTE FUNCTION keep_place_on_street()"
    )
    for name, when in STREET_TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} {when} FOR EACH STATEMENT EXECUTE FUNCTION move_reports_to_changed_streets()"
        )
    op.execute(
        "CREATE TRIGGER move_reports_of_changed_village AFTER UPDATE OF geom ON village "
        "FOR EACH ROW EXECUTE FUNCTION move_reports_of_changed_village()"
    )


def downgrade() -> None:
    """Drop all of it."""
    op.execute("DROP TRIGGER move_reports_of_changed_village ON village")
    for name in STREET_TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON street_edge")
    op.execute("DROP TRIGGER keep_place_on_street ON hazard")
    for column in ("street_geom", "follow_up_hash", "is_public_place", "text_state"):
        op.drop_column("hazard", column)
    for function in (
        "move_reports_of_changed_village()",
        "move_reports_to_changed_streets()",
        "keep_place_on_street()",
        "place_on_street(geometry, integer)",
    ):
        op.execute(f"DROP FUNCTION {function}")
