"""reports follow a street that moves out of their village, too, and stand on no railway

Revision: 71f0c3de8a95
Follows: e2c5a9710b38
"""

from alembic import op

revision = "71f0c3de8a95"
down_revision = "e2c5a9710b38"
branch_labels = None
depends_on = None

# As before; railways are drawn only, nobody walks there.
PLACE_ON_STREET = """
CREATE OR REPLACE FUNCTION place_on_street(spot geometry, village integer) RETURNS geometry
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH outline AS MATERIALIZED (SELECT geom FROM village WHERE id = $2),
    near AS MATERIALIZED (
        SELECT e.id, e.geom FROM street_edge e, outline o
        WHERE ST_Intersects(e.geom, o.geom){and_is_street} ORDER BY e.geom <-> $1, e.id LIMIT 12
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
# What a statement changes was somewhere before: the village it left needs new places as much as the one it came to.
ON_MOVED_STREETS = """
CREATE FUNCTION move_reports_to_moved_streets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hazard SET street_geom = place_on_street(geom, village_id)
    WHERE village_id IN (
        SELECT v.id FROM village v
        WHERE EXISTS (SELECT FROM hazard h WHERE h.village_id = v.id)
          AND (EXISTS (SELECT FROM before b WHERE ST_Intersects(b.geom, v.geom))
            OR EXISTS (SELECT FROM changed c WHERE ST_Intersects(c.geom, v.geom)))
    );
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Look at streets as they were and as they are; at no railways."""
    op.execute(PLACE_ON_STREET.format(and_is_street=" AND e.street_class <> 'rail'"))
    op.execute("UPDATE hazard SET street_geom = place_on_street(geom, village_id)")
    op.execute("DROP TRIGGER move_reports_on_update ON street_edge")
    op.execute(ON_MOVED_STREETS)
    op.execute(
        "CREATE TRIGGER move_reports_on_update AFTER UPDATE ON street_edge "
        "REFERENCING OLD TABLE AS before NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION move_reports_to_moved_streets()"
    )


def downgrade() -> None:
    """Look at streets as they are, and at railways."""
    op.execute(PLACE_ON_STREET.format(and_is_street=""))
    op.execute("UPDATE hazard SET street_geom = place_on_street(geom, village_id)")
    op.execute("DROP TRIGGER move_reports_on_update ON street_edge")
    op.execute("DROP FUNCTION move_reports_to_moved_streets()")
    op.execute(
        "CREATE TRIGGER move_reports_on_update AFTER UPDATE ON street_edge REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION move_reports_to_changed_streets()"
    )
