"""Queries for hotspot analyses and scores."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from safemap.basemap.tables import StreetEdge
from safemap.db.reading import literal
from safemap.diagnosis.hotspots.rules import PlaceKind
from safemap.diagnosis.tables import (
    HotspotAnalysis,
    HotspotPlace,
    HotspotScore,
    HotspotStreet,
    hotspot_analysis_village,
)
from safemap.geo.crs import WGS84, Lonlat

MAPS_KEPT = 24  # of one area and family: two years of monthly maps


def add(session: Session, analysis: HotspotAnalysis, village_ids: Sequence[int]) -> int:
    """Add an analysis in place of the last one; its id. Maps that are to be scored stay, without what was drawn."""
    same = (HotspotAnalysis.area_key == analysis.area_key, HotspotAnalysis.events == analysis.events)
    session.execute(delete(HotspotAnalysis).where(*same, HotspotAnalysis.map_cells.is_(None)))
    old = select(HotspotAnalysis.id).where(*same)
    for drawn in (HotspotPlace, HotspotStreet):
        session.execute(delete(drawn).where(drawn.analysis_id.in_(old)))
    newest = old.order_by(HotspotAnalysis.id.desc()).limit(MAPS_KEPT).scalar_subquery()
    session.execute(delete(HotspotAnalysis).where(*same, HotspotAnalysis.id.not_in(newest)))
    session.add(analysis)
    session.flush()
    session.execute(
        insert(hotspot_analysis_village),
        [{"analysis_id": analysis.id, "village_id": number} for number in village_ids],
    )
    return analysis.id


def add_places(session: Session, analysis_id: int, places: Iterable[tuple[PlaceKind, int, Lonlat]]) -> None:
    """Add numbered places."""
    session.add_all(
        HotspotPlace(analysis_id=analysis_id, kind=kind.value, rank=rank, geom=from_shape(shape, srid=WGS84))
        for kind, rank, shape in places
    )
    session.flush()


def add_streets(session: Session, analysis_id: int, columns: dict[str, list[Any]]) -> None:
    """Add all segments in one statement; columns of one length, lines as WKB in degrees."""
    session.execute(
        text(
            """
            INSERT INTO hotspot_street (analysis_id, ordinal, street, length_m, per_km, density_class, geom)
            SELECT :analysis_id, ordinal, street, length_m, per_km, density_class, ST_GeomFromWKB(line, :srid)
            FROM unnest(CAST(:street AS text[]), CAST(:length_m AS float8[]), CAST(:per_km AS float8[]),
                        CAST(:density_class AS smallint[]), CAST(:line AS bytea[]))
                 WITH ORDINALITY AS segment (street, length_m, per_km, density_class, line, ordinal)
            """
        ),
        {"analysis_id": analysis_id, "srid": WGS84, **columns},
    )


def latest(session: Session, area_key: str) -> Sequence[HotspotAnalysis]:
    """The newest analysis of each family of a study area."""
    newest = (
        select(func.max(HotspotAnalysis.id))
        .where(HotspotAnalysis.area_key == area_key)
        .group_by(HotspotAnalysis.events)
    )
    return session.scalars(select(HotspotAnalysis).where(HotspotAnalysis.id.in_(newest))).all()


def maps_to_score(session: Session, area_key: str, events: str) -> Sequence[HotspotAnalysis]:
    """Published maps of a study area and family that can be scored, the newest first."""
    return session.scalars(
        select(HotspotAnalysis)
        .where(
            HotspotAnalysis.area_key == area_key,
            HotspotAnalysis.events == events,
            HotspotAnalysis.map_cells.is_not(None),
        )
        .order_by(HotspotAnalysis.id.desc())
    ).all()


def keep_score(
    session: Session,
    analysis_id: int,
    *,
    scored_at: datetime,
    later_until: datetime,
    later_count: int,
    scored: dict[str, Any] | None,
) -> None:
    """Keep a map's score in place of its last one."""
    values = {
        "scored_at": scored_at,
        "later_until": later_until,
        "later_count": later_count,
        "scored": scored,
    }
    changed = session.execute(update(HotspotScore).where(HotspotScore.analysis_id == analysis_id).values(**values))
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        session.add(HotspotScore(analysis_id=analysis_id, **values))
    session.flush()


def scores_of(session: Session, area_key: str, events: str) -> Sequence[Row[HotspotAnalysis, HotspotScore]]:
    """Published maps with their scores, the newest first."""
    return session.execute(
        select(HotspotAnalysis, HotspotScore)
        .join(HotspotScore, HotspotScore.analysis_id == HotspotAnalysis.id)
        .where(HotspotAnalysis.area_key == area_key, HotspotAnalysis.events == events)
        .order_by(HotspotAnalysis.id.desc())
    ).all()


def english_names(session: Session, names: Sequence[str], place: Lonlat) -> dict[str, str]:
    """English names of streets by their names, around a place, where a source has them."""
    box = Lonlat(shapely.box(*place.bounds))
    found = session.execute(
        select(StreetEdge.name, func.min(StreetEdge.name_en))
        .where(StreetEdge.geom.op("&&")(literal(box)), StreetEdge.name.in_(set(names)), StreetEdge.name_en != "")
        .group_by(StreetEdge.name)
    )
    return {name: name_en for name, name_en in found}  # noqa: C416 - rows are no pairs


def place_shapes(session: Session, analysis_id: int) -> Sequence[tuple[str, str]]:
    """Names and GeoJSON geometries of numbered places."""
    found = session.execute(
        select(func.concat(HotspotPlace.kind, "-", HotspotPlace.rank), func.ST_AsGeoJSON(HotspotPlace.geom, 6)).where(
            HotspotPlace.analysis_id == analysis_id
        )
    )
    return [(str(name), str(shape)) for name, shape in found]


def places_geojson(session: Session, analysis_id: int) -> bytes:
    """Numbered places as GeoJSON, made by the database."""
    return _collection(
        session,
        """
        SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(json_build_object(
            'type', 'Feature',
            'id', kind || '-' || rank,
            'geometry', ST_AsGeoJSON(geom, 6)::json,
            'properties', json_build_object('kind', kind, 'rank', rank)
            ) ORDER BY kind, rank), '[]'))::text
        FROM hotspot_place WHERE analysis_id = :analysis_id
        """,
        analysis_id,
    )


def streets_geojson(session: Session, analysis_id: int) -> bytes:
    """Segments with density as GeoJSON, made by the database."""
    return _collection(
        session,
        """
        SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(json_build_object(
            'type', 'Feature',
            'id', ordinal,
            'geometry', ST_AsGeoJSON(geom, 6)::json,
            'properties', json_build_object('street', street, 'length_m', round(length_m::numeric, 1),
                                            'density_per_km', round(per_km::numeric, 1),
                                            'density_class', density_class)
            ) ORDER BY ordinal), '[]'))::text
        FROM hotspot_street WHERE analysis_id = :analysis_id
        """,
        analysis_id,
    )


def _collection(session: Session, statement: str, analysis_id: int) -> bytes:
    return str(session.scalar(text(statement), {"analysis_id": analysis_id})).encode()
