"""The queries that draw vector tiles: one query gives a layer's version and its tile, both of one moment.

Places in every query: ``$1 $2 $3`` zoom, column, row. The tile's envelope is brought to the column's reference
system, never the column to the tile's, so that spatial indexes are used.
"""

from typing import NamedTuple

from safemap.basemap.rules import PlaceKind, StreetClass
from safemap.geo.crs import WGS84
from safemap.incidents.rules import FAMILY_OF, IncidentFamily

GRID_BELOW_ZOOM = 13  # below, a tile of a million points would hold megabytes: cells with counts instead

VERSION_SQL = "SELECT version FROM layer_version WHERE layer = $1"

# $4 west, $5 south, $6 east, $7 north: the tile with its margin in degrees; $8 street classes; $9 kinds of places;
# $10 the reference system of degrees. Below zoom 15 shapes are simplified to half a pixel and buildings of less than
# four pixels are left out; below zoom 13 all buildings are.
BASE_SQL = """
WITH tile AS MATERIALIZED (
    SELECT ST_TileEnvelope($1, $2, $3) AS box,
           ST_SRID(ST_TileEnvelope($1, $2, $3)) AS plane,
           ST_MakeEnvelope($4, $5, $6, $7, $10::int) AS asked,
           40075016.68557849 / 256 / 2 ^ $1::int AS pixel
),
area AS MATERIALIZED (
    SELECT p.id, p.kind,
           ST_AsMVTGeom(
               ST_Simplify(ST_Transform(p.geom, plane), CASE WHEN $1 < 15 THEN pixel / 2 ELSE 0 END, true),
               box, 4096, 64
           ) AS geom
    FROM public_place p, tile
    WHERE p.geom && asked AND p.kind IN ('water', 'park') AND ST_Dimension(p.geom) = 2
),
building_shape AS (
    SELECT b.id, CASE WHEN $1 >= 17 THEN nullif(b.name, '') END AS name,
           ST_AsMVTGeom(
               CASE WHEN $1 < 15 THEN ST_Simplify(ST_Transform(b.geom, plane), pixel / 2, true)
                    ELSE ST_Transform(b.geom, plane) END,
               box, 4096, 64
           ) AS geom
    FROM building b, tile
    WHERE b.geom && asked AND $1 >= 13
      AND ($1 >= 15 OR ST_Area(b.geom) > 4 * (360.0 / 256 / 2 ^ $1::int) ^ 2)
),
street_line AS (
    SELECT s.street_class AS class, nullif(s.name, '') AS name, nullif(s.name_en, '') AS name_en,
           ST_LineMerge(ST_Collect(ST_Transform(s.geom, plane))) AS line
    FROM street_edge s, tile
    WHERE s.geom && asked AND s.street_class = ANY($8::text[])
    GROUP BY s.street_class, s.name, s.name_en
),
street_shape AS (
    SELECT class, name, name_en,
           ST_AsMVTGeom(
               CASE WHEN $1 < 15 THEN ST_Simplify(line, pixel / 2) ELSE line END, box, 4096, 128
           ) AS geom
    FROM street_line, tile
),
place_point AS (
    SELECT p.id, p.kind, nullif(p.name, '') AS name, nullif(p.name_en, '') AS name_en,
           ST_AsMVTGeom(ST_Transform(ST_PointOnSurface(p.geom), plane), box, 4096, 64) AS geom
    FROM public_place p, tile
    WHERE p.geom && asked AND p.kind = ANY($9::text[])
),
village_line AS (
    SELECT v.id, v.code AS key, v.name, nullif(v.name_en, '') AS name_en,
           ST_AsMVTGeom(
               ST_Simplify(
                   ST_Transform(ST_Boundary(v.geom), plane),
                   CASE WHEN $1 < 15 THEN pixel / 2 ELSE 0 END, true
               ),
               box, 4096, 64
           ) AS geom
    FROM village v, tile
    WHERE v.geom && asked
)
SELECT (SELECT version FROM layer_version WHERE layer = 'base'),
       (SELECT ST_AsMVT(w, 'water', 4096, 'geom', 'id')
        FROM (SELECT id, geom FROM area WHERE kind = 'water' AND geom IS NOT NULL) w)
    || (SELECT ST_AsMVT(g, 'green', 4096, 'geom', 'id')
        FROM (SELECT id, kind, geom FROM area WHERE kind <> 'water' AND geom IS NOT NULL) g)
    || (SELECT ST_AsMVT(b, 'building', 4096, 'geom', 'id') FROM building_shape b WHERE geom IS NOT NULL)
    || (SELECT ST_AsMVT(s, 'street', 4096, 'geom') FROM street_shape s WHERE geom IS NOT NULL)
    || (SELECT ST_AsMVT(p, 'place', 4096, 'geom', 'id') FROM place_point p WHERE geom IS NOT NULL)
    || (SELECT ST_AsMVT(v, 'village', 4096, 'geom', 'id') FROM village_line v WHERE geom IS NOT NULL)
"""

