"""What the public is told of reports that are not at public places: counts by street or square, approximately."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sqlalchemy.orm import Session

from safemap.analysis.disclosure import (
    LEAST_REPORTS,
    SMALLEST_HOUSE_M2,
    PublicCounts,
    houses_by_segment,
    public_counts,
)
from safemap.basemap.rules import StreetClass
from safemap.basemap.service import Streets, buildings_in, streets_in
from safemap.communities import service as communities
from safemap.communities.rules import StudyArea
from safemap.db.reading import geometries
from safemap.geo.crs import Lonlat, Metric, MetricPlane
from safemap.hazards import repository

FEW = -1
"""Instead of a number: there are some, and fewer than three."""
CELL_DEG = 0.0025  # where there are no streets; the database's own, see its function place_on_street


@dataclass(frozen=True)
class PublicReports:
    """Counts of open reports in threes, as arrays of one length: 3 stands for three, four or five.

    Parameters
    ----------
    geometries
        The street's part inside a village (LineString), or a square cut to it (Polygon or MultiPolygon), in degrees.
    names
        Of the street; empty for a square.
    rest
        Reports that have no place here; `FEW`: fewer than three in a village.
    total
        All; `FEW`: fewer than three.
    """

    geometries: NDArray[np.object_]
    names: NDArray[np.object_]
    names_en: NDArray[np.object_]
    counts: NDArray[np.int64]
    rest: int
    total: int


@dataclass(frozen=True)
class StreetParts:
    """A village's streets, cut at its border; where there are none, the cells that stand for them.

    Parameters
    ----------
    shapes
        LineStrings, or Polygons of cells, in degrees.
    middles
        ``(k, 2)`` degrees: where members see reports on each.
    of_street
        Place of each one's street among those given; empty for cells.
    """

    shapes: NDArray[np.object_]
    middles: NDArray[np.float64]
    of_street: NDArray[np.int64]


def street_parts(session: Session, village_ids: Sequence[int], streets: Streets) -> StreetParts:
    """Cut streets to the parts by which reports of some villages are told, each in the middle of its part."""
    outlines = communities.outlines_of(session, sorted(village_ids))
    parts = [_streets_of(outline, streets) for outline in outlines.values()]
    return StreetParts(
        shapes=_joined([one.shapes for one in parts]),
        middles=np.concatenate([np.zeros((0, 2)), *(one.middles for one in parts)]),
        of_street=np.concatenate([np.zeros(0, dtype=np.int64), *(one.of_street for one in parts)]),
    )


def public_reports(session: Session, area: StudyArea) -> PublicReports:
    """Count an area's open reports for the public, village by village, so that a town tells what its villages tell."""
    village_ids, places = repository.private_places(session, area.village_ids)
    places_xy = shapely.get_coordinates(geometries(places)).reshape(-1, 2)
    is_of = np.array(village_ids, dtype=np.int64)
    outlines = communities.outlines_of(session, sorted(set(is_of.tolist())))
    streets = streets_in(session, area.geometry)
    buildings = buildings_in(session, area.geometry).geometries
    houses = buildings[shapely.area(area.plane.to_metric_all(buildings)) >= SMALLEST_HOUSE_M2]
    told = [
        _in_village(area.plane, outline, streets, houses, places_xy[is_of == village_id])
        for village_id, outline in sorted(outlines.items())
    ]
    rests, totals = [one.rest for one, *_ in told], len(places_xy)
    return PublicReports(
        geometries=_joined([shapes for _, shapes, _ in told]),
        names=_joined([_named(streets.names, at) for _, _, at in told]),
        names_en=_joined([_named(streets.names_en, at) for _, _, at in told]),
        counts=np.array(
            [count for one, *_ in told for count in (*one.counts, *(cell.count for cell in one.cells))], dtype=np.int64
        ),
        rest=sum(rests) or (FEW if any(one.is_rest_few for one, *_ in told) else 0),
        total=totals // LEAST_REPORTS * LEAST_REPORTS or (FEW if totals else 0),
    )


def _in_village(
    plane: MetricPlane,
    outline: Lonlat,
    streets: Streets,
    houses: NDArray[np.object_],
    places_xy: NDArray[np.float64],
) -> tuple[PublicCounts, NDArray[np.object_], NDArray[np.int64]]:
    """Return a village's counts, the parts that they are of, and the street of each part, -1 for none."""
    segments = _streets_of(outline, streets)
    shapely.prepare(outline)
    houses = houses[shapely.intersects(outline, shapely.centroid(houses))]  # those of other villages hide nobody here
    if len(segments.shapes):
        addresses = houses_by_segment(plane.to_metric_all(segments.shapes), plane.to_metric_all(houses))
    else:
        segments, addresses = _cells_of(outline, houses, places_xy)
    middles = np.asarray(shapely.points(segments.middles), dtype=object)
    segment_xy = shapely.get_coordinates(plane.to_metric_all(middles)).reshape(-1, 2)
    told = public_counts(_at_middles(segments.middles, places_xy), segment_xy, addresses)
    ground = plane.to_metric(outline)
    squares = [
        plane.to_lonlat(Metric(ground & shapely.box(c.x_m, c.y_m, c.x_m + c.side_m, c.y_m + c.side_m)))
        for c in told.cells
    ]
    of_street = segments.of_street[told.segments] if len(segments.of_street) else np.full(len(told.segments), -1)
    shapes = np.array([*segments.shapes[told.segments], *squares], dtype=object)
    return told, shapes, np.concatenate([of_street, np.full(len(squares), -1)]).astype(np.int64)


def _streets_of(outline: Lonlat, streets: Streets) -> StreetParts:
    """Cut the streets to a village, as the database does for the places that members see."""
    at = np.flatnonzero(streets.classes != StreetClass.RAIL.value)
    inside = shapely.intersection(streets.geometries[at], outline) if len(at) else np.array([], dtype=object)
    parts, of_inside = shapely.get_parts(inside, return_index=True)
    is_line = (shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & (shapely.length(parts) > 0)
    parts = parts[is_line]
    middles = shapely.get_coordinates(shapely.line_interpolate_point(parts, 0.5, normalized=True)).reshape(-1, 2)
    return StreetParts(parts, middles, at[of_inside[is_line]].astype(np.int64))


def _cells_of(
    outline: Lonlat, houses: NDArray[np.object_], places_xy: NDArray[np.float64]
) -> tuple[StreetParts, NDArray[np.int64]]:
    """Return the cells of a village without streets in which reports are, and the houses in each."""
    middles = np.unique(places_xy, axis=0)
    corners = np.floor(middles / CELL_DEG) * CELL_DEG
    shapes = [outline & shapely.box(west, south, west + CELL_DEG, south + CELL_DEG) for west, south in corners]
    cells = StreetParts(np.array(shapes, dtype=object), middles, np.array([], dtype=np.int64))
    if len(houses) == 0:
        return cells, np.zeros(len(middles), dtype=np.int64)
    centres = shapely.centroid(houses)
    return cells, np.array([shapely.intersects(shape, centres).sum() for shape in shapes], dtype=np.int64)


def _at_middles(middles: NDArray[np.float64], places_xy: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(cKDTree(middles).query(places_xy)[1], dtype=np.int64)


def _named(names: NDArray[np.object_], at: NDArray[np.int64]) -> NDArray[np.object_]:
    return np.array([names[one] if one >= 0 else "" for one in at], dtype=object)


def _joined(parts: Sequence[NDArray[np.object_]]) -> NDArray[np.object_]:
    return np.concatenate([np.array([], dtype=object), *parts])
