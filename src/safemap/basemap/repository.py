"""Queries for streets, buildings, lamps and public places."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from safemap.basemap.tables import Building, PublicPlace, StreetEdge, StreetLamp, StreetNode
from safemap.db.reading import as_wkb, columns_of, literal, sources_within
from safemap.geo.crs import Lonlat


def edges_touching(session: Session, place: Lonlat) -> list[Sequence[Any]]:
    """Columns of the street edges that touch a place, by id."""
    return columns_of(
        session,
        select(
            StreetEdge.id,
            StreetEdge.name,
            StreetEdge.name_en,
            StreetEdge.street_class,
            StreetEdge.is_walkable,
            StreetEdge.is_lit,
            StreetEdge.length_m,
            StreetEdge.from_node_id,
            StreetEdge.to_node_id,
            StreetEdge.source,
            as_wkb(StreetEdge.geom),
        )
        .where(func.ST_Intersects(StreetEdge.geom, literal(place)))
        .order_by(StreetEdge.id),
    )


def buildings_touching(session: Session, place: Lonlat) -> list[Sequence[Any]]:
    """Columns of the buildings that touch a place, by id."""
    return columns_of(
        session,
        select(Building.id, Building.name, Building.height_m, Building.levels, as_wkb(Building.geom))
        .where(func.ST_Intersects(Building.geom, literal(place)))
        .order_by(Building.id),
    )


def lamps_touching(session: Session, place: Lonlat) -> list[Sequence[Any]]:
    """Columns of the street lamps in a place, by id."""
    return columns_of(
        session,
        select(StreetLamp.id, StreetLamp.number, StreetLamp.is_working, as_wkb(StreetLamp.geom))
        .where(func.ST_Intersects(StreetLamp.geom, literal(place)))
        .order_by(StreetLamp.id),
    )


def places_touching(session: Session, place: Lonlat) -> list[Sequence[Any]]:
    """Columns of the public places that touch a place, by id."""
    return columns_of(
        session,
        select(PublicPlace.id, PublicPlace.kind, PublicPlace.name, PublicPlace.name_en, as_wkb(PublicPlace.geom))
        .where(func.ST_Intersects(PublicPlace.geom, literal(place)))
        .order_by(PublicPlace.id),
    )


def sources_touching(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources that the streets and buildings of a place come from, for attribution."""
    edges = select(StreetEdge.source).where(func.ST_Intersects(StreetEdge.geom, literal(place)))
    buildings = select(Building.source).where(func.ST_Intersects(Building.geom, literal(place)))
    return sorted(set(session.scalars(edges.union(buildings))))


def lamp_sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's street lamps."""
    return sources_within(session, StreetLamp.source, StreetLamp.geom, place)


def node_ids_by_source_id(session: Session, source: str) -> dict[str, int]:
    """Row ids of a source's street nodes by the source's own ids."""
    rows = session.execute(select(StreetNode.source_id, StreetNode.id).where(StreetNode.source == source))
    return {row.source_id: row.id for row in rows}


def remove_pieces_not_among(session: Session, source: str, source_ids: Sequence[str]) -> int:
    """Remove the pieces of ways that are among the given ones, but are cut otherwise now; returns how many."""
    wanted = set(source_ids)
    ways = {source_id.rsplit(":", 1)[0] for source_id in wanted}
    stale = [
        source_id
        for source_id in session.scalars(select(StreetEdge.source_id).where(StreetEdge.source == source))
        if source_id not in wanted and source_id.rsplit(":", 1)[0] in ways
    ]
    if stale:
        session.execute(delete(StreetEdge).where(StreetEdge.source == source, StreetEdge.source_id.in_(stale)))
    return len(stale)