# Points as they are; a point in the margin is in two tiles, so that its symbol is not cut at the border. The envelopes
# are sub-selects so that they are made once and not per row, nothing is clipped because the index has chosen already,
# and date_part gives a float where extract gives a slow numeric: together a quarter of the processor time.
INCIDENTS_SQL = """
SELECT (SELECT version FROM layer_version WHERE layer = 'incidents'),
       (SELECT ST_AsMVT(t, 'incidents', 4096, 'geom', 'id') FROM (
            SELECT id, kind, date_part('epoch', occurred_at)::bigint AS occurred_at,
                   ST_AsMVTGeom(geom_tile, (SELECT ST_TileEnvelope($1, $2, $3)), 4096, 64, false) AS geom
            FROM incident
            WHERE geom_tile && (SELECT ST_TileEnvelope($1, $2, $3, margin => 64.0 / 4096))
        ) t)
"""

# Counts by family in 64 x 64 cells, each at the middle of its points; every point is in one cell of one tile.
# $4 kinds of the traffic family; $5 its name, $6 the other's.
INCIDENT_GRID_SQL = """
WITH tile AS MATERIALIZED (
    SELECT ST_TileEnvelope($1, $2, $3) AS box, 40075016.68557849 / 2 ^ $1::int / 64 AS cell
),
edges AS MATERIALIZED (
    SELECT box, cell, ST_XMin(box) AS west, ST_YMin(box) AS south FROM tile
),
point AS (
    SELECT ST_X(geom_tile) AS x, ST_Y(geom_tile) AS y, kind = ANY($4::text[]) AS is_traffic
    FROM incident
    WHERE geom_tile && (SELECT box FROM tile)
),
cell AS (
    SELECT is_traffic, count(*) AS number, avg(x) AS x, avg(y) AS y
    FROM point, edges
    WHERE x >= west AND x < west + 64 * cell AND y >= south AND y < south + 64 * cell
    GROUP BY is_traffic, floor((x - west) / cell), floor((y - south) / cell)
)
SELECT (SELECT version FROM layer_version WHERE layer = 'incidents'),
       (SELECT ST_AsMVT(t, 'incidents', 4096, 'geom') FROM (
            SELECT CASE WHEN is_traffic THEN $5::text ELSE $6::text END AS family, number AS count,
                   ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(x, y), ST_SRID(box)), box, 4096, 0, false) AS geom
            FROM cell, edges
        ) t)
"""

TRAFFIC_KINDS = [kind.value for kind, family in FAMILY_OF.items() if family is IncidentFamily.TRAFFIC]
GRID_VALUES = (TRAFFIC_KINDS, IncidentFamily.TRAFFIC.value, IncidentFamily.CRIME.value)

# From which zoom on a class of streets is drawn: what a reader looks for at that scale, and no more.
STREETS_FROM_ZOOM = {
    StreetClass.MOTORWAY: 0,
    StreetClass.RAIL: 10,
    StreetClass.MAIN: 0,
    StreetClass.COLLECTOR: 12,
    StreetClass.LANE: 13,
    StreetClass.ALLEY: 14,
    StreetClass.FOOTWAY: 15,
    StreetClass.CYCLEWAY: 15,
}
PLACES_FROM_ZOOM = {
    PlaceKind.STATION: 12,
    PlaceKind.HOSPITAL: 13,
    PlaceKind.SCHOOL: 14,
    PlaceKind.PARK: 14,
    PlaceKind.TEMPLE: 14,
    PlaceKind.MARKET: 14,
    PlaceKind.POLICE: 14,
    PlaceKind.FIRE_STATION: 14,
    PlaceKind.LIBRARY: 15,
    PlaceKind.COMMUNITY_CENTRE: 15,
    PlaceKind.SHELTER: 15,
    PlaceKind.AED: 16,
    PlaceKind.PARKING: 16,
    PlaceKind.OTHER: 16,
}


class TileQuery(NamedTuple):
    """A query and what fills its places after zoom, column and row."""

    sql: str
    values: tuple[object, ...] = ()


def base_query(z: int, bounds: tuple[float, float, float, float]) -> TileQuery:
    """Return the query of a tile of the base map; `bounds` is the tile with its margin, in degrees."""
    classes = [street_class.value for street_class, zoom in STREETS_FROM_ZOOM.items() if z >= zoom]
    kinds = [kind.value for kind, zoom in PLACES_FROM_ZOOM.items() if z >= zoom]
    return TileQuery(BASE_SQL, (*bounds, classes, kinds, WGS84))


def incidents_query(z: int, _bounds: tuple[float, float, float, float]) -> TileQuery:
    """Return the query of a tile of incidents."""
    return TileQuery(INCIDENT_GRID_SQL, GRID_VALUES) if z < GRID_BELOW_ZOOM else TileQuery(INCIDENTS_SQL)
