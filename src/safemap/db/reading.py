"""Reading many geometries at once: rows become numpy arrays, WKB becomes shapely in one call."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import shapely
from geoalchemy2.elements import WKBElement
from geoalchemy2.shape import from_shape
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from safemap.geo.crs import GEOD, WGS84, Lonlat


def as_wkb(column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> ColumnElement[Any]:
    """Select a geometry column as plain WKB bytes, which shapely reads a hundred times faster one call for all."""
    return func.ST_AsBinary(column)


def columns_of(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Sequence[Any]]:
    """Run a query and return its columns; as many empty ones as it selects when there is no row."""
    rows = session.execute(statement).all()
    if not rows:
        return [() for _ in statement.selected_columns]
    return list(zip(*rows, strict=True))


def geometries(wkb: Sequence[Any]) -> NDArray[np.object_]:
    """Turn WKB values into an ``(n,)`` array of shapely geometries (None stays None)."""
    values = np.array([None if value is None else bytes(value) for value in wkb], dtype=object)
    return shapely.from_wkb(values)


def texts(values: Sequence[Any]) -> NDArray[np.object_]:
    """Turn strings into an ``(n,)`` object array."""
    return np.array(values, dtype=object)


def numbers(values: Sequence[Any]) -> NDArray[np.float64]:
    """Turn numbers into an ``(n,)`` array of floats; NULL becomes NaN."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def literal(place: Lonlat) -> WKBElement:
    """Return a geometry in degrees as a query literal, so that the column's index stays usable."""
    return from_shape(place, srid=WGS84)


def sources_within(
    session: Session,
    source: InstrumentedAttribute[Any],
    geom: InstrumentedAttribute[Any],
    place: Lonlat,
    *conditions: ColumnElement[bool],
) -> list[str]:
    """Names of the sources whose rows lie within a place's box, for attribution; a row without one gives ``""``."""
    box = func.ST_MakeEnvelope(*place.bounds, WGS84)
    found = select(source).where(geom.op("&&")(box), *conditions).distinct()
    return sorted({name or "" for name in session.scalars(found)})


def widened(place: Lonlat, margin_m: float) -> Lonlat:
    """Return a place widened by at least `margin_m` metres on every side, in degrees, for index look-ups.

    The margin is turned into degrees at the place's highest latitude, so that it is never too small; what is
    found is more than asked for by a little, never less. Measuring happens in metres, later.
    """
    west, south, _east, north = place.bounds
    highest = max(abs(south), abs(north))
    _, lat_north, _ = GEOD.fwd(west, highest, 0.0, margin_m)
    lon_east, _, _ = GEOD.fwd(west, highest, 90.0, margin_m)
    degrees = max(abs(lat_north - highest), abs((lon_east - west + 180.0) % 360.0 - 180.0))
    return cast("Lonlat", shapely.buffer(place, degrees * 1.001))
