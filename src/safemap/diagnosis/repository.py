"""Queries for diagnoses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from numpy.typing import NDArray
from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.orm import Session

from safemap.basemap.tables import StreetEdge
from safemap.db.reading import as_wkb, literal
from safemap.diagnosis.rules import Period
from safemap.diagnosis.tables import DeadZone, Diagnosis, diagnosis_village
from safemap.geo.crs import WGS84, Lonlat


@dataclass(frozen=True)
class SegmentRows:
    """Segments as columns of one length, lines in degrees; dictionaries as one JSON text, an array of one per row."""

    edge_ids: list[int]
    streets: list[str]
    length_m: list[float]
    density_per_km: list[float]
    density_classes: list[int]
    event_counts: list[int]
    hazard: str
    guardianship: str
    lines: NDArray[Any]


def add(session: Session, diagnosis: Diagnosis, village_ids: Sequence[int]) -> int:
    """Add a diagnosis; its id."""
    session.add(diagnosis)
    session.flush()
    session.execute(
        insert(diagnosis_village), [{"diagnosis_id": diagnosis.id, "village_id": number} for number in village_ids]
    )
    return diagnosis.id


def add_segments(session: Session, diagnosis_id: int, rows: SegmentRows) -> None:
    """Add all segments in one statement: a row each way costs ten times as much."""
    session.execute(
        text(
            """
            INSERT INTO diagnosis_segment (diagnosis_id, ordinal, edge_id, street, length_m, density_per_km,
                                           density_class, event_count, hazard, guardianship, geom)
            SELECT :diagnosis_id, ordinal, edge_id, street, length_m, density_per_km,
                   density_class, event_count, hazard, guardianship, ST_GeomFromWKB(line, :srid)
            FROM ROWS FROM (
                unnest(CAST(:edge_ids AS bigint[]), CAST(:streets AS text[]), CAST(:length_m AS float8[]),
                       CAST(:density_per_km AS float8[]), CAST(:density_classes AS smallint[]),
                       CAST(:event_counts AS int[]), CAST(:lines AS bytea[])),
                jsonb_array_elements(CAST(:hazard AS jsonb)),
                jsonb_array_elements(CAST(:guardianship AS jsonb))
            ) WITH ORDINALITY AS segment (edge_id, street, length_m, density_per_km, density_class, event_count, line,
                                          hazard, guardianship, ordinal)
            """
        ),
        {
            "diagnosis_id": diagnosis_id,
            "srid": WGS84,
            "edge_ids": rows.edge_ids,
            "streets": rows.streets,
            "length_m": rows.length_m,
            "density_per_km": rows.density_per_km,
            "density_classes": rows.density_classes,
            "event_counts": rows.event_counts,
            "hazard": rows.hazard,
            "guardianship": rows.guardianship,
            "lines": shapely.to_wkb(rows.lines).tolist(),
        },
    )


def add_zones(session: Session, zones: Iterable[DeadZone]) -> None:
    """Add dead zones."""
    session.add_all(zones)
    session.flush()


def by_id(session: Session, diagnosis_id: int) -> Diagnosis | None:
    """One diagnosis."""
    return session.get(Diagnosis, diagnosis_id)


def latest(session: Session, area_key: str, events: str | None) -> Diagnosis | None:
    """The newest diagnosis of a study area; of some events, or of any."""
    statement = select(Diagnosis).where(Diagnosis.area_key == area_key)
    if events is not None:
        statement = statement.where(Diagnosis.events == events)
    return session.scalars(statement.order_by(Diagnosis.id.desc()).limit(1)).first()


def zones_of(session: Session, diagnosis_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Dead zones of a diagnosis with their geometries as WKB, by period and rank."""
    return session.execute(
        select(DeadZone, as_wkb(DeadZone.geom))
        .where(DeadZone.diagnosis_id == diagnosis_id)
        .order_by(DeadZone.period, DeadZone.rank)
    ).all()


def english_names(session: Session, names: Sequence[str], place: Lonlat) -> dict[str, str]:
    """English names of streets by their names, around a place, where a source has them."""
    found = session.execute(
        select(StreetEdge.name, func.min(StreetEdge.name_en))
        .where(StreetEdge.geom.op("&&")(literal(place)), StreetEdge.name.in_(set(names)), StreetEdge.name_en != "")
        .group_by(StreetEdge.name)
    )
    return {name: name_en for name, name_en in found}  # noqa: C416 - rows are no pairs


def segments_geojson(session: Session, diagnosis_id: int, period: Period | None) -> bytes:
    """Segments as GeoJSON, made by the database; of one period, or of all hours."""
    statement = text(
        """
        SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(json_build_object(
            'type', 'Feature',
            'id', ordinal,
            'geometry', ST_AsGeoJSON(geom, 6)::json,
            'properties', jsonb_build_object('street', street, 'length_m', round(length_m::numeric, 1))
                || coalesce(hazard -> :period, jsonb_build_object(
                       'density_per_km', round(density_per_km::numeric, 1),
                       'density_class', density_class,
                       'event_count', event_count))
                || coalesce(guardianship -> :period, '{}')
            ) ORDER BY ordinal), '[]'))::text
        FROM diagnosis_segment WHERE diagnosis_id = :diagnosis_id
        """
    )
    found = session.scalar(
        statement, {"diagnosis_id": diagnosis_id, "period": None if period is None else period.value}
    )
    return str(found).encode()
