"""The places of a village that people name: its streets, its public places, its lamps by the numbers on their poles."""

from collections import defaultdict
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points
from sqlalchemy.orm import Session

from safemap.basemap.rules import PlaceKind
from safemap.basemap.service import lamps_in, places_in, streets_in
from safemap.geo.crs import Lonlat, Metric, MetricPlane

SMOOTHED_M = 1.0  # of an outline: nobody chooses a park by its flower beds
UNNAMED_KINDS = {PlaceKind.WATER.value, PlaceKind.AED.value}  # a creek is no spot; an AED hangs in a named place
# A street along the border belongs to both villages: it is listed as far as it is this near, moved just inside.
BORDER_M, INSIDE_M, STEP_M = 8.0, 1.5, 10.0
SHORTEST_M = 20.0  # a shorter end outside is the mouth of a neighbour's street


@dataclass(frozen=True, slots=True)
class ListedStreet:
    """A named street inside a village.

    Parameters
    ----------
    lines
        LineStrings in degrees, joined where its pieces meet end to end, the longest first.
    """

    name: str
    name_en: str
    lines: tuple[LineString, ...]


@dataclass(frozen=True, slots=True)
class ListedPlace:
    """A public place with a name.

    Parameters
    ----------
    at
        Degrees; inside its outline.
    outline
        A polygon in degrees; None for a place that is a point.
    """

    kind: str
    name: str
    name_en: str
    at: Point
    outline: Polygon | None


@dataclass(frozen=True, slots=True)
class ListedLamp:
    """A street lamp with the number painted on its pole; degrees."""

    number: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class PlaceList:
    """All that can be named in one area; each kind by name."""

    area: Lonlat
    streets: tuple[ListedStreet, ...]
    places: tuple[ListedPlace, ...]
    lamps: tuple[ListedLamp, ...]


def place_list(session: Session, area: Lonlat) -> PlaceList:
    """Read the named places inside an area."""
    plane = MetricPlane.around(area)
    return PlaceList(area, _streets(session, area, plane), _places(session, area, plane), _lamps(session, area))


def _streets(session: Session, area: Lonlat, plane: MetricPlane) -> tuple[ListedStreet, ...]:
    found = streets_in(session, area, BORDER_M)
    whole = plane.to_metric(area)
    around, inside = whole.buffer(BORDER_M), whole.buffer(-INSIDE_M)
    lines = plane.to_metric_all(found.geometries) if len(found) else found.geometries
    pieces: dict[str, list[LineString]] = defaultdict(list)
    english: dict[str, str] = {}
    for name, name_en, line in zip(found.names, found.names_en, shapely.intersection(lines, around), strict=True):
        if name:
            english[name] = english.get(name) or name_en
            pieces[name] += [_moved_inside(part, inside) for part in shapely.get_parts(line) if part.length]
    return tuple(
        ListedStreet(name, english[name], _joined(parts, plane))
        for name, parts in sorted(pieces.items())
        if parts and shapely.MultiLineString(parts).length >= SHORTEST_M
    )


def _moved_inside(line: BaseGeometry, inside: BaseGeometry) -> LineString:
    """Move what of a line is on the border, or just beyond, to just inside."""
    if inside.covers(line):
        return cast("LineString", line)
    tried = [Point(place) for place in shapely.get_coordinates(shapely.segmentize(line, STEP_M))]
    return LineString([place if inside.covers(place) else nearest_points(inside, place)[0] for place in tried])


def _joined(pieces: list[LineString], plane: MetricPlane) -> tuple[LineString, ...]:
    whole = shapely.line_merge(shapely.MultiLineString(pieces))
    longest_first = sorted(shapely.get_parts(whole), key=lambda line: (-line.length, line.coords[0]))
    return tuple(cast("LineString", plane.to_lonlat(cast("Metric", line.simplify(0.3)))) for line in longest_first)


def _places(session: Session, area: Lonlat, plane: MetricPlane) -> tuple[ListedPlace, ...]:
    found = places_in(session, area)
    listed = [
        ListedPlace(kind, name, name_en, *_place_and_outline(shape, area, plane))
        for kind, name, name_en, shape in zip(found.kinds, found.names, found.names_en, found.geometries, strict=True)
        if name and kind not in UNNAMED_KINDS
    ]
    return tuple(sorted(listed, key=lambda place: (place.name, place.at.x, place.at.y)))


def _place_and_outline(shape: BaseGeometry, area: Lonlat, plane: MetricPlane) -> tuple[Point, Polygon | None]:
    if isinstance(shape, Point):
        return shape, None
    inside = _largest(shapely.intersection(shape, area))
    smooth = plane.to_metric(cast("Lonlat", inside)).simplify(SMOOTHED_M)
    return inside.representative_point(), cast("Polygon", plane.to_lonlat(cast("Metric", smooth)))


def _largest(shape: BaseGeometry) -> BaseGeometry:
    return cast("BaseGeometry", max(shapely.get_parts(shape), key=lambda part: part.area))


def _lamps(session: Session, area: Lonlat) -> tuple[ListedLamp, ...]:
    found = lamps_in(session, area)
    points: NDArray[np.float64] = shapely.get_coordinates(found.geometries) if len(found) else np.empty((0, 2))
    listed = [
        ListedLamp(number, float(lon), float(lat))
        for number, (lon, lat) in zip(found.numbers, points, strict=True)
        if number
    ]
    return tuple(sorted(listed, key=lambda lamp: (lamp.number, lamp.lon)))
