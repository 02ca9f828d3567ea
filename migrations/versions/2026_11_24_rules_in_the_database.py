"""rules in the database: fresh tiles, spots inside their village

Revision: 8f1d2b6a4c10
Follows: 6c3185cc4999
"""

from alembic import op

revision = "8f1d2b6a4c10"
down_revision = "6c3185cc4999"
branch_labels = None
depends_on = None

# Which tables are drawn on which layer: a write to any of them makes that layer's tiles stale.
LAYERS = {
    "base": ("village", "street_edge", "building", "public_place"),
    "lamps": ("street_lamp",),
    "hazards": ("hazard",),
    "incidents": ("incident",),
    "cameras": ("camera",),
    "patrols": ("patrol_team", "patrol_route"),
    "blocks": ("block",),
    "diagnosis": ("diagnosis", "diagnosis_segment", "dead_zone"),
}
PLACED = ("hazard", "block")


def upgrade() -> None:
    """Create the functions and triggers."""
    # Raised in the writing transaction itself: who can see the new rows can see the new version, and nobody else.
    op.execute(
        """
        CREATE FUNCTION raise_layer_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE layer_version SET version = version + 1 WHERE layer = TG_ARGV[0];
            RETURN NULL;
        END $$
        """
    )
    # The village is looked up by its key and tested alone, so the rule costs one index look-up a row.
    op.execute(
        """
        CREATE FUNCTION require_place_in_village() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM village WHERE id = NEW.village_id AND ST_Intersects(geom, NEW.geom)) THEN
                RAISE EXCEPTION '% at % lies outside its village', TG_TABLE_NAME, ST_AsText(ST_Centroid(NEW.geom), 5)
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_' || TG_TABLE_NAME || '_in_village',
                          TABLE = TG_TABLE_NAME;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    for layer, tables in LAYERS.items():
        op.execute(f"INSERT INTO layer_version (layer, version) VALUES ('{layer}', 1)")
        for table in tables:
            op.execute(
                f"CREATE TRIGGER raise_layer_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION raise_layer_version('{layer}')"
            )
    for table in PLACED:
        op.execute(
            f"CREATE TRIGGER require_place_in_village BEFORE INSERT OR UPDATE OF geom, village_id ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION require_place_in_village()"
        )


def downgrade() -> None:
    """Drop them; the tables stay."""
    for table in PLACED:
        op.execute(f"DROP TRIGGER require_place_in_village ON {table}")
    for tables in LAYERS.values():
        for table in tables:
            op.execute(f"DROP TRIGGER raise_layer_version ON {table}")
    op.execute("DROP FUNCTION require_place_in_village()")
    op.execute("DROP FUNCTION raise_layer_version()")
    op.execute("DELETE FROM layer_version")
